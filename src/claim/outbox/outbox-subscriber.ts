import type { EntityManager } from 'typeorm';
import type { EventPack } from './event-stream.js';

/**
 * Who writes something of its own for each event, in the transaction that marks the event as sent: once for each event, whatever dies
 * on the way. It adds no statement to a claim; the relay asks it once for each batch.
 */
export abstract class OutboxSubscriber {
  abstract take(tx: EntityManager, packs: readonly EventPack[]): Promise<void>;
}

/** Several of them, one after the other. */
export class OutboxSubscribers extends OutboxSubscriber {
  constructor(private readonly subscribers: readonly OutboxSubscriber[]) {
    super();
  }

  async take(tx: EntityManager, packs: readonly EventPack[]): Promise<void> {
    for (const subscriber of this.subscribers) await subscriber.take(tx, packs);
  }
}
