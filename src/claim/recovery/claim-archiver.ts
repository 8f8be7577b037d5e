import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import { Clock } from '../../common/clock.js';
import { affectedRows, Database, inList } from '../../database/database.js';
import { PRUNE_ROWS } from '../../database/prune.js';
import { Metrics } from '../../observability/metrics.js';
import { VOUCHERS_BY_STATUS } from '../../voucher/index.js';
import { ARCHIVED_STATUSES } from '../ledger/claim-archive.js';
import { archiveClaims } from '../ledger/rows/change-claims.js';
import { isPacked } from '../ledger/rows/claim-layout.js';
import { ClaimColumns } from '../ledger/rows/claim-columns.js';
import { claimsInLine, hasClaims, type PlaceInLine } from '../ledger/rows/claims-in-line.js';

const DAY_MS = 86_400_000;
/** Vouchers that one statement looks at. */
const PAGE = 500;
/** Batches of one run, so that the lock of the job is not held for hours; the next run goes on. */
const BATCHES_MAX = 200;

const IN_LINE = new ClaimColumns('id', 'sequence', 'tie');

/** What may still change claims of a voucher, or its counts: while there is any, its claims stay. */
const UNDER_WAY = [
  `SELECT 1 AS found FROM claim_dead_letters WHERE voucher_id = ? AND status = 'open' LIMIT 1`,
  `SELECT 1 AS found FROM unit_returns WHERE voucher_id = ? AND state = 'pending' LIMIT 1`,
  `SELECT 1 AS found FROM cancellations WHERE voucher_id = ? AND state = 'running' LIMIT 1`,
  'SELECT 1 AS found FROM claim_expiry WHERE voucher_id = ? AND due_at IS NOT NULL LIMIT 1',
] as const;

interface VoucherRow {
  readonly id: string;
  readonly status: string;
  readonly updated_at: number | string;
  readonly closes_at: number | string;
  readonly redeem_until: number | string | null;
}

/**
 * Moves the claims of vouchers that were archived and over long ago to `claims_archive` (docs/adr/0087), where they are not packed: those take
 * little where they are, and a drop appends behind them (docs/adr/0113). The voucher is marked in a
 * transaction of its own before the first row moves; afterwards no stock is taken of it and its time is not edited. What is
 * left in `claims` is the progress: a run that ends anywhere is gone on with by the next one.
 */
@Injectable()
export class ClaimArchiver {
  private readonly logger = new Logger('ClaimArchiver');

  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    @Inject(CONFIG) private readonly config: Pick<Config, 'RETENTION_ARCHIVED_CLAIMS_DAYS'>,
  ) {}

  async run(): Promise<void> {
    const days = this.config.RETENTION_ARCHIVED_CLAIMS_DAYS;
    if (days === 0) return;
    const before = this.clock.now() - days * DAY_MS;
    let batches = BATCHES_MAX;
    for await (const voucherId of this.due(before)) {
      batches -= await this.archive(voucherId, batches);
      if (batches <= 0) return;
    }
  }

  /** Vouchers that are marked and have claims left, or were marked now. */
  private async *due(before: number): AsyncIterable<string> {
    const place = { dialect: this.db.dialect };
    for (let after = ''; ;) {
      const rows: VoucherRow[] = await this.db.read.query(
        `SELECT id, status, updated_at, closes_at, redeem_until FROM ${VOUCHERS_BY_STATUS.from(place)}
          WHERE ${VOUCHERS_BY_STATUS.list(place)} AND ${VOUCHERS_BY_STATUS.behind(place)}
          ORDER BY ${VOUCHERS_BY_STATUS.order(place)} LIMIT ${PAGE}`,
        ['archived', ...VOUCHERS_BY_STATUS.behindValues([after])],
      );
      const marks = await this.marksOf(rows.map(({ id }) => id));
      for (const row of rows) {
        const mark = marks.get(row.id);
        const isNext =
          mark === null &&
          isOver(row, before) &&
          !isPacked(this.db.read, row.id) &&
          (await this.mark(row.id, before));
        if (mark === 'moving' || isNext) yield row.id;
      }
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) return;
      after = last.id;
    }
  }

  private async marksOf(ids: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    if (ids.length === 0) return new Map();
    const rows: { voucher_id: string; claims_archived: string | null }[] = await this.db.read.query(
      `SELECT voucher_id, claims_archived FROM voucher_stock WHERE voucher_id IN (${inList(ids.length)})`,
      [...ids],
    );
    return new Map(rows.map((row) => [row.voucher_id, row.claims_archived]));
  }

  /**
   * Holds the voucher's row, as an edit does, and then the stock's, as a batch of the consumer does: each of them comes before the mark and
   * is seen here, or after it and finds it.
   */
  private mark(voucherId: string, before: number): Promise<boolean> {
    return this.db.write(async (tx) => {
      const [voucher] = await tx.query<VoucherRow[]>(
        `SELECT id, status, updated_at, closes_at, redeem_until FROM vouchers WHERE id = ?${this.db.forUpdate}`,
        [voucherId],
      );
      if (!voucher || !isOver(voucher, before)) return false;
      for (const sql of UNDER_WAY) {
        const found: unknown[] = await tx.query(sql, [voucherId]);
        if (found.length > 0) return false;
      }
      const marked = await affectedRows(
        tx,
        `UPDATE voucher_stock SET claims_archived = 'moving' WHERE voucher_id = ? AND claims_archived IS NULL`,
        [voucherId],
      );
      return marked === 1;
    });
  }

  /** In the order of the line at the gate. @returns how many batches it took */
  private async archive(voucherId: string, most: number): Promise<number> {
    let moved = 0;
    let after: PlaceInLine | undefined;
    if (isPacked(this.db.read, voucherId)) {
      await this.finish(voucherId);
      return 1;
    }
    for (let batches = 1; ; batches++) {
      const page = { voucherId, after, limit: PRUNE_ROWS, only: { statuses: ARCHIVED_STATUSES } };
      const rows: (PlaceInLine & { readonly id: string })[] = await claimsInLine(this.db, IN_LINE, page);
      if (rows.length > 0) {
        const ids = rows.map(({ id }) => id);
        const some = await this.db.write((tx) => archiveClaims(this.db, tx, ids));
        this.metrics.claimsArchived.inc(some);
        moved += some;
        after = rows.at(-1);
      }
      const isLast = rows.length < PRUNE_ROWS;
      if (isLast) await this.finish(voucherId);
      if (moved > 0 && (isLast || batches >= most))
        this.logger.log({ voucher: voucherId, claims: moved, isDone: isLast }, 'claims archived');
      if (isLast || batches >= most) return batches;
    }
  }

  /** Where none is left, no run looks at the voucher again. */
  private async finish(voucherId: string): Promise<void> {
    await this.db.write(async (tx) => {
      // As a batch of the consumer does, which would write a claim that has no unit any more.
      await tx.query(`SELECT voucher_id FROM voucher_stock WHERE voucher_id = ?${this.db.forUpdate}`, [
        voucherId,
      ]);
      // Of one whose claims were packed meanwhile nothing moves any more.
      if (!isPacked(tx, voucherId) && (await hasClaims(tx, voucherId))) return;
      await tx.query(
        `UPDATE voucher_stock SET claims_archived = 'moved' WHERE voucher_id = ? AND claims_archived = 'moving'`,
        [voucherId],
      );
    });
  }
}

/** One without an end of its time to redeem keeps its claims: they can be redeemed for ever. */
const isOver = (row: VoucherRow, before: number): boolean =>
  row.status === 'archived' &&
  row.redeem_until !== null &&
  Math.max(Number(row.updated_at), Number(row.closes_at), Number(row.redeem_until)) < before;
