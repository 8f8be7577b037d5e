import type { Database } from '../../../database/database.js';
import type { Keyset } from '../../../database/keyset.js';
import { filtered } from './claim-columns.js';
import type { ClaimColumns, ClaimField, ClaimFilter, ClaimRow, RawRow } from './claim-columns.js';
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

/**
 * Where claims are, in the order in which to look: rows go one way, so whoever looks for a row in `claims` first finds it once or twice and
 * never not at all. What is found twice is one claim.
 */
export const CLAIM_PLACES = [
  {
    name: 'claims',
    table: 'claims',
    entity: ClaimEntity,
    bySequence: CLAIMS_BY_SEQUENCE,
    byHolder: CLAIMS_BY_HOLDER,
    ofUser: CLAIMS_OF_USER,
    ofUserOnVoucher: CLAIMS_OF_USER_ON_VOUCHER,
  },
  {
    name: 'archive',
    table: 'claims_archive',
    entity: ArchivedClaim,
    bySequence: ARCHIVE_BY_SEQUENCE,
    byHolder: ARCHIVE_BY_HOLDER,
    ofUser: ARCHIVE_OF_USER,
    ofUserOnVoucher: ARCHIVE_OF_USER_ON_VOUCHER,
  },
] as const;

export type ClaimPlace = (typeof CLAIM_PLACES)[number];

export type PlaceName = ClaimPlace['name'];
export const PLACES: readonly PlaceName[] = CLAIM_PLACES.map(({ name }) => name);

export const placeOf = (name: PlaceName): ClaimPlace => CLAIM_PLACES[name === 'claims' ? 0 : 1];

/** @param isArchived whether claims are in the archive as well */
export const placesOf = (isArchived: boolean): readonly ClaimPlace[] =>
  isArchived ? CLAIM_PLACES : CLAIM_PLACES.slice(0, 1);

interface KeysetPage {
  /** Of the list that the keyset is within. */
  readonly voucherId: string;
  /** The page lies behind a row of these values, which the keyset is by. */
  readonly after: readonly (string | number)[];
  readonly limit: number;
  readonly only?: ClaimFilter | undefined;
}

/** A page of claims on a voucher along a keyset of one of the places. It costs the same wherever it lies. */
export async function pageAlong<F extends ClaimField>(
  { read, dialect }: Database,
  keyset: Keyset,
  columns: ClaimColumns<F>,
  { voucherId, after, limit, only = {} }: KeysetPage,
): Promise<Pick<ClaimRow, F>[]> {
  const place = { dialect };
  const filter = filtered(only);
  const raw: RawRow[] = await read.query(
    `SELECT ${columns.sql} FROM ${keyset.from(place)}
      WHERE ${keyset.list(place)} AND ${keyset.behind(place)}${filter.sql}
      ORDER BY ${keyset.order(place)} LIMIT ${limit}`,
    [voucherId, ...keyset.behindValues(after), ...filter.values],
  );
  return columns.rows(raw);
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
