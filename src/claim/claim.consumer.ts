import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { CONFIG, type Config } from '../config/index.js';
import { Drain } from '../rate-limit/index.js';
import { AnswersFirst } from './answers-first.js';
import { ClaimIssuer } from './claim-issuer.js';
import type { ClaimBatch } from './domain/claim-record.js';
import { CLAIM_BATCH } from './ports/claim-transport.js';

/** The event handler behind the transport: whole batches from the log to the ledger, at the rate the operator allows. */
@Controller()
export class ClaimConsumer {
  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'CONSUMER_BATCH_MAX'>,
    private readonly issuer: ClaimIssuer,
    private readonly drain: Drain,
    private readonly answersFirst: AnswersFirst,
  ) {}

  @EventPattern(CLAIM_BATCH)
  async handle(@Payload() batch: ClaimBatch): Promise<void> {
    const { claims, unreadable } = batch;
    if (unreadable.length > 0) await this.issuer.handle({ claims: [], unreadable });
    const most = Math.min(this.drain.slice, this.config.CONSUMER_BATCH_MAX);
    const size = Math.ceil(claims.length / Math.ceil(claims.length / most)); // no small rest: a transaction costs as much
    for (let from = 0; from < claims.length; from += size) {
      const slice = claims.slice(from, from + size);
      await this.drain.take(slice.length);
      const oldestAt = Math.min(...slice.map(({ record }) => record.at));
      await this.answersFirst.run(oldestAt, () => this.issuer.handle({ claims: slice, unreadable: [] }));
    }
  }
}
