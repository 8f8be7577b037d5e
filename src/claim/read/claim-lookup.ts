import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Batcher } from '../../common/batcher.js';
import { Clock } from '../../common/clock.js';
import { Problem } from '../../common/problems.js';
import { Database } from '../../database/database.js';
import { CLAIM_FACTS } from '../ledger/rows/claim-columns.js';
import { claimsById } from '../ledger/rows/claims-by-id.js';
import type { ClaimFacts } from './claim.presenter.js';

const BATCH_MAX = 200;
const WAITING_MAX = 50_000;
/** Connections of the pool that looks may take at once: others read as well. */
const CONCURRENCY = 2;
const REMEMBERED_MAX = 50_000;

/**
 * Claims in the ledger, by id. A crowd that asks what became of its claims asks for one row each: those who ask in the same turn of the
 * event loop, or while earlier ones are under way, are answered by one statement. A row is never older than the question.
 */
@Injectable()
export class ClaimLookup {
  private readonly batcher: Batcher<string, ClaimFacts | undefined>;
  private readonly remembered = new LRUCache<string, true>({ max: REMEMBERED_MAX });

  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {
    this.batcher = new Batcher(
      { maxBatch: BATCH_MAX, maxWaiting: WAITING_MAX, concurrency: CONCURRENCY },
      (_key, ids) => this.read(ids),
      (work) => clock.soon(work),
    );
  }

  /**
   * Whether this process found the claim's row before. Which place to ask first, and no more: a row may be gone with a database that
   * was restored.
   */
  hasFound(id: string): boolean {
    return this.remembered.has(id);
  }

  /** @throws Problem overloaded where too many wait, and what the database throws */
  find(id: string): Promise<ClaimFacts | undefined> {
    return this.batcher.add('', id) ?? Promise.reject(new Problem('overloaded'));
  }

  private async read(ids: readonly string[]): Promise<readonly (ClaimFacts | undefined)[]> {
    const asked = [...new Set(ids)];
    const rows = await claimsById(this.db.read, CLAIM_FACTS, asked, this.clock.now());
    const found = new Map<string, ClaimFacts>(rows.map((row) => [row.id, row]));
    for (const id of found.keys()) this.remembered.set(id, true);
    return ids.map((id) => found.get(id));
  }
}
