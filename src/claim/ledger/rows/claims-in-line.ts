import type { EntityManager } from 'typeorm';
import type { Database } from '../../../database/database.js';
import { compareTies, filtered } from './claim-columns.js';
import type { ClaimColumns, ClaimField, ClaimFilter, ClaimRow, RawRow } from './claim-columns.js';
import { holdLayout, isPacked } from './claim-layout.js';
import {
  joinPages,
  pageAlong,
  placeOf,
  PLACES,
  placesOf,
  type ClaimPlace,
  type PlaceName,
} from './claim-places.js';

/** Claims on a voucher in the order of the line at the gate. */
type InLine<F extends ClaimField> = Pick<ClaimRow, F | 'id' | 'sequence' | 'tie'>;
type LineColumns<F extends ClaimField> = ClaimColumns<F | 'id' | 'sequence' | 'tie'>;

/** Where a claim stands in the line. */
export type PlaceInLine = Pick<ClaimRow, 'sequence' | 'tie'>;

/** Ids are text and longer, numbers of rows begin at 1: in a table of either form nothing is before it. */
const BEFORE_ALL = '';

/** Behind all claims of that number. */
export const behindNumber = (sequence: number): PlaceInLine => ({ sequence: sequence + 1, tie: BEFORE_ALL });

/** As jobs keep where they are. */
export const positionOf = ({ sequence, tie }: PlaceInLine): string => `${sequence}/${tie}`;

/** What `positionOf` wrote; `undefined` of a job that has not begun. */
export function placeAt(position: string): PlaceInLine | undefined {
  const [sequence = '', tie = ''] = position.split('/');
  if (position === '') return undefined;
  return { sequence: Number(sequence), tie: /^\d+$/.test(tie) ? Number(tie) : tie };
}

interface LinePage {
  readonly voucherId: string;
  /** The page lies behind it; without it the page is the first. */
  readonly after?: PlaceInLine | undefined;
  readonly limit: number;
  readonly only?: ClaimFilter;
}

const BEGIN: PlaceInLine = { sequence: -1, tie: BEFORE_ALL };

/** A page of the line, of one of the places. */
export async function claimsInLine<F extends ClaimField>(
  db: Database,
  columns: LineColumns<F>,
  page: LinePage,
  name: PlaceName = 'claims',
): Promise<InLine<F>[]> {
  const place = placeOf(db.read, page.voucherId, name);
  return place ? pageInLine<F>(db, place, columns, page) : [];
}

function pageInLine<F extends ClaimField>(
  db: Database,
  place: ClaimPlace,
  columns: LineColumns<F>,
  { voucherId, after = BEGIN, limit, only }: LinePage,
): Promise<InLine<F>[]> {
  const behind = [after.sequence, place.tie(after.tie)];
  return pageAlong(db, place, place.bySequence, columns, { voucherId, after: behind, limit, only });
}

/** A page of the line, wherever its claims are. */
export async function claimsInLineAnywhere<F extends ClaimField>(
  db: Database,
  columns: LineColumns<F>,
  page: LinePage,
): Promise<InLine<F>[]> {
  const pages: InLine<F>[][] = [];
  for (const place of placesOf(db.read, page.voucherId))
    pages.push(await pageInLine<F>(db, place, columns, page));
  return joinPages(pages, (a, b) => a.sequence - b.sequence || compareTies(a.tie, b.tie), page.limit);
}

/** All claims of a voucher, a page at a time: of `claims`, then of the archive. One that is moved meanwhile comes twice. */
export async function* walkClaims<F extends ClaimField>(
  db: Database,
  columns: LineColumns<F>,
  { voucherId, limit }: Pick<LinePage, 'voucherId' | 'limit'>,
): AsyncIterable<InLine<F>[]> {
  const began = isPacked(db.read, voucherId);
  for (const name of PLACES) {
    for (let after: PlaceInLine | undefined; ;) {
      const rows: InLine<F>[] = await claimsInLine<F>(db, columns, { voucherId, after, limit }, name);
      yield rows;
      after = rows.at(-1);
      if (!after || rows.length < limit) break;
    }
  }
  // Packed meanwhile, those of the archive among them.
  if (isPacked(db.read, voucherId) !== began) yield* walkClaims<F>(db, columns, { voucherId, limit });
}

/** The claims of a stretch of the line, whose rows are held until the commit. */
export async function lockStretch<F extends ClaimField>(
  db: Database,
  tx: EntityManager,
  columns: ClaimColumns<F>,
  name: PlaceName,
  { voucherId, after, to }: { readonly voucherId: string; readonly after: number; readonly to: number },
): Promise<Pick<ClaimRow, F>[]> {
  await holdLayout(db, tx);
  const { dialect, forUpdate } = db;
  const place = placeOf(tx, voucherId, name);
  if (!place) return [];
  const { bySequence } = place;
  const raw: RawRow[] = await tx.query(
    `SELECT ${columns.of(place)}
       FROM ${bySequence.from({ dialect })}
      WHERE ${bySequence.list({ dialect })} AND sequence > ? AND sequence <= ?${forUpdate}`,
    [place.voucher(voucherId), after, to],
  );
  return columns.rows(raw);
}

/** The end of a voucher's line; -1 where it has no claims. @param isArchived whether some are in the archive */
export async function endOfLine(db: EntityManager, voucherId: string, isArchived: boolean): Promise<number> {
  let end = -1;
  for (const place of placesOf(db, voucherId, isArchived))
    end = Math.max(end, (await lastIn(db, place, voucherId)) ?? -1);
  return end;
}

/** The end of a voucher's line in one of the places; `undefined` where it has no claims there. */
export async function lastSequence(
  db: EntityManager,
  voucherId: string,
  name: PlaceName = 'claims',
): Promise<number | undefined> {
  const place = placeOf(db, voucherId, name);
  return place && lastIn(db, place, voucherId);
}

async function lastIn(
  db: EntityManager,
  { table, voucher }: ClaimPlace,
  voucherId: string,
): Promise<number | undefined> {
  const [row] = await db.query<{ last: number | string | null }[]>(
    `SELECT MAX(sequence) AS last FROM ${table} WHERE voucher_id = ?`,
    [voucher(voucherId)],
  );
  return row === undefined || row.last === null ? undefined : Number(row.last);
}

/** How many claims of a voucher are as the filter says, the archive left out. */
export async function countClaims(db: EntityManager, voucherId: string, only: ClaimFilter): Promise<number> {
  const filter = filtered(only);
  const place = placeOf(db, voucherId, 'claims');
  const [row] = await db.query<{ n: number | string }[]>(
    `SELECT COUNT(*) AS n FROM ${place.table} WHERE voucher_id = ?${filter.sql}`,
    [place.voucher(voucherId), ...filter.values],
  );
  return Number(row?.n ?? 0);
}

/** Whether a voucher has claims outside of the archive. */
export async function hasClaims(db: EntityManager, voucherId: string): Promise<boolean> {
  const place = placeOf(db, voucherId, 'claims');
  const rows: unknown[] = await db.query(
    `SELECT 1 AS found FROM ${place.table} WHERE voucher_id = ? LIMIT 1`,
    [place.voucher(voucherId)],
  );
  return rows.length > 0;
}
