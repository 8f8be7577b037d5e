import type { EntityManager } from 'typeorm';
import { inList, type Database } from '../../../database/database.js';
import { LIVE } from './claim-columns.js';
import type { ClaimColumns, ClaimField, ClaimRow, RawRow } from './claim-columns.js';
import { byLayout, layoutOfSnapshot, packedShare } from './claim-layout.js';
import { CLAIM_TABLES } from './claim-places.js';
import { voucherOf } from './packing.js';

/** Lists of a statement that is made of one part for each: SQLite takes no more than 500. */
const PARTS = 250;

const { claims: CLAIMS, packed: PACKED } = CLAIM_TABLES;

const itself = (voucherId: string): string => voucherId;

/**
 * The highest sequence of each voucher, 0 where it has none. The claims themselves are not read.
 * @param ids as many as one statement may name
 */
export async function lastSequences(
  db: EntityManager,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { text, packed } = byLayout(db, ids, itself);
  const sizes = new Map<string, number>();
  if (text.length > 0) {
    // MySQL reads all of a voucher's index where the order does not name the index as a whole.
    const rows: { voucher_id: string; size: number | string | null }[] = await db.query(
      `SELECT s.voucher_id AS voucher_id,
            (SELECT c.sequence FROM claims c WHERE c.voucher_id = s.voucher_id ORDER BY c.voucher_id DESC, c.sequence DESC LIMIT 1) AS size
       FROM voucher_stock s WHERE s.voucher_id IN (${inList(text.length)})`,
      [...text],
    );
    for (const row of rows) sizes.set(row.voucher_id, Number(row.size ?? 0));
  }
  for (let from = 0; from < packed.length; from += PARTS) {
    const chunk = packed.slice(from, from + PARTS);
    const parts = chunk.map(
      (_id, at) =>
        `SELECT ${at} AS at, (SELECT sequence FROM packed_claims WHERE voucher_id = ? ORDER BY voucher_id DESC, sequence DESC LIMIT 1) AS size`,
    );
    const rows: { at: number | string; size: number | string | null }[] = await db.query(
      parts.join(' UNION ALL '),
      chunk.map((id) => PACKED.voucher(id)),
    );
    for (const { at, size } of rows) sizes.set(chunk[Number(at)] ?? '', Number(size ?? 0));
  }
  return sizes;
}

/** What a gate that is rebuilt counts of a voucher. */
export interface StockAndClaims {
  readonly voucherId: string;
  readonly total: number;
  readonly live: number;
  /** `undefined` where the voucher has no claims at all. */
  readonly sequence: number | undefined;
  /** The last adjustment that is in the total; 0 for none. */
  readonly adjusted: number;
  /** Give-backs. */
  readonly returned: number;
}

type RawStock = Record<
  'voucher_id' | 'total' | 'live' | 'sequence' | 'adjusted' | 'returned',
  number | string | null
>;

/**
 * Stock and claims of each voucher, of one moment: the total, and the last adjustment that is in it. One that raises the stock is in it from the
 * moment it was recorded, one that lowers it when it is settled; the give-backs, all of them.
 * @param ids as many as one statement may name
 */
export async function stockAndClaims(db: Database, ids: readonly string[]): Promise<StockAndClaims[]> {
  if (packedShare(db.read) === 'none') return ids.length === 0 ? [] : stockAndTextClaims(db.read, ids);
  // Several statements: what they see is of one moment by the snapshot.
  return db.snapshot(async (tx) => {
    await layoutOfSnapshot(tx);
    const { text, packed } = byLayout(tx, ids, itself);
    return [
      ...(text.length === 0 ? [] : await stockAndTextClaims(tx, text)),
      ...(packed.length === 0 ? [] : await stockAndPackedClaims(tx, packed)),
    ];
  });
}

async function stockAndTextClaims(db: EntityManager, ids: readonly string[]): Promise<StockAndClaims[]> {
  const rows: RawStock[] = await db.query(
    `SELECT s.voucher_id AS voucher_id, s.total AS total, s.returns AS returned,
              (SELECT COUNT(*) FROM claims c WHERE c.voucher_id = s.voucher_id AND c.${LIVE}) AS live,
              (SELECT MAX(c.sequence) FROM claims c WHERE c.voucher_id = s.voucher_id) AS sequence,
              (SELECT MAX(l.number) FROM stock_ledger l
                WHERE l.voucher_id = s.voucher_id AND (l.state <> 'pending' OR l.delta > 0)) AS adjusted
         FROM voucher_stock s WHERE s.voucher_id IN (${inList(ids.length)})`,
    [...ids],
  );
  return rows.map(stockOf);
}

async function stockAndPackedClaims(tx: EntityManager, ids: readonly string[]): Promise<StockAndClaims[]> {
  const stocks: Omit<RawStock, 'live' | 'sequence'>[] = await tx.query(
    `SELECT s.voucher_id AS voucher_id, s.total AS total, s.returns AS returned,
            (SELECT MAX(l.number) FROM stock_ledger l
              WHERE l.voucher_id = s.voucher_id AND (l.state <> 'pending' OR l.delta > 0)) AS adjusted
       FROM voucher_stock s WHERE s.voucher_id IN (${inList(ids.length)})`,
    [...ids],
  );
  const counts: { voucher_id: Buffer; live: number | string; sequence: number | string }[] = await tx.query(
    `SELECT voucher_id, SUM(CASE WHEN ${LIVE} THEN 1 ELSE 0 END) AS live, MAX(sequence) AS sequence
       FROM packed_claims WHERE voucher_id IN (${inList(ids.length)}) GROUP BY voucher_id`,
    ids.map((id) => PACKED.voucher(id)),
  );
  const byVoucher = new Map(counts.map((row) => [voucherOf(row.voucher_id), row]));
  return stocks.map((stock) => {
    const { live = 0, sequence = null } = byVoucher.get(String(stock.voucher_id)) ?? {};
    return stockOf({ ...stock, live, sequence });
  });
}

const stockOf = ({
  voucher_id: id,
  total,
  live,
  sequence,
  adjusted,
  returned,
}: RawStock): StockAndClaims => ({
  voucherId: String(id),
  total: Number(total),
  live: Number(live),
  sequence: sequence === null ? undefined : Number(sequence),
  adjusted: Number(adjusted ?? 0),
  returned: Number(returned),
});

/** All claims of vouchers that have few. @param ids as many as one statement may name */
export async function claimsOnVouchers<F extends ClaimField>(
  db: EntityManager,
  columns: ClaimColumns<F>,
  ids: readonly string[],
): Promise<Pick<ClaimRow, F>[]> {
  const { text, packed } = byLayout(db, ids, itself);
  const found: Pick<ClaimRow, F>[] = [];
  for (const [place, some] of [
    [CLAIMS, text],
    [PACKED, packed],
  ] as const) {
    if (some.length === 0) continue;
    const raw: RawRow[] = await db.query(
      `SELECT ${columns.of(place)} FROM ${place.table}
      WHERE voucher_id IN (${inList(some.length)})`,
      some.map((id) => place.voucher(id)),
    );
    for (const row of columns.rows(raw)) found.push(row);
  }
  return found;
}
