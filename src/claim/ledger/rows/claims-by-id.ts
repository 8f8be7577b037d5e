import type { EntityManager } from 'typeorm';
import type { Database } from '../../../database/database.js';
import { mayBeArchived } from '../claim-archive.js';
import { ClaimColumns } from './claim-columns.js';
import type { ClaimField, ClaimRow, RawRow } from './claim-columns.js';
import { byLayout, holdLayout, voucherOfClaim } from './claim-layout.js';
import { CLAIM_TABLES, type ClaimPlace } from './claim-places.js';

type ById<F extends ClaimField> = Pick<ClaimRow, F | 'id'>;

const CHUNK = 1_000;
const ID = new ClaimColumns('id');
const { claims: CLAIMS, archive: ARCHIVE, packed: PACKED } = CLAIM_TABLES;

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
  const { text, packed } = byLayout(db, ids, voucherOfClaim);
  const ofPacked = await rowsIn<F>(db, columns, PACKED, packed);
  const rows = await rowsIn<F>(db, columns, CLAIMS, text);
  if (rows.length === text.length) return [...ofPacked, ...rows];
  const found = new Set(rows.map(({ id }) => id));
  const left = text.filter((id) => !found.has(id));
  return [...ofPacked, ...rows, ...(await rowsIn<F>(db, columns, ARCHIVE, maybeArchived(left, now)))];
}

const maybeArchived = (ids: readonly string[], now: number): readonly string[] =>
  ids.filter((id) => mayBeArchived(id, now));

/** Claims of the archive alone: those that `claims` was just found not to have. @param now as `claimsById` */
export async function archivedById<F extends ClaimField>(
  db: EntityManager,
  columns: ClaimColumns<F | 'id'>,
  ids: readonly string[],
  now = Infinity,
): Promise<ById<F>[]> {
  return rowsIn<F>(db, columns, ARCHIVE, maybeArchived(byLayout(db, ids, voucherOfClaim).text, now));
}

/** @param suffix order and locks, as SQL */
async function rowsIn<F extends ClaimField>(
  db: EntityManager,
  columns: ClaimColumns<F | 'id'>,
  place: ClaimPlace,
  ids: readonly string[],
  suffix = '',
): Promise<ById<F>[]> {
  if (ids.length === 0) return [];
  const { from, where } = place.byIds(ids);
  const [condition, values] = where;
  const raw: RawRow[] = await db.query(
    `SELECT ${columns.of(place)} FROM ${from} WHERE ${condition}${suffix}`,
    [...values],
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
    const { text, packed } = byLayout(db, ids.slice(from, from + CHUNK), voucherOfClaim);
    for (const { id } of await rowsIn(db, ID, CLAIMS, text)) found.add(id);
    for (const { id } of await rowsIn(db, ID, PACKED, packed)) found.add(id);
  }
  return found;
}

/** Claims whose rows are held until the commit, in one order for all, so that two callers with the same claims cannot wait for each other. */
export async function lockClaims<F extends ClaimField>(
  db: Pick<Database, 'forUpdate' | 'forShare' | 'connections'>,
  tx: EntityManager,
  columns: ClaimColumns<F | 'id'>,
  claimIds: readonly string[],
): Promise<ById<F>[]> {
  const { forUpdate } = db;
  await holdLayout(db, tx);
  const { text, packed } = byLayout(tx, [...new Set(claimIds)].sort(), voucherOfClaim);
  const rows = await rowsIn<F>(tx, columns, CLAIMS, text, ` ORDER BY id${forUpdate}`);
  return [
    ...rows,
    ...(await rowsIn<F>(tx, columns, PACKED, packed, ` ORDER BY voucher_id, tail, n${forUpdate}`)),
  ];
}
