import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Broadcast } from '../../broadcast/broadcast.js';

/** Broadcast channel of claims that moved: JSON array of claim ids. */
const CLAIMS_MOVED = 'claims-moved';

/** The gate's word that a claim is issued is taken for so long after its issue; afterwards the ledger is asked. */
export const GATE_WORD_MS = 10_000;
const REMEMBERED = 20_000;

/**
 * Claims that moved a moment ago, so that their status is not read from the gate, which knows the issue alone. A broadcast that is
 * lost costs at most `GATE_WORD_MS` of an old answer.
 */
@Injectable()
export class MovedClaims {
  private readonly logger = new Logger('Claims');
  private readonly moved = new LRUCache<string, true>({ max: REMEMBERED, ttl: 2 * GATE_WORD_MS });

  constructor(private readonly broadcast: Broadcast) {
    broadcast.subscribe(CLAIMS_MOVED, (message) => {
      for (const id of JSON.parse(message) as string[]) this.moved.set(id, true);
    });
  }

  /** Tells all instances, after the commit. */
  async publish(claimIds: readonly string[]): Promise<void> {
    if (claimIds.length === 0) return;
    for (const id of claimIds) this.moved.set(id, true);
    await this.broadcast.publish(CLAIMS_MOVED, JSON.stringify(claimIds));
    this.logger.debug({ event: 'claims.moved', claims: claimIds.length }, 'claims moved');
  }

  hasMoved(claimId: string): boolean {
    return this.moved.has(claimId);
  }
}
