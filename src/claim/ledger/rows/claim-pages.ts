import type { EntityManager } from 'typeorm';
import { inList, numberOrNull, type Database } from '../../../database/database.js';
import type { Direction } from '../../../database/keyset.js';
import { effectiveClaimStatus } from '../../domain/claim-status.js';
import { CLAIM_FACTS, compareTies, filtered, type ClaimRow, type RawRow } from './claim-columns.js';
import { segmentsOf } from './claim-layout.js';
import { allPlaces, joinPages, placesOf, type ClaimPlace } from './claim-places.js';
import { claimsById } from './claims-by-id.js';

/** Claims as lists show them. */
export type ListedClaim = Omit<ClaimRow, 'moves' | 'idempotency'>;

/** Whose claims are listed, and in which order: of a user by time, on a voucher by their place, of a user on a voucher by their number. */
export interface Line {
  readonly of: 'user' | 'voucher' | 'userOnVoucher';
  /** Of the user, or of the voucher. */
  readonly id: string;
  /** Of a user on a voucher. */
  readonly userId?: string;
}

export type LineCursor = Pick<ListedClaim, 'id' | 'createdAt' | 'sequence' | 'ordinal' | 'tie'>;

/** Where a page begins and how many rows it takes. */
export interface PageOfLine {
  readonly backwards: boolean;
  readonly cursor: LineCursor | undefined;
  readonly take: number;
}

const LINE_ORDER = { user: 'createdAt', voucher: 'sequence', userOnVoucher: 'ordinal' } as const;

/** Of the rows of a page. */
export function orderOfLine(
  { of }: Line,
  { backwards }: PageOfLine,
): (a: ListedClaim, b: ListedClaim) => number {
  const order = LINE_ORDER[of];
  const sign = backwards ? 1 : -1;
  return (a, b) => sign * (a[order] - b[order] || compareTies(a.tie, b.tie));
}

export const directionOfPage = ({ backwards }: PageOfLine): Direction => (backwards ? 'ASC' : 'DESC');

/** The claim of that id, if it stands in that line. */
export async function claimInLine(
  db: EntityManager,
  { of, id: value, userId }: Line,
  id: string,
): Promise<LineCursor | undefined> {
  const [row]: ListedClaim[] = await claimsById(db, CLAIM_FACTS, [id]);
  const isIn =
    row?.[of === 'user' ? 'userId' : 'voucherId'] === value &&
    (userId === undefined || row.userId === userId);
  return isIn ? row : undefined;
}

/** Which claims of a line are meant. */
export interface Wanted {
  /** As time has made it (`effectiveClaimStatus`). */
  readonly status: string | undefined;
  /** The few that a search found; without it all of them. */
  readonly among?: readonly string[] | undefined;
  readonly now: number;
}

/** A page along the line itself, or of the few of it that a search found. */
export async function pageOfLine(
  db: Database,
  line: Line,
  wanted: Wanted,
  page: PageOfLine,
): Promise<ListedClaim[]> {
  const { among } = wanted;
  if (among) return pageAmong(db, line, { ...wanted, among }, page);
  // What is archived can no longer be redeemed.
  const isArchived = wanted.status !== 'issued';
  const places = line.of === 'user' ? allPlaces(db.read, isArchived) : placesOf(db.read, line.id, isArchived);
  const pages: ListedClaim[][] = [];
  for (const place of places) pages.push(await pageOfPlace(db, place, line, wanted, page));
  return joinPages(pages, orderOfLine(line, page), page.take);
}

/** A page of claims that are named. They are read by their ids: of a voucher's line the database may walk all for the order's sake. */
async function pageAmong(
  db: Database,
  line: Line,
  { among, status, now }: Wanted & { readonly among: readonly string[] },
  page: PageOfLine,
): Promise<ListedClaim[]> {
  const order = orderOfLine(line, page);
  const { cursor, take } = page;
  const claims: ListedClaim[] = await claimsById(db.read, CLAIM_FACTS, among);
  const found = claims.filter((claim) => !cursor || order(cursor as ListedClaim, claim) < 0).sort(order);
  const isMeant = await judge(db, found, { status, now });
  return found.filter(isMeant).slice(0, take);
}

/** Rows that one statement reads at most, of those along which a status is looked for. */
const ROWS_MAX = 1_000;

async function pageOfPlace(
  db: Database,
  place: ClaimPlace,
  line: Line,
  { status, now }: Wanted,
  page: PageOfLine,
): Promise<ListedClaim[]> {
  const found: ListedClaim[] = [];
  const { take } = page;
  let { cursor } = page;
  for (let limit = take; ; limit = Math.min(2 * limit, ROWS_MAX)) {
    const rows = await rowsOfLine(db, place, line, { status, page: { ...page, cursor, take: limit } });
    const isMeant = await judge(db, rows, { status, now });
    found.push(...rows.filter(isMeant));
    if (rows.length < limit || found.length >= take) return found.slice(0, take);
    cursor = rows.at(-1);
  }
}

/** A page of the place, of the statuses as they are stored that one may be of which is asked for. */
async function rowsOfLine(
  { read, dialect }: Database,
  place: ClaimPlace,
  line: Line,
  { status, page }: { readonly status: string | undefined; readonly page: PageOfLine },
): Promise<ListedClaim[]> {
  const keyset = { user: place.ofUser, voucher: place.bySequence, userOnVoucher: place.ofUserOnVoucher }[
    line.of
  ];
  const at = { dialect, direction: directionOfPage(page) };
  const { cursor } = page;
  const behind = cursor && [cursor[LINE_ORDER[line.of]], place.tie(cursor.tie)];
  const conditions = [keyset.list(at), ...(behind ? [keyset.behind(at)] : [])];
  const behindValues = behind ? keyset.behindValues(behind.slice(0, keyset.terms.by.length)) : [];
  const filter = filtered(status === undefined ? {} : { statuses: STORED_AS[status] ?? [status] });
  const lists = listsOf(read, place, line);
  const sql = `SELECT ${CLAIM_FACTS.of(place)} FROM ${keyset.from(at)}
      WHERE ${conditions.join(' AND ')}${filter.sql}
      ORDER BY ${keyset.order(at)} LIMIT ${page.take}`;
  const raw: RawRow[] = await read.query(
    lists.length === 1 ? sql : lists.map(() => `(${sql})`).join(' UNION ALL '),
    lists.flatMap((list) => [...list, ...behindValues, ...filter.values]),
  );
  const rows = CLAIM_FACTS.rows(raw);
  return lists.length === 1 ? rows : rows.sort(orderOfLine(line, page)).slice(0, page.take);
}

/** Values of what the keyset of a line is within: of packed claims of a user there is a list in each segment. */
function listsOf(db: EntityManager, place: ClaimPlace, { of, id, userId }: Line): readonly unknown[][] {
  if (of === 'voucher') return [[place.voucher(id)]];
  if (of === 'userOnVoucher') return [[place.voucher(id), place.user(userId ?? '')]];
  const user = place.user(id);
  return place.isPacked ? segmentsOf(db).map((segment) => [segment, user]) : [[user]];
}

/** As what claims may be stored that are of a status now (`effectiveClaimStatus`). */
const STORED_AS: Readonly<Record<string, readonly string[]>> = {
  released: ['released', 'held'],
  issued: ['issued', 'expired'],
  expired: ['issued', 'expired'],
};

/** Whether each of the claims that were read is of that status now. */
async function judge(
  { read }: Database,
  claims: readonly ListedClaim[],
  { status, now }: Omit<Wanted, 'among'>,
): Promise<(claim: ListedClaim) => boolean> {
  if (status === undefined || claims.length === 0) return () => true;
  const ends = new Map<string, number | null>();
  if (status === 'issued' || status === 'expired') {
    const vouchers = [...new Set(claims.map(({ voucherId }) => voucherId))];
    const rows: { id: string; redeem_until: number | string | null }[] = await read.query(
      `SELECT id, redeem_until FROM vouchers WHERE id IN (${inList(vouchers.length)})`,
      vouchers,
    );
    for (const { id, redeem_until: end } of rows) ends.set(id, numberOrNull(end));
  }
  return ({ status: stored, voucherId, confirmUntil }) =>
    effectiveClaimStatus(stored, { redeemUntil: ends.get(voucherId) ?? null, confirmUntil }, now) === status;
}
