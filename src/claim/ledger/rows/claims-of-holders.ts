import type { EntityManager } from 'typeorm';
import { inList, type Database } from '../../../database/database.js';
import { mayBeArchived } from '../claim-archive.js';
import { ClaimColumns, LIVE } from './claim-columns.js';
import type { ClaimField, ClaimFilter, ClaimRow, RawRow } from './claim-columns.js';
import { joinPages, pageAlong, placeOf, placesOf, type ClaimPlace, type PlaceName } from './claim-places.js';

type OfHolder<F extends ClaimField> = Pick<ClaimRow, F | 'userId' | 'ordinal'>;

const USERS = 500;
const HOLDER = new ClaimColumns('userId');

/** Claims on a voucher in the order of their users, and of each user's claims. */
interface HolderPage {
  readonly voucherId: string;
  /** The page lies behind it. */
  readonly after: Pick<ClaimRow, 'userId' | 'ordinal'>;
  readonly limit: number;
  readonly only?: ClaimFilter;
}

/** A page of one of the places. */
export function claimsByHolder<F extends ClaimField>(
  db: Database,
  columns: ClaimColumns<F | 'userId' | 'ordinal'>,
  page: HolderPage,
  name: PlaceName = 'claims',
): Promise<OfHolder<F>[]> {
  const place = placeOf(db.read, page.voucherId, name);
  return place ? pageByHolder<F>(db, place, columns, page) : Promise.resolve([]);
}

function pageByHolder<F extends ClaimField>(
  db: Database,
  place: ClaimPlace,
  columns: ClaimColumns<F | 'userId' | 'ordinal'>,
  { voucherId, after, limit, only }: HolderPage,
): Promise<OfHolder<F>[]> {
  const behind = [place.user(after.userId), after.ordinal];
  return pageAlong(db, place, place.byHolder, columns, { voucherId, after: behind, limit, only });
}

/** A page, wherever its claims are. */
export async function claimsByHolderAnywhere<F extends ClaimField>(
  db: Database,
  columns: ClaimColumns<F | 'id' | 'userId' | 'ordinal'>,
  page: HolderPage,
): Promise<OfHolder<F | 'id'>[]> {
  const pages: OfHolder<F | 'id'>[][] = [];
  for (const place of placesOf(db.read, page.voucherId))
    pages.push(await pageByHolder<F | 'id'>(db, place, columns, page));
  return joinPages(
    pages,
    (a, b) => (a.userId === b.userId ? a.ordinal - b.ordinal : a.userId < b.userId ? -1 : 1),
    page.limit,
  );
}

/** The user's claim of a number on a voucher. @param claimId its id, which says whether it is old enough for the archive */
export async function claimOfNumber<F extends ClaimField>(
  tx: EntityManager,
  columns: ClaimColumns<F>,
  {
    claimId,
    voucherId,
    userId,
    ordinal,
  }: Pick<ClaimRow, 'voucherId' | 'userId' | 'ordinal'> & {
    readonly claimId: string;
  },
  now: number,
): Promise<Pick<ClaimRow, F> | undefined> {
  for (const place of placesOf(tx, voucherId, mayBeArchived(claimId, now))) {
    const [raw] = await tx.query<RawRow[]>(
      `SELECT ${columns.of(place)} FROM ${place.table} WHERE voucher_id = ? AND user_id = ? AND ordinal = ?`,
      [place.voucher(voucherId), place.user(userId), ordinal],
    );
    if (raw) return columns.row(raw);
  }
  return undefined;
}

/** Units of a voucher that the user has. */
export async function countLiveOf(db: EntityManager, voucherId: string, userId: string): Promise<number> {
  const place = placeOf(db, voucherId, 'claims');
  const [row] = await db.query<{ n: number | string }[]>(
    `SELECT COUNT(*) AS n FROM ${place.table} WHERE voucher_id = ? AND user_id = ? AND ${LIVE}`,
    [place.voucher(voucherId), place.user(userId)],
  );
  return Number(row?.n ?? 0);
}

/** What users have on a voucher, the archive left out. */
export async function claimsOfUsers<F extends ClaimField>(
  db: EntityManager,
  columns: ClaimColumns<F>,
  voucherId: string,
  userIds: readonly string[],
): Promise<Pick<ClaimRow, F>[]> {
  const found: Pick<ClaimRow, F>[] = [];
  const place = placeOf(db, voucherId, 'claims');
  for (let from = 0; from < userIds.length; from += USERS) {
    const chunk = userIds.slice(from, from + USERS);
    const raw: RawRow[] = await db.query(
      `SELECT ${columns.of(place)} FROM ${place.table} WHERE voucher_id = ? AND user_id IN (${inList(chunk.length)})`,
      [place.voucher(voucherId), ...chunk.map((id) => place.user(id))],
    );
    found.push(...columns.rows(raw));
  }
  return found;
}

/** How many claims on a voucher each of the users has that were not rejected, wherever they are. */
export async function countOfUsers(
  db: EntityManager,
  voucherId: string,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  if (userIds.length === 0) return counts;
  for (const place of placesOf(db, voucherId)) {
    const rows: (RawRow & { readonly n: number | string })[] = await db.query(
      `SELECT user_id, COUNT(*) AS n FROM ${place.table} WHERE voucher_id = ? AND status <> 'rejected' AND user_id IN (${inList(userIds.length)}) GROUP BY user_id`,
      [place.voucher(voucherId), ...userIds.map((id) => place.user(id))],
    );
    for (const row of rows) {
      const { userId } = HOLDER.row(row);
      counts.set(userId, (counts.get(userId) ?? 0) + Number(row.n));
    }
  }
  return counts;
}

/** Numbers of the user's claims on a voucher that were not rejected, wherever they are. */
export async function ordinalsOf(
  db: EntityManager,
  voucherId: string,
  userId: string,
): Promise<ReadonlySet<number>> {
  const ordinals = new Set<number>();
  for (const place of placesOf(db, voucherId)) {
    const rows: { ordinal: number | string }[] = await db.query(
      `SELECT ordinal FROM ${place.table} WHERE voucher_id = ? AND user_id = ? AND status <> 'rejected'`,
      [place.voucher(voucherId), place.user(userId)],
    );
    for (const { ordinal } of rows) ordinals.add(Number(ordinal));
  }
  return ordinals;
}
