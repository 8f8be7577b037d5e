import type { EntityManager } from 'typeorm';
import { base32Value, ClaimIds } from '../../common/ids.js';
import { inMode } from '../../common/mode.js';
import { inList } from '../../database/database.js';
import {
  ARCHIVE_BY_HOLDER,
  ARCHIVE_BY_SEQUENCE,
  ARCHIVE_OF_USER,
  ARCHIVE_OF_USER_ON_VOUCHER,
  ArchivedClaim,
  CLAIMS_BY_HOLDER,
  CLAIMS_BY_SEQUENCE,
  CLAIMS_OF_USER,
  CLAIMS_OF_USER_ON_VOUCHER,
  ClaimEntity,
} from './claim.entity.js';

const DAY_MS = 86_400_000;
/** The least that `RETENTION_ARCHIVED_CLAIMS_DAYS` can say, less a day: the clocks of two instances are not one. */
const SURELY_KEPT_MS = 30 * DAY_MS;

/** Which states a claim can be in once it is moved: those that only time, or an edit that is refused, could change. */
export const ARCHIVED_STATUSES = ['redeemed', 'expired', 'cancelled', 'released', 'rejected'] as const;

export const isArchived = (status: string): boolean =>
  (ARCHIVED_STATUSES as readonly string[]).includes(status);

/**
 * Where claims are, in the order in which to look: rows go one way, so whoever looks for a row in `claims` first finds it once or twice and
 * never not at all. What is found twice is one claim.
 */
export const CLAIM_PLACES = [
  {
    table: 'claims',
    entity: ClaimEntity,
    bySequence: CLAIMS_BY_SEQUENCE,
    byHolder: CLAIMS_BY_HOLDER,
    ofUser: CLAIMS_OF_USER,
    ofUserOnVoucher: CLAIMS_OF_USER_ON_VOUCHER,
  },
  {
    table: 'claims_archive',
    entity: ArchivedClaim,
    bySequence: ARCHIVE_BY_SEQUENCE,
    byHolder: ARCHIVE_BY_HOLDER,
    ofUser: ARCHIVE_OF_USER,
    ofUserOnVoucher: ARCHIVE_OF_USER_ON_VOUCHER,
  },
] as const;

/** Whether a claim is old enough to be in the archive, by what its id says: claims of a running drop are not looked for twice. */
export function mayBeArchived(claimId: string, now: number): boolean {
  const ref = ClaimIds.parse(claimId);
  const madeAt = ref && base32Value(inMode(ref.voucherId, 'live').slice(4, 14));
  return madeAt === undefined || madeAt < now - SURELY_KEPT_MS;
}

/**
 * Rows of claims by their ids, wherever they are.
 * @param columns `id` among them
 * @param now ms since 1970; without it every claim may be in the archive
 */
export async function claimRows<Row extends { readonly id: string }>(
  db: EntityManager,
  columns: string,
  ids: readonly string[],
  now = Infinity,
): Promise<Row[]> {
  if (ids.length === 0) return [];
  const rows: Row[] = await db.query(`SELECT ${columns} FROM claims WHERE id IN (${inList(ids.length)})`, [
    ...ids,
  ]);
  if (rows.length === ids.length) return rows;
  const found = new Set(rows.map(({ id }) => id));
  const left = ids.filter((id) => !found.has(id) && mayBeArchived(id, now));
  if (left.length === 0) return rows;
  return [...rows, ...(await archivedRows<Row>(db, columns, left))];
}

/** Rows of the archive alone: of claims that `claims` was just found not to have. */
export async function archivedRows<Row>(
  db: EntityManager,
  columns: string,
  ids: readonly string[],
): Promise<Row[]> {
  if (ids.length === 0) return [];
  return db.query(`SELECT ${columns} FROM claims_archive WHERE id IN (${inList(ids.length)})`, [...ids]);
}

/**
 * A page of both places as one list.
 * @param pages of `claims`, then of the archive, each in that order and as long as `take` where there is more
 */
export function joinPages<Row extends { readonly id: string }>(
  pages: readonly (readonly Row[])[],
  order: (a: Row, b: Row) => number,
  take: number,
): Row[] {
  const filled = pages.filter(({ length }) => length > 0);
  if (filled.length < 2) return [...(filled[0] ?? [])].slice(0, take);
  const all = new Map([...filled].reverse().flatMap((page) => page.map((row) => [row.id, row] as const)));
  return [...all.values()].sort(order).slice(0, take);
}

/** Whether claims of the voucher are moved, or have been. Asked after `claims` was read, or in the transaction that reads it. */
export async function isArchiving(db: EntityManager, voucherId: string): Promise<boolean> {
  const [row] = await db.query<{ claims_archived: string | null }[]>(
    'SELECT claims_archived FROM voucher_stock WHERE voucher_id = ?',
    [voucherId],
  );
  return (row?.claims_archived ?? null) !== null;
}
