import type { EntityManager } from 'typeorm';
import { inList, type Database } from '../../../database/database.js';
import type { ClaimColumns, ClaimField, ClaimRow, RawRow } from './claim-columns.js';
import { CLAIM_PLACES, placesOf } from './claim-places.js';

/**
 * Claims by code or by id, wherever they are, with the database's clock at that moment. Both places at once: the same code may be one of
 * several merchants', and the claim of one of them archived.
 */
export async function claimsAndClock<F extends ClaimField>(
  { read, now }: Database,
  columns: ClaimColumns<F>,
  by: 'code' | 'id',
  values: readonly string[],
): Promise<(Pick<ClaimRow, F> & { readonly now: number })[]> {
  if (values.length === 0) return [];
  const from = CLAIM_PLACES.map(
    ({ table }) =>
      `SELECT ${columns.sql}, ${now} AS now FROM ${table} WHERE ${by} IN (${inList(values.length)})`,
  );
  const raw: RawRow[] = await read.query(from.join(' UNION ALL '), [...values, ...values]);
  return raw.map((row) => ({ ...columns.row(row), now: Number(row['now']) }));
}

/** What a claim on a voucher is searched by: how its id or its user's begins, its code, or its user. */
export type ClaimSought =
  | { readonly by: 'id' | 'user'; readonly from: string; readonly before: string }
  | { readonly by: 'code'; readonly code: string }
  | { readonly by: 'users'; readonly userIds: readonly string[] };

/** @returns ids of the voucher's claims, in no order; more than `most` where there are more */
export async function searchClaims(
  db: EntityManager,
  voucherId: string,
  sought: ClaimSought,
  most: number,
): Promise<readonly string[]> {
  const [condition, values] = conditionOf(sought);
  const found = new Set<string>();
  for (const { table } of CLAIM_PLACES) {
    const rows: { id: string }[] = await db.query(
      `SELECT id FROM ${table} WHERE voucher_id = ? AND ${condition} LIMIT ${most + 1}`,
      [voucherId, ...values],
    );
    for (const { id } of rows) found.add(id);
  }
  return [...found];
}

function conditionOf(sought: ClaimSought): readonly [sql: string, values: readonly string[]] {
  switch (sought.by) {
    case 'id':
      return ['id >= ? AND id < ?', [sought.from, sought.before]];
    case 'user':
      return ['user_id >= ? AND user_id < ?', [sought.from, sought.before]];
    case 'code':
      return ['code = ?', [sought.code]];
    case 'users':
      return [`user_id IN (${inList(sought.userIds.length)})`, sought.userIds];
  }
}

/**
 * Of the codes of a voucher's list, or by its pattern, whose numbers lie in a range: those that exactly one claim has, and claims that have
 * one and were cancelled. Counted by the database, in the caller's snapshot.
 */
export async function countCodesHeld(
  tx: EntityManager,
  {
    voucherId,
    isArchived,
    after,
    to,
  }: {
    readonly voucherId: string;
    readonly isArchived: boolean;
    readonly after: number;
    readonly to: number;
  },
): Promise<{ readonly heldOnce: number; readonly cancelled: number }> {
  const having = placesOf(isArchived).map(
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
