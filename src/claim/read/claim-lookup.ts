import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Batcher } from '../../common/batcher.js';
import { Clock } from '../../common/clock.js';
import { Problem } from '../../common/problems.js';
import { Database, numberOrNull } from '../../database/database.js';
import type { ClaimStatus } from '../domain/claim-move.js';
import { claimRows } from '../ledger/claim-archive.js';
import type { ClaimFacts } from './claim.presenter.js';

const BATCH_MAX = 200;
const WAITING_MAX = 50_000;
/** Connections of the pool that looks may take at once: others read as well. */
const CONCURRENCY = 2;
const REMEMBERED_MAX = 50_000;

const COLUMNS =
  'id, voucher_id, user_id, ordinal, sequence, status, code, reject_reason, created_at, issued_at, confirm_until, moved_at, moved_by, cancel_reason';

/** As the three servers answer it: numbers may be text. */
interface Row {
  readonly id: string;
  readonly voucher_id: string;
  readonly user_id: string;
  readonly ordinal: number;
  readonly sequence: number | string;
  readonly status: ClaimStatus;
  readonly code: string | null;
  readonly reject_reason: string | null;
  readonly created_at: number | string;
  readonly issued_at: number | string | null;
  readonly confirm_until: number | string | null;
  readonly moved_at: number | string | null;
  readonly moved_by: string | null;
  readonly cancel_reason: string | null;
}

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
    const rows = await claimRows<Row>(this.db.read, COLUMNS, asked, this.clock.now());
    const found = new Map(rows.map((row) => [row.id, factsOf(row)]));
    for (const id of found.keys()) this.remembered.set(id, true);
    return ids.map((id) => found.get(id));
  }
}

const factsOf = (row: Row): ClaimFacts => ({
  id: row.id,
  voucherId: row.voucher_id,
  userId: row.user_id,
  ordinal: row.ordinal,
  sequence: Number(row.sequence),
  status: row.status,
  code: row.code,
  rejectReason: row.reject_reason,
  createdAt: Number(row.created_at),
  issuedAt: numberOrNull(row.issued_at),
  confirmUntil: numberOrNull(row.confirm_until),
  movedAt: numberOrNull(row.moved_at),
  movedBy: row.moved_by,
  cancelReason: row.cancel_reason,
});
