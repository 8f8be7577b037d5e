import { Injectable } from '@nestjs/common';
import { Database, numberOrNull } from '../../database/database.js';
import { Clock, rfc3339 } from '../../common/clock.js';
import { unknownCursor } from '../../common/cursors.js';
import { listBody, type ListBody, type Page } from '../../http/validation/validation.js';
import { isListed } from '../domain/listed-claims.js';
import { overdueOn } from '../ledger/claim-holds.js';
import { CLAIM_FACTS } from '../ledger/rows/claim-columns.js';
import { claimsById } from '../ledger/rows/claims-by-id.js';
import {
  claimInLine,
  directionOfPage,
  orderOfLine,
  pageOfLine,
  type Line,
  type LineCursor,
  type ListedClaim,
  type PageOfLine,
} from '../ledger/rows/claim-pages.js';
import { joinPages } from '../ledger/rows/claim-places.js';
import { entriesOf, STATUS_OF_USER, STATUS_OF_VOUCHER } from '../ledger/status-index.js';
import type { ClaimBody } from './claim.dto.js';
import { claimBody } from './claim.presenter.js';

type Wanted = Page & { readonly status?: string | undefined };
type WantedOfUser = Wanted & { readonly voucher?: string | undefined };

/** Claims that one statement names. */
const CHUNK = 1_000;

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
        : ((await claimInLine(this.db.read, line, cursorId)) ?? cursorIn(pending, cursorId));
    if (cursorId !== undefined && !cursor) {
      throw unknownCursor(page.starting_after === undefined ? 'ending_before' : 'starting_after');
    }
    const backwards = page.starting_after === undefined && page.ending_before !== undefined;
    const place = { backwards, cursor, take: page.limit + 1 };
    const rows = await this.rows(line, page.status, place, among);
    const merged = withPending(rows.map(claimBody), pending, { of: line.of, backwards, cursor });
    const body = listBody(url, page.limit, merged);
    return backwards ? { ...body, data: [...body.data].reverse() } : body;
  }

  private async rows(
    line: Line,
    status: string | undefined,
    place: PageOfLine,
    among: readonly string[] | undefined,
  ): Promise<ListedClaim[]> {
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
  private along(
    line: Line,
    status: string | undefined,
    place: PageOfLine,
    among?: readonly string[],
  ): Promise<ListedClaim[]> {
    return pageOfLine(this.db, line, { status, among, now: this.clock.now() }, place);
  }

  /** By the entries of a status. A claim that is still stored as held when its time is over counts as released. */
  private async indexed(line: Line, status: string, place: PageOfLine): Promise<ListedClaim[]> {
    if (status !== 'released') return this.entries(line, status, place);
    const [released, overdue] = await Promise.all([
      this.entries(line, status, place),
      this.overdue(line, place),
    ]);
    // One may have been released between the two reads.
    return joinPages([released, overdue], orderOfLine(line, place), place.take);
  }

  /**
   * A page of entries, and then the claims that it names, until the page is full. Hardly any entry is passed over: a claim that moved between the
   * two reads, and one that is held for longer, or for less long, than is asked.
   * @param isOver of held claims: those whose time to confirm is over, in place of the others
   */
  private async entries(
    line: Line,
    status: string,
    place: PageOfLine,
    isOver = false,
  ): Promise<ListedClaim[]> {
    const { cursor, take } = place;
    const now = this.clock.now();
    const [keyset, order] =
      line.of === 'user'
        ? ([STATUS_OF_USER, 'createdAt'] as const)
        : ([STATUS_OF_VOUCHER, 'sequence'] as const);
    const isMeant = (claim: ListedClaim): boolean =>
      status === 'held' ? isHeld(claim, now, isOver) : claim.status === status;
    let page = take;
    const found: ListedClaim[] = [];
    for (let behind: readonly unknown[] | undefined = cursor && [cursor[order], cursor.id]; ;) {
      const entries = await entriesOf(this.db, keyset, {
        list: [line.id, status],
        cursor: behind,
        direction: directionOfPage(place),
        take: page,
      });
      const ids = entries.map(({ claimId }) => claimId);
      const claims = await claimsById(this.db.read, CLAIM_FACTS, ids, now);
      const meant = new Map(claims.filter(isMeant).map((claim) => [claim.id, claim]));
      found.push(...ids.flatMap((id) => meant.get(id) ?? []));
      const last = entries.at(-1);
      if (!last || entries.length < page || found.length >= take) return found.slice(0, take);
      page = Math.min(2 * page, CHUNK);
      behind = [last[order], last.claimId];
    }
  }

  /**
   * Held claims whose time is over, until the job releases them. A user holds few at any time. On a voucher thousands may be held, so
   * there they are found by their time: few are overdue, since the job takes seconds. While it cannot release any, as with a gate that is
   * lost, thousands may be: then most of those held are, and a page of their entries is soon full.
   */
  private async overdue(line: Line, place: PageOfLine): Promise<ListedClaim[]> {
    if (line.of === 'user') return this.entries(line, 'held', place, true);
    const { backwards, cursor, take } = place;
    const now = this.clock.now();
    const ids = await overdueOn(this.db, line.id, now, CHUNK + 1);
    if (ids.length > CHUNK) return this.entries(line, 'held', place, true);
    const claims: ListedClaim[] = await claimsById(this.db.read, CLAIM_FACTS, ids, now);
    const order = orderOfLine(line, place);
    const sign = backwards ? 1 : -1;
    const isBehind = ({ sequence, id }: ListedClaim): boolean =>
      !cursor || sign * (sequence - cursor.sequence || (id < cursor.id ? -1 : id > cursor.id ? 1 : 0)) > 0;
    return claims
      .filter((claim) => isHeld(claim, now, true) && isBehind(claim))
      .sort(order)
      .slice(0, take);
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

/**
 * Whether a claim that is named as held is so still.
 * @param isOver whether those whose time to confirm is over are meant, in place of the others: released ones too, as one may have been
 *   released since it was named
 */
function isHeld({ status, confirmUntil }: ListedClaim, now: number, isOver: boolean): boolean {
  if (status !== 'held') return isOver && status === 'released';
  return (confirmUntil ?? Infinity) <= now === isOver;
}

/** A page may have ended with a claim that is pending still. */
function cursorIn(pending: readonly ClaimBody[], id: string): LineCursor | undefined {
  const found = pending.find((claim) => claim.id === id);
  return (
    found && {
      id,
      tie: id,
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
  { of, backwards, cursor }: Pick<Line, 'of'> & Omit<PageOfLine, 'take'>,
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
