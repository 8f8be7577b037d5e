import type { EntityManager } from 'typeorm';
import { inList, type Database } from '../../../database/database.js';
import { filtered, LIVE } from './claim-columns.js';
import type { ClaimColumns, ClaimField, ClaimFilter, ClaimRow, RawRow } from './claim-columns.js';
import { CLAIM_PLACES, joinPages, pageAlong, placeOf, type PlaceName } from './claim-places.js';

/** Claims on a voucher in the order of the line at the gate. */
type InLine<F extends ClaimField> = Pick<ClaimRow, F | 'id' | 'sequence'>;
type LineColumns<F extends ClaimField> = ClaimColumns<F | 'id' | 'sequence'>;

/** Where a claim stands in the line. */
export type PlaceInLine = Pick<ClaimRow, 'id' | 'sequence'>;

/** As jobs keep where they are. */
export const positionOf = ({ sequence, id }: PlaceInLine): string => `${sequence}/${id}`;

/** What `positionOf` wrote; `undefined` of a job that has not begun. */
export function placeAt(position: string): PlaceInLine | undefined {
  const [sequence = '', id = ''] = position.split('/');
  return position === '' ? undefined : { sequence: Number(sequence), id };
}

interface LinePage {
  readonly voucherId: string;
  /** The page lies behind it; without it the page is the first. */
  readonly after?: PlaceInLine | undefined;
  readonly limit: number;
  readonly only?: ClaimFilter;
}

const BEGIN: PlaceInLine = { sequence: -1, id: '' };

/** A page of the line, of one of the places. */
export function claimsInLine<F extends ClaimField>(
  db: Database,
  columns: LineColumns<F>,
  { voucherId, after = BEGIN, limit, only }: LinePage,
  name: PlaceName = 'claims',
): Promise<InLine<F>[]> {
  const behind = [after.sequence, after.id];
  return pageAlong(db, placeOf(name).bySequence, columns, { voucherId, after: behind, limit, only });
}

/** A page of the line, wherever its claims are. */
export async function claimsInLineAnywhere<F extends ClaimField>(
  db: Database,
  columns: LineColumns<F>,
  page: LinePage,
): Promise<InLine<F>[]> {
  const pages: InLine<F>[][] = [];
  for (const { name } of CLAIM_PLACES) pages.push(await claimsInLine<F>(db, columns, page, name));
  return joinPages(pages, (a, b) => a.sequence - b.sequence || (a.id < b.id ? -1 : 1), page.limit);
}

/** All claims of a voucher, a page at a time: of `claims`, then of the archive. One that is moved meanwhile comes twice. */
export async function* walkClaims<F extends ClaimField>(
  db: Database,
  columns: LineColumns<F>,
  { voucherId, limit }: Pick<LinePage, 'voucherId' | 'limit'>,
): AsyncIterable<InLine<F>[]> {
  for (const { name } of CLAIM_PLACES) {
    for (let after: PlaceInLine | undefined; ;) {
      const rows: InLine<F>[] = await claimsInLine<F>(db, columns, { voucherId, after, limit }, name);
      yield rows;
      after = rows.at(-1);
      if (!after || rows.length < limit) break;
    }
  }
}

/** The claims of a stretch of the line, whose rows are held until the commit. */
export async function lockStretch<F extends ClaimField>(
  { dialect, forUpdate }: Database,
  tx: EntityManager,
  columns: ClaimColumns<F>,
  name: PlaceName,
  { voucherId, after, to }: { readonly voucherId: string; readonly after: number; readonly to: number },
): Promise<Pick<ClaimRow, F>[]> {
  const { bySequence } = placeOf(name);
  const raw: RawRow[] = await tx.query(
    `SELECT ${columns.sql}
       FROM ${bySequence.from({ dialect })}
      WHERE ${bySequence.list({ dialect })} AND sequence > ? AND sequence <= ?${forUpdate}`,
    [voucherId, after, to],
  );
  return columns.rows(raw);
}

/** The end of a voucher's line in one of the places; `undefined` where it has no claims there. */
export async function lastSequence(
  db: EntityManager,
  voucherId: string,
  name: PlaceName = 'claims',
): Promise<number | undefined> {
  const [row] = await db.query<{ last: number | string | null }[]>(
    `SELECT MAX(sequence) AS last FROM ${placeOf(name).table} WHERE voucher_id = ?`,
    [voucherId],
  );
  return row === undefined || row.last === null ? undefined : Number(row.last);
}

/**
 * The highest sequence of each voucher, 0 where it has none. The claims themselves are not read.
 * @param ids as many as one statement may name
 */
export async function lastSequences(
  db: EntityManager,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  // MySQL reads all of a voucher's index where the order does not name the index as a whole.
  const rows: { voucher_id: string; size: number | string | null }[] = await db.query(
    `SELECT s.voucher_id AS voucher_id,
            (SELECT c.sequence FROM claims c WHERE c.voucher_id = s.voucher_id ORDER BY c.voucher_id DESC, c.sequence DESC LIMIT 1) AS size
       FROM voucher_stock s WHERE s.voucher_id IN (${inList(ids.length)})`,
    [...ids],
  );
  return new Map(rows.map((row) => [row.voucher_id, Number(row.size ?? 0)]));
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

/**
 * Stock and claims of each voucher. One statement sees one moment: the total, and the last adjustment that is in it. One that raises the stock
 * is in it from the moment it was recorded, one that lowers it when it is settled; the give-backs, all of them.
 * @param ids as many as one statement may name
 */
export async function stockAndClaims(db: EntityManager, ids: readonly string[]): Promise<StockAndClaims[]> {
  const rows: Record<
    'voucher_id' | 'total' | 'live' | 'sequence' | 'adjusted' | 'returned',
    number | string
  >[] = await db.query(
    `SELECT s.voucher_id AS voucher_id, s.total AS total, s.returns AS returned,
              (SELECT COUNT(*) FROM claims c WHERE c.voucher_id = s.voucher_id AND c.${LIVE}) AS live,
              (SELECT MAX(c.sequence) FROM claims c WHERE c.voucher_id = s.voucher_id) AS sequence,
              (SELECT MAX(l.number) FROM stock_ledger l
                WHERE l.voucher_id = s.voucher_id AND (l.state <> 'pending' OR l.delta > 0)) AS adjusted
         FROM voucher_stock s WHERE s.voucher_id IN (${inList(ids.length)})`,
    [...ids],
  );
  return rows.map((row) => ({
    voucherId: String(row.voucher_id),
    total: Number(row.total),
    live: Number(row.live),
    sequence: (row.sequence as unknown) === null ? undefined : Number(row.sequence),
    adjusted: Number(row.adjusted ?? 0),
    returned: Number(row.returned),
  }));
}

/** All claims of vouchers that have few. @param ids as many as one statement may name */
export async function claimsOnVouchers<F extends ClaimField>(
  db: EntityManager,
  columns: ClaimColumns<F>,
  ids: readonly string[],
): Promise<Pick<ClaimRow, F>[]> {
  if (ids.length === 0) return [];
  const raw: RawRow[] = await db.query(
    `SELECT ${columns.sql} FROM claims
      WHERE voucher_id IN (${inList(ids.length)})`,
    [...ids],
  );
  return columns.rows(raw);
}

/** How many claims of a voucher are as the filter says, the archive left out. */
export async function countClaims(db: EntityManager, voucherId: string, only: ClaimFilter): Promise<number> {
  const filter = filtered(only);
  const [row] = await db.query<{ n: number | string }[]>(
    `SELECT COUNT(*) AS n FROM claims WHERE voucher_id = ?${filter.sql}`,
    [voucherId, ...filter.values],
  );
  return Number(row?.n ?? 0);
}

/** Whether a voucher has claims outside of the archive. */
export async function hasClaims(db: EntityManager, voucherId: string): Promise<boolean> {
  const rows: unknown[] = await db.query('SELECT 1 AS found FROM claims WHERE voucher_id = ? LIMIT 1', [
    voucherId,
  ]);
  return rows.length > 0;
}
