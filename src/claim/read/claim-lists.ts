import { Injectable } from '@nestjs/common';
import type { SelectQueryBuilder } from 'typeorm';
import { Database, numberOrNull } from '../../database/database.js';
import type { Direction } from '../../database/keyset.js';
import { Clock, rfc3339 } from '../../common/clock.js';
import { unknownCursor } from '../../common/cursors.js';
import { listBody, type ListBody, type Page } from '../../http/validation/validation.js';
import { CLAIM_PLACES, isArchived, isArchiving, joinPages } from '../ledger/claim-archive.js';
import { ArchivedClaim, CLAIMS_BY_SEQUENCE, ClaimEntity } from '../ledger/claim.entity.js';
import { isListed, STATUS_OF_USER, STATUS_OF_VOUCHER, StatusIndexEntry } from '../ledger/status-index.js';
import type { ClaimBody } from './claim.dto.js';
import { claimBody } from './claim.presenter.js';

type Wanted = Page & { readonly status?: string | undefined };
type WantedOfUser = Wanted & { readonly voucher?: string | undefined };

/** Whose claims are listed, and in which order: of a user by time, on a voucher by their place, of a user on a voucher by their number. */
interface Line {
  readonly of: 'user' | 'voucher' | 'userOnVoucher';
  /** Of the user, or of the voucher. */
  readonly id: string;
  /** Of a user on a voucher. */
  readonly userId?: string;
}

interface Cursor {
  readonly id: string;
  readonly createdAt: number;
  readonly sequence: number;
  readonly ordinal: number;
}

const ORDERS = { user: 'createdAt', voucher: 'sequence', userOnVoucher: 'ordinal' } as const;

/** Where a page begins and how many rows it takes. */
interface Place {
  readonly backwards: boolean;
  readonly cursor: Cursor | undefined;
  readonly take: number;
}

/**
 * Pages of the claims of a user or on a voucher. A page reads about what it returns (docs/adr/0077):
 *
 * - `issued` and `expired` along the list itself; on a voucher all of them are one or the other, which is judged before anything is read
 * - every other status by its entries in the status index
 *
 * Claims of vouchers that are archived and over may be in the archive: a list is a page of each place, put together (docs/adr/0087).
 */
@Injectable()
export class ClaimLists {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * A user's claims, newest first.
   * @param pending claims that the gate was found to hold before; those that are rows by now are read as such
   * @throws Problem validation_failed for an unknown cursor
   */
  async ofUser(
    userId: string,
    page: WantedOfUser,
    pending: readonly ClaimBody[],
  ): Promise<ListBody<ClaimBody>> {
    const line: Line =
      page.voucher === undefined
        ? { of: 'user', id: userId }
        : { of: 'userOnVoucher', id: page.voucher, userId };
    return this.list('/v1/me/claims', page, line, undefined, pending);
  }

  /**
   * @param among ids of claims on this voucher; without it all of them
   * @throws Problem validation_failed for an unknown cursor
   */
  async ofVoucher(voucherId: string, page: Wanted, among?: readonly string[]): Promise<ListBody<ClaimBody>> {
    return this.list(`/v1/vouchers/${voucherId}/claims`, page, { of: 'voucher', id: voucherId }, among);
  }

  private async list(
    url: string,
    page: Wanted,
    line: Line,
    among?: readonly string[],
    pending: readonly ClaimBody[] = [],
  ): Promise<ListBody<ClaimBody>> {
    const cursorId = page.starting_after ?? page.ending_before;
    const cursor =
      cursorId === undefined
        ? undefined
        : ((await this.cursorRow(line, cursorId)) ?? cursorIn(pending, cursorId));
    if (cursorId !== undefined && !cursor) {
      throw unknownCursor(page.starting_after === undefined ? 'ending_before' : 'starting_after');
    }
    const backwards = page.starting_after === undefined && page.ending_before !== undefined;
    const rows = await this.rows(line, page.status, { backwards, cursor, take: page.limit + 1 }, among);
    const merged = withPending(rows.map(claimBody), pending, { of: line.of, backwards, cursor });
    const body = listBody(url, page.limit, merged);
    return backwards ? { ...body, data: [...body.data].reverse() } : body;
  }

  private async cursorRow({ of, id: value, userId }: Line, id: string): Promise<Cursor | null> {
    const column = of === 'user' ? 'userId' : 'voucherId';
    const alone = userId === undefined ? {} : { userId };
    for (const { entity } of CLAIM_PLACES) {
      const row = await this.db.read
        .getRepository<ClaimEntity>(entity)
        .findOneBy({ id, [column]: value, ...alone });
      if (row) return row;
    }
    return null;
  }

  private async rows(
    line: Line,
    status: string | undefined,
    place: Place,
    among: readonly string[] | undefined,
  ): Promise<ClaimEntity[]> {
    // No row is pending.
    if (status === 'pending' || among?.length === 0) return [];
    // Of one user on one voucher there are few.
    if (status === undefined || among || line.of === 'userOnVoucher')
      return this.along(line, status, place, among);
    if (isListed(status)) return this.indexed(line, status, place);
    if (line.of === 'voucher' && !(await this.canBe(line.id, status))) return [];
    return this.along(line, status, place);
  }

  /** Along the list itself, or the few of it that a search found. */
  private async along(
    line: Line,
    status: string | undefined,
    place: Place,
    among?: readonly string[],
  ): Promise<ClaimEntity[]> {
    const pages: ClaimEntity[][] = [];
    // What is archived can no longer be redeemed.
    for (const where of status === 'issued' ? CLAIM_PLACES.slice(0, 1) : CLAIM_PLACES)
      pages.push(await this.alongOne(where, line, status, place, among));
    return joinPages(pages, orderOf(line, place), place.take);
  }

  private alongOne(
    { entity, ofUser, ofUserOnVoucher, bySequence }: (typeof CLAIM_PLACES)[number],
    line: Line,
    status: string | undefined,
    { backwards, cursor, take }: Place,
    among: readonly string[] | undefined,
  ): Promise<ClaimEntity[]> {
    const query = this.db.read.getRepository<ClaimEntity>(entity).createQueryBuilder('c');
    // By their ids alone: with the voucher as well, the database may walk all of its claims for the order's sake.
    if (among) query.where('c.id IN (:...among)', { among });
    whereStatus(query, status, this.clock.now());
    const keyset = { user: ofUser, voucher: bySequence, userOnVoucher: ofUserOnVoucher }[line.of];
    const behind = cursor && [cursor[ORDERS[line.of]], cursor.id];
    keyset.apply(query, {
      dialect: this.db.dialect,
      direction: directionOf(backwards),
      ...(among ? {} : { list: line.userId === undefined ? [line.id] : [line.id, line.userId] }),
      cursor: behind?.slice(0, keyset.terms.by.length),
    });
    return query.limit(take).getMany();
  }

  /** By the entries of a status. A claim that is still stored as held when its time is over counts as released. */
  private async indexed(line: Line, status: string, place: Place): Promise<ClaimEntity[]> {
    if (status !== 'released') return this.entries(line, status, place);
    const [released, overdue] = await Promise.all([
      this.entries(line, status, place),
      this.overdue(line, place),
    ]);
    // One may have been released between the two reads.
    return joinPages([released, overdue], orderOf(line, place), place.take);
  }

  /** @param isOver of held claims: those whose time to confirm is over, in place of the others */
  private async entries(line: Line, status: string, place: Place, isOver = false): Promise<ClaimEntity[]> {
    const claims = await this.entriesOf(ClaimEntity, line, status, place, isOver);
    if (!isArchived(status) || !(await this.hasArchived(line))) return claims;
    const archived = await this.entriesOf(ArchivedClaim, line, status, place, isOver);
    return joinPages([claims, archived], orderOf(line, place), place.take);
  }

  /** Asked after `claims` was read. Joined in one statement, both tables would be read without an order on MySQL. */
  private async hasArchived({ of, id }: Line): Promise<boolean> {
    if (of === 'voucher') return isArchiving(this.db.read, id);
    const rows = await this.db.read.query<unknown[]>(
      'SELECT 1 FROM claims_archive WHERE user_id = ? LIMIT 1',
      [id],
    );
    return rows.length > 0;
  }

  private async entriesOf(
    entity: typeof ClaimEntity | typeof ArchivedClaim,
    line: Line,
    status: string,
    { backwards, cursor, take }: Place,
    isOver: boolean,
  ): Promise<ClaimEntity[]> {
    const keyset = line.of === 'user' ? STATUS_OF_USER : STATUS_OF_VOUCHER;
    const query = this.db.read
      .createQueryBuilder(StatusIndexEntry, 'i')
      .innerJoinAndMapOne('i.claim', entity, 'c', 'c.id = i.claim_id AND c.status = i.status');
    if (status === 'held')
      query.andWhere(`c.confirm_until ${isOver ? '<=' : '>'} :now`, { now: this.clock.now() });
    keyset.apply(query, {
      dialect: this.db.dialect,
      direction: directionOf(backwards),
      list: [line.id, status],
      cursor: cursor && [cursor[ORDERS[line.of]], cursor.id],
    });
    const found = await query.limit(take).getMany();
    return found.flatMap(({ claim }) => claim ?? []);
  }

  /**
   * Held claims whose time is over, until the job releases them. A user holds few at any time. On a voucher thousands may be held, so
   * there they are found by their time: of all vouchers few are overdue, since the job takes seconds.
   */
  private overdue(line: Line, place: Place): Promise<ClaimEntity[]> {
    if (line.of === 'user') return this.entries(line, 'held', place, true);
    const { backwards, cursor, take } = place;
    const now = this.clock.now();
    const query = this.db.read
      .getRepository(ClaimEntity)
      .createQueryBuilder('c')
      .where('c.id IN (SELECT h.claim_id FROM claim_holds h WHERE h.confirm_until <= :now)', { now })
      .andWhere(`c.status = 'held' AND c.voucher_id = :id`, { id: line.id });
    CLAIMS_BY_SEQUENCE.apply(query, {
      dialect: this.db.dialect,
      direction: directionOf(backwards),
      cursor: cursor && [cursor.sequence, cursor.id],
    });
    return query.limit(take).getMany();
  }

  /** Whether claims of a voucher that are neither given back nor redeemed are of this status now. */
  private async canBe(voucherId: string, status: string): Promise<boolean> {
    const [voucher]: { redeem_until: number | string | null }[] = await this.db.read.query(
      'SELECT redeem_until FROM vouchers WHERE id = ?',
      [voucherId],
    );
    const until = numberOrNull(voucher?.redeem_until ?? null);
    const over = until !== null && until <= this.clock.now();
    return over === (status === 'expired');
  }
}

/** Of the rows of a page. */
function orderOf({ of }: Line, { backwards }: Place): (a: ClaimEntity, b: ClaimEntity) => number {
  const order = ORDERS[of];
  const sign = backwards ? 1 : -1;
  return (a, b) => sign * (a[order] - b[order] || (a.id < b.id ? -1 : 1));
}

const directionOf = (backwards: boolean): Direction => (backwards ? 'ASC' : 'DESC');

/** A page may have ended with a claim that is pending still. */
function cursorIn(pending: readonly ClaimBody[], id: string): Cursor | undefined {
  const found = pending.find((claim) => claim.id === id);
  return (
    found && {
      id,
      createdAt: Date.parse(found.created_at ?? ''),
      sequence: found.sequence ?? 0,
      ordinal: found.ordinal,
    }
  );
}

/** Rows of a page and the pending claims behind its cursor, in the order of the page. */
function withPending(
  rows: readonly ClaimBody[],
  pending: readonly ClaimBody[],
  { of, backwards, cursor }: Pick<Line, 'of'> & Omit<Place, 'take'>,
): readonly ClaimBody[] {
  if (pending.length === 0) return rows;
  const keyOf = ({
    created_at: at,
    id,
    ordinal,
  }: Pick<ClaimBody, 'created_at' | 'id' | 'ordinal'>): string =>
    of === 'userOnVoucher' ? String(ordinal).padStart(16, '0') : `${at} ${id}`;
  const place = cursor && keyOf({ ...cursor, created_at: rfc3339(cursor.createdAt) });
  const sign = backwards ? 1 : -1;
  const order = (a: string, b: string): number => (a === b ? 0 : a < b ? -sign : sign);
  const known = new Set(rows.map(({ id }) => id));
  const behind = pending.filter(
    (claim) => !known.has(claim.id) && (place === undefined || order(keyOf(claim), place) > 0),
  );
  return [...rows, ...behind].sort((a, b) => order(keyOf(a), keyOf(b)));
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
