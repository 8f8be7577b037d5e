import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import { Metrics } from '../../observability/metrics.js';
import { ThroughputLimiter } from '../../rate-limit/index.js';
import { ClaimIssuer } from './claim-issuer.js';
import { Intake } from '../log/intake.js';

/** Issues what waits in the intake, oldest first, without the log: it is the way that is left when the log is away. */
@Injectable()
export class IntakeRelay {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly intake: Intake,
    private readonly issuer: ClaimIssuer,
    private readonly limiter: ThroughputLimiter,
    private readonly metrics: Metrics,
  ) {}

  /** Whether it holds nothing but claims of vouchers that are excepted. */
  async isEmptyBut(except: (voucherId: string) => boolean): Promise<boolean> {
    return (await this.intake.vouchers()).every(except);
  }

  /** One batch, at the rate of the constant drain where `paced`. @returns how many rows were handled; 0: it is empty */
  async drain({ paced }: { readonly paced: boolean }): Promise<number> {
    const most = this.config.CONSUMER_BATCH_MAX;
    const handled = await this.intake.drain(
      paced ? Math.min(most, this.limiter.slice) : most,
      async (batch) => {
        if (paced) await this.limiter.take(batch.claims.length);
        await this.issuer.handle(batch);
      },
    );
    this.metrics.compensations.inc({ job: 'intake-relay' }, handled);
    return handled;
  }
}
