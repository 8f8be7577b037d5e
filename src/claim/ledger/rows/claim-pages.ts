import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import type { Database } from '../../../database/database.js';
import type { Direction } from '../../../database/keyset.js';
import type { ClaimRow } from './claim-columns.js';
import type { ClaimEntity } from './claim.entity.js';
import { CLAIM_PLACES, joinPages, type ClaimPlace } from './claim-places.js';

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

export type LineCursor = Pick<ListedClaim, 'id' | 'createdAt' | 'sequence' | 'ordinal'>;

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
  return (a, b) => sign * (a[order] - b[order] || (a.id < b.id ? -1 : 1));
}

export const directionOfPage = ({ backwards }: PageOfLine): Direction => (backwards ? 'ASC' : 'DESC');

/** The claim of that id, if it stands in that line. */
export async function claimInLine(
  db: EntityManager,
  { of, id: value, userId }: Line,
  id: string,
): Promise<LineCursor | undefined> {
  const column = of === 'user' ? 'userId' : 'voucherId';
  const alone = userId === undefined ? {} : { userId };
  for (const { entity } of CLAIM_PLACES) {
    const row = await db.getRepository<ClaimEntity>(entity).findOneBy({ id, [column]: value, ...alone });
    if (row) return row;
  }
  return undefined;
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
  const pages: ListedClaim[][] = [];
  // What is archived can no longer be redeemed.
  for (const place of wanted.status === 'issued' ? CLAIM_PLACES.slice(0, 1) : CLAIM_PLACES)
    pages.push(await pageOfPlace(db, place, line, wanted, page));
  return joinPages(pages, orderOfLine(line, page), page.take);
}

function pageOfPlace(
  db: Database,
  { entity, ofUser, ofUserOnVoucher, bySequence }: ClaimPlace,
  line: Line,
  { status, among, now }: Wanted,
  page: PageOfLine,
): Promise<ListedClaim[]> {
  const query = db.read.getRepository<ClaimEntity>(entity).createQueryBuilder('c');
  // By their ids alone: with the voucher as well, the database may walk all of its claims for the order's sake.
  if (among) query.where('c.id IN (:...among)', { among });
  whereStatus(query, status, now);
  const keyset = { user: ofUser, voucher: bySequence, userOnVoucher: ofUserOnVoucher }[line.of];
  const { cursor } = page;
  const behind = cursor && [cursor[LINE_ORDER[line.of]], cursor.id];
  keyset.apply(query, {
    dialect: db.dialect,
    direction: directionOfPage(page),
    ...(among ? {} : { list: line.userId === undefined ? [line.id] : [line.id, line.userId] }),
    cursor: behind?.slice(0, keyset.terms.by.length),
  });
  return query.limit(page.take).getMany();
}

/** `effectiveClaimStatus` in SQL. */
function whereStatus(query: SelectQueryBuilder<ClaimEntity>, status: string | undefined, now: number): void {
  if (status === undefined) return;
  if (status === 'held' || status === 'released') {
    const released = `c.status = 'released' OR (c.status = 'held' AND c.confirm_until <= :now)`;
    query.andWhere(status === 'held' ? `c.status = 'held' AND c.confirm_until > :now` : `(${released})`, {
      now,
    });
    return;
  }
  if (status !== 'issued' && status !== 'expired') {
    query.andWhere('c.status = :status', { status });
    return;
  }
  const over = '(SELECT v.redeem_until FROM vouchers v WHERE v.id = c.voucher_id)';
  const condition = status === 'expired' ? `${over} <= :now` : `COALESCE(${over} > :now, 1 = 1)`;
  query.andWhere(`c.status IN ('issued', 'expired') AND ${condition}`, { now });
}
