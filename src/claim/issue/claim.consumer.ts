import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { CONFIG, type Config } from '../../config/index.js';
import { ThroughputLimiter } from '../../rate-limit/index.js';
import { ConsumerBackpressure } from './consumer-backpressure.js';
import { ClaimIssuer } from './claim-issuer.js';
import type { ClaimBatch } from '../domain/claim-record.js';
import { CLAIM_BATCH } from '../log/claim-transport.js';

/** The event handler behind the transport: whole batches from the log to the ledger, at the rate the operator allows. */
@Controller()
export class ClaimConsumer {
  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'CONSUMER_BATCH_MAX'>,
    private readonly issuer: ClaimIssuer,
    private readonly drain: ThroughputLimiter,
    private readonly backpressure: ConsumerBackpressure,
  ) {}

  @EventPattern(CLAIM_BATCH)
  async handle(@Payload() batch: ClaimBatch): Promise<void> {
    const { claims, unreadable } = batch;
    if (unreadable.length > 0) await this.issuer.handle({ claims: [], unreadable });
    for (let rest = claims; rest.length > 0;) {
      const oldestAt = Math.min(...rest.map(({ record }) => record.at));
      const most = Math.min(
        this.drain.slice,
        this.config.CONSUMER_BATCH_MAX,
        this.backpressure.batchMax(oldestAt),
      );
      const size = Math.ceil(rest.length / Math.ceil(rest.length / most)); // no small rest: a transaction costs as much
      const slice = rest.slice(0, size);
      rest = rest.slice(size);
      await this.drain.take(size);
      await this.backpressure.run(oldestAt, () => this.issuer.handle({ claims: slice, unreadable: [] }));
    }
  }
}
