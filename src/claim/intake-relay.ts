import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Metrics } from '../platform/ops/metrics.js';
import { ClaimIssuer } from './claim-issuer.js';
import { Intake } from './intake.js';

/** Issues what waits in the intake, oldest first, without the log: it is the way that is left when the log is away. */
@Injectable()
export class IntakeRelay {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly intake: Intake,
    private readonly issuer: ClaimIssuer,
    private readonly metrics: Metrics,
  ) {}

  /** One batch. @returns how many rows were handled; 0 when the intake is empty */
  async drain(): Promise<number> {
    const handled = await this.intake.drain(this.config.CONSUMER_BATCH_MAX, (batch) => this.issuer.handle(batch));
    this.metrics.compensations.inc({ job: 'intake-relay' }, handled);
    return handled;
  }
}
