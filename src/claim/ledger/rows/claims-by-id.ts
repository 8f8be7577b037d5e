import type { EntityManager } from 'typeorm';
import { inList, type Database } from '../../../database/database.js';
import { mayBeArchived } from '../claim-archive.js';
import type { ClaimColumns, ClaimField, ClaimRow, RawRow } from './claim-columns.js';

type ById<F extends ClaimField> = Pick<ClaimRow, F | 'id'>;

const CHUNK = 1_000;

/**
 * Claims by their ids, wherever they are.
 * @param now ms since 1970; without it every claim may be in the archive
 */
export async function claimsById<F extends ClaimField>(
  db: EntityManager,
  columns: ClaimColumns<F | 'id'>,
  ids: readonly string[],
  now = Infinity,
): Promise<ById<F>[]> {
  const rows = await rowsIn<F>(db, columns, 'claims', ids);
  if (rows.length === ids.length) return rows;
  const found = new Set(rows.map(({ id }) => id));
  const left = ids.filter((id) => !found.has(id));
  return [...rows, ...(await archivedById(db, columns, left, now))];
}

/** Claims of the archive alone: those that `claims` was just found not to have. @param now as `claimsById` */
export async function archivedById<F extends ClaimField>(
  db: EntityManager,
  columns: ClaimColumns<F | 'id'>,
  ids: readonly string[],
  now = Infinity,
): Promise<ById<F>[]> {
  const old = ids.filter((id) => mayBeArchived(id, now));
  return rowsIn<F>(db, columns, 'claims_archive', old);
}

/** @param order and locks, as SQL */
async function rowsIn<F extends ClaimField>(
  db: EntityManager,
  columns: ClaimColumns<F | 'id'>,
  table: 'claims' | 'claims_archive',
  ids: readonly string[],
  order = '',
): Promise<ById<F>[]> {
  if (ids.length === 0) return [];
  const raw: RawRow[] = await db.query(
    `SELECT ${columns.sql} FROM ${table} WHERE id IN (${inList(ids.length)})${order}`,
    [...ids],
  );
  return columns.rows(raw);
}

/** The claim of that id. */
export async function claimById<F extends ClaimField>(
  db: EntityManager,
  columns: ClaimColumns<F | 'id'>,
  id: string,
  now: number,
): Promise<ById<F> | undefined> {
  return (await claimsById<F>(db, columns, [id], now))[0];
}

/** Which of the ids are rows, the archive left out. */
export async function rowsAmong(db: EntityManager, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let from = 0; from < ids.length; from += CHUNK) {
    const chunk = ids.slice(from, from + CHUNK);
    const rows: { id: string }[] = await db.query(
      `SELECT id FROM claims WHERE id IN (${inList(chunk.length)})`,
      chunk,
    );
    for (const { id } of rows) found.add(id);
  }
  return found;
}

/** Claims whose rows are held until the commit, in the order of their ids, so that two callers with the same claims cannot wait for each other. */
export async function lockClaims<F extends ClaimField>(
  { forUpdate }: Pick<Database, 'forUpdate'>,
  tx: EntityManager,
  columns: ClaimColumns<F | 'id'>,
  claimIds: readonly string[],
): Promise<ById<F>[]> {
  const ids = [...new Set(claimIds)].sort();
  return rowsIn<F>(tx, columns, 'claims', ids, ` ORDER BY id${forUpdate}`);
}
