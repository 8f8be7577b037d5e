import type { EntityManager } from 'typeorm';
import { inList, type Database } from '../../../database/database.js';
import { behindIds } from '../../../common/ids.js';
import { ClaimColumns } from './claim-columns.js';
import type { ClaimField, ClaimRow, RawRow } from './claim-columns.js';
import { byLayout, voucherOfClaim } from './claim-layout.js';
import {
  allPlaces,
  CLAIM_TABLES,
  CODES_MAX,
  placeOf,
  placesOf,
  type ClaimPlace,
  type Condition,
} from './claim-places.js';
import { tailsBeginning, usersBeginning, type PackedRange } from './packing.js';

const ID = new ClaimColumns('id');

type AtTime<F extends ClaimField> = Pick<ClaimRow, F | 'id'> & { readonly now: number };

/**
 * Claims by code or by id, wherever they are, with the database's clock at that moment. `claims` and its archive at once: the same code may be
 * one of several merchants', and the claim of one of them archived.
 */
export async function claimsAndClock<F extends ClaimField>(
  db: Database,
  columns: ClaimColumns<F | 'id'>,
  by: 'code' | 'id',
  values: readonly string[],
): Promise<AtTime<F>[]> {
  const all = { text: values, packed: values };
  const { text, packed } = by === 'id' ? byLayout(db.read, values, voucherOfClaim) : all;
  const places = allPlaces(db.read);
  const [plain, bits] = [
    places.filter(({ isPacked }) => !isPacked),
    places.filter(({ isPacked }) => isPacked),
  ];
  const rows = await rowsAndClock<F>(db, columns, by, plain, text);
  const found = new Set(rows.map(({ id }) => id));
  // While older claims are packed they are in two tables.
  const more = await rowsAndClock<F>(db, columns, by, bits, packed);
  return [...rows, ...more.filter(({ id }) => !found.has(id))];
}

/** @param places of one form */
async function rowsAndClock<F extends ClaimField>(
  { read, now }: Database,
  columns: ClaimColumns<F | 'id'>,
  by: 'code' | 'id',
  places: readonly ClaimPlace[],
  values: readonly string[],
): Promise<AtTime<F>[]> {
  if (values.length === 0 || places.length === 0) return [];
  const found: AtTime<F>[] = [];
  const most = by === 'code' ? CODES_MAX : values.length;
  for (let first = 0; first < values.length; first += most) {
    const chunk = values.slice(first, first + most);
    const parts = places.map((place) => {
      const { from, where } = by === 'code' ? place.byCodes(read, chunk) : place.byIds(chunk);
      const [condition, those] = where;
      return {
        sql: `SELECT ${columns.of(place)}, ${now} AS now FROM ${from} WHERE ${condition}`,
        values: those,
      };
    });
    const raw: RawRow[] = await read.query(
      parts.map(({ sql }) => sql).join(' UNION ALL '),
      parts.flatMap((part) => part.values),
    );
    for (const row of raw) found.push({ ...columns.row(row), now: Number(row['now']) });
  }
  return found;
}

/** What a claim on a voucher is searched by: how its id or its user's begins, its code, or its user. */
export type ClaimSought =
  | { readonly by: 'id' | 'user'; readonly begin: string }
  | { readonly by: 'code'; readonly code: string }
  | { readonly by: 'users'; readonly userIds: readonly string[] };

/** @returns ids of the voucher's claims, in no order; more than `most` where there are more */
export async function searchClaims(
  db: EntityManager,
  voucherId: string,
  sought: ClaimSought,
  most: number,
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const place of placesOf(db, voucherId)) {
    const { from, where } = soughtIn(db, place, voucherId, sought);
    const [condition, values] = where;
    const rows: RawRow[] = await db.query(
      `SELECT ${ID.of(place)} FROM ${from} WHERE voucher_id = ? AND ${condition} LIMIT ${most + 1}`,
      [place.voucher(voucherId), ...values],
    );
    for (const { id } of ID.rows(rows)) found.add(id);
  }
  return [...found];
}

type Sought = ReturnType<ClaimPlace['byIds']>;

function soughtIn(db: EntityManager, place: ClaimPlace, voucherId: string, sought: ClaimSought): Sought {
  const { table: from } = place;
  switch (sought.by) {
    case 'id':
      return {
        from,
        where: place.isPacked
          ? within('tail', tailsBeginning(voucherId, sought.begin))
          : ['id >= ? AND id < ?', [sought.begin, behindIds(sought.begin)]],
      };
    case 'user':
      return {
        from,
        where: place.isPacked
          ? within('user_id', usersBeginning(sought.begin))
          : ['user_id >= ? AND user_id < ?', [sought.begin, behindIds(sought.begin)]],
      };
    case 'code':
      return place.byCodes(db, [sought.code]);
    case 'users':
      return {
        from,
        where: [
          `user_id IN (${inList(sought.userIds.length)})`,
          sought.userIds.map((userId) => place.user(userId)),
        ],
      };
  }
}

const within = (column: string, ranges: readonly PackedRange[]): Condition => [
  ranges.length === 0 ? '1 = 0' : `(${ranges.map(() => `(${column} >= ? AND ${column} <= ?)`).join(' OR ')})`,
  ranges.flatMap(({ from, to }) => [from, to]),
];

/** What is asked of the codes of a voucher's list, or by its pattern: those whose numbers lie in a range. */
interface CodesHeld {
  readonly voucherId: string;
  readonly isArchived: boolean;
  readonly after: number;
  readonly to: number;
}

/** Codes that exactly one claim has, and claims that have one and were cancelled. */
interface HeldCounts {
  readonly heldOnce: number;
  readonly cancelled: number;
}

/** In the caller's snapshot. */
export async function countCodesHeld(tx: EntityManager, asked: CodesHeld): Promise<HeldCounts> {
  const { voucherId, isArchived, after, to } = asked;
  if (placeOf(tx, voucherId, 'claims').isPacked) return countPackedCodes(tx, asked);
  const having = placesOf(tx, voucherId, isArchived).map(
    ({ table }) =>
      `SELECT k.number, c.status
         FROM voucher_codes k JOIN ${table} c ON c.code = k.code AND c.voucher_id = k.voucher_id
        WHERE k.voucher_id = ? AND k.number > ? AND k.number <= ?`,
  );
  const [found] = await tx.query<{ held: number | string | null; cancelled: number | string | null }[]>(
    `SELECT SUM(CASE WHEN g.n = 1 THEN 1 ELSE 0 END) AS held, SUM(g.cancelled) AS cancelled FROM (
       SELECT COUNT(*) AS n, SUM(CASE WHEN h.status = 'cancelled' THEN 1 ELSE 0 END) AS cancelled
         FROM (${having.join(' UNION ALL ')}) h GROUP BY h.number) g`,
    having.flatMap(() => [voucherId, after, to]),
  );
  return { heldOnce: Number(found?.held ?? 0), cancelled: Number(found?.cancelled ?? 0) };
}

/** The codes are text in their table: they are looked for by their packed form. */
async function countPackedCodes(tx: EntityManager, { voucherId, after, to }: CodesHeld): Promise<HeldCounts> {
  const { packed: place } = CLAIM_TABLES;
  const codes: { code: string }[] = await tx.query(
    'SELECT code FROM voucher_codes WHERE voucher_id = ? AND number > ? AND number <= ?',
    [voucherId, after, to],
  );
  const counts = { heldOnce: 0, cancelled: 0 };
  for (let first = 0; first < codes.length; first += CODES_MAX) {
    const chunk = codes.slice(first, first + CODES_MAX).map(({ code }) => code);
    const { from, where } = place.byCodes(tx, chunk);
    const [condition, values] = where;
    const [found] = await tx.query<{ held: number | string | null; cancelled: number | string | null }[]>(
      `SELECT SUM(CASE WHEN g.n = 1 THEN 1 ELSE 0 END) AS held, SUM(g.cancelled) AS cancelled FROM (
         SELECT COUNT(*) AS n, SUM(CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END) AS cancelled
           FROM ${from} WHERE voucher_id = ? AND ${condition} GROUP BY code) g`,
      [place.voucher(voucherId), ...values],
    );
    counts.heldOnce += Number(found?.held ?? 0);
    counts.cancelled += Number(found?.cancelled ?? 0);
  }
  return counts;
}
