import { Server } from '@nestjs/microservices';
import { lastValueFrom, isObservable } from 'rxjs';
import type { ClaimBatch } from '../domain/claim-record.js';

/** Pattern of the event handler that takes whole batches. */
export const CLAIM_BATCH = 'claims.batch';

/** Injection token of the transport strategy that reads the log. */
export const CLAIM_TRANSPORT = Symbol('CLAIM_TRANSPORT');

/**
 * A transport strategy that hands whole batches to one event handler and waits for it: Nest's own Kafka server takes one
 * message at a time, and one transaction for each claim is what this program must not do (docs/adr/0004).
 */
export abstract class ClaimTransport extends Server {
  /** Resolves when the handler is done with the batch; rejects with what it threw. */
  protected async deliver(batch: ClaimBatch): Promise<void> {
    const handler = this.getHandlerByPattern(CLAIM_BATCH);
    if (!handler) throw new Error(`no handler takes ${CLAIM_BATCH}`);
    const result: unknown = await handler(batch);
    if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
  }

  override on(): never {
    throw new Error('this transport has no events of its own');
  }

  override unwrap<T>(): T {
    throw new Error('this transport has no server to unwrap');
  }
}
