import type { EntityManager } from 'typeorm';
import { inList, type Database } from '../../../database/database.js';
import { Keyset } from '../../../database/keyset.js';
import { behindIds } from '../../../common/ids.js';
import { filtered } from './claim-columns.js';
import type { ClaimColumns, ClaimField, ClaimFilter, ClaimRow, RawRow, Tie } from './claim-columns.js';
import { isPacked, packedShare, SEGMENT_MAX, segmentsOf, voucherOfClaim } from './claim-layout.js';
import { packCode, packTail, packUser, packVoucher } from './packing.js';

/** How a table has what other columns than numbers say, as parameters of a statement. */
interface Form {
  readonly isPacked: boolean;
  readonly voucher: (id: string) => unknown;
  readonly user: (id: string) => unknown;
  readonly code: (code: string) => unknown;
  /** The column of what rows are told apart by where they are otherwise equal. */
  readonly tied: 'id' | 'n';
  /** Of a cursor whose row may be of the other form (`compareTies`). */
  readonly tie: (tie: Tie) => Tie;
}

const same = (text: string): string => text;

const TEXT: Form = {
  isPacked: false,
  voucher: same,
  user: same,
  code: same,
  tied: 'id',
  tie: (tie) => (typeof tie === 'string' ? tie : behindIds()),
};

/** Where there is no packed form there is no row: nothing equals it. */
const NO_ROW = null;

const PACKED: Form = {
  isPacked: true,
  voucher: (id) => packVoucher(id) ?? NO_ROW,
  user: packUser,
  code: packCode,
  tied: 'n',
  tie: (tie) => (typeof tie === 'number' ? tie : 0),
};

/** The keysets of a table; names of its indexes begin with `indexes`. */
const keysets = (table: string, indexes: string, { tied, isPacked: isSegmented }: Form) => ({
  table,
  /** Claims on a voucher, in the order of the line at the gate. Of one number there are several where epochs differ. */
  bySequence: new Keyset({
    table,
    index: `${indexes}_by_sequence`,
    within: ['voucher_id'],
    by: ['sequence', tied],
  }),
  byHolder: new Keyset({
    table,
    index: `${indexes}_once`,
    within: ['voucher_id'],
    by: ['user_id', 'ordinal'],
  }),
  /** Of packed claims, in one segment. */
  ofUser: new Keyset({
    table,
    index: `${indexes}_by_user`,
    within: isSegmented ? ['segment', 'user_id'] : ['user_id'],
    by: ['created_at', tied],
    unused: { segment: String(SEGMENT_MAX + 1) },
  }),
  ofUserOnVoucher: new Keyset({
    table,
    index: `${indexes}_once`,
    within: ['voucher_id', 'user_id'],
    by: ['ordinal'],
  }),
});

/** SQL, and values of its parameters. */
export type Condition = readonly [sql: string, values: readonly unknown[]];

/** Claims that are named: `FROM` and `WHERE` of a statement. */
interface Named {
  readonly from: string;
  readonly where: Condition;
}

/** How claims are found by what names them. */
interface ByName {
  readonly byIds: (ids: readonly string[]) => Named;
  /** As many as `CODES_MAX` in one statement. */
  readonly byCodes: (db: EntityManager, codes: readonly string[]) => Named;
}

/** With as many segments as there can be, these are ranges that a server still reads as such. */
export const CODES_MAX = 250;

const plain = (table: string): ByName => ({
  byIds: (ids) => ({ from: table, where: [`id IN (${inList(ids.length)})`, ids] }),
  byCodes: (_db, codes) => ({ from: table, where: [`code IN (${inList(codes.length)})`, codes] }),
});

/** What changes, or may. */
const CLAIMS = { ...TEXT, ...keysets('claims', 'claims', TEXT), ...plain('claims') } as const;
/** Of vouchers that are archived and over: nothing happens to the claim any more (docs/adr/0087). */
const ARCHIVE = {
  ...TEXT,
  ...keysets('claims_archive', 'claims_archive', TEXT),
  ...plain('claims_archive'),
} as const;
/** Claims on vouchers since the layout was turned on; they stay (docs/adr/0113). */
const PACKED_CLAIMS = {
  ...PACKED,
  ...keysets('packed_claims', 'packed_claims', PACKED),
  // Of an index of beginnings MariaDB may think so little that it reads the table.
  byIds: (ids: readonly string[]) => ({
    from: 'packed_claims FORCE INDEX (packed_claims_by_tail)',
    where: byVoucher(ids),
  }),
  byCodes: (db: EntityManager, codes: readonly string[]) => ({
    from: 'packed_claims FORCE INDEX (packed_claims_by_code)',
    where: [
      `segment IN (${segmentsOf(db).join(', ')}) AND code IN (${inList(codes.length)})`,
      codes.map(packCode),
    ] as const,
  }),
} as const;

/** The index is by voucher, and by what a claim's id says besides. */
function byVoucher(ids: readonly string[]): Condition {
  const tails = new Map<string, unknown[]>();
  for (const id of ids) {
    const voucherId = voucherOfClaim(id) ?? '';
    const tail = packTail(id) ?? NO_ROW;
    const those = tails.get(voucherId);
    if (those) those.push(tail);
    else tails.set(voucherId, [tail]);
  }
  const parts = [...tails.values()].map((those) => `(voucher_id = ? AND tail IN (${inList(those.length)}))`);
  return [
    `(${parts.join(' OR ')})`,
    [...tails].flatMap(([voucherId, those]) => [PACKED.voucher(voucherId), ...those]),
  ];
}

export type ClaimPlace = Form & ReturnType<typeof keysets> & ByName;

export type PlaceName = 'claims' | 'archive';
/**
 * Where claims on a voucher are, in the order in which to look: rows go one way, so whoever looks for a row in `claims` first finds it once or
 * twice and never not at all. What is found twice is one claim. Those that are packed are in `claims`, as it were, and nowhere else.
 */
export const PLACES: readonly PlaceName[] = ['claims', 'archive'];

/** Of a voucher's claims. `undefined`: it has none there. */
export function placeOf(db: EntityManager, voucherId: string, name: 'claims'): ClaimPlace;
export function placeOf(db: EntityManager, voucherId: string, name: PlaceName): ClaimPlace | undefined;
export function placeOf(db: EntityManager, voucherId: string, name: PlaceName): ClaimPlace | undefined {
  if (isPacked(db, voucherId)) return name === 'claims' ? PACKED_CLAIMS : undefined;
  return name === 'claims' ? CLAIMS : ARCHIVE;
}

/** All of a voucher's claims. @param isArchived whether some are in the archive */
export function placesOf(db: EntityManager, voucherId: string, isArchived = true): readonly ClaimPlace[] {
  const names = isArchived ? PLACES : PLACES.slice(0, 1);
  return names.flatMap((name) => placeOf(db, voucherId, name) ?? []);
}

/** Of claims on any voucher. @param isArchived whether those of the archive are meant too */
export function allPlaces(db: EntityManager, isArchived = true): readonly ClaimPlace[] {
  const share = packedShare(db);
  if (share === 'all') return [PACKED_CLAIMS];
  const text = isArchived ? [CLAIMS, ARCHIVE] : [CLAIMS];
  return share === 'none' ? text : [...text, PACKED_CLAIMS];
}

/** The tables by name, for claims that are sorted by their layout. */
export const CLAIM_TABLES = { claims: CLAIMS, archive: ARCHIVE, packed: PACKED_CLAIMS } as const;

interface KeysetPage {
  readonly voucherId: string;
  /** The page lies behind a row of these values, which the keyset is by. */
  readonly after: readonly unknown[];
  readonly limit: number;
  readonly only?: ClaimFilter | undefined;
}

/** A page of claims on a voucher along a keyset of the place. It costs the same wherever it lies. */
export async function pageAlong<F extends ClaimField>(
  { read, dialect }: Database,
  place: ClaimPlace,
  keyset: Keyset,
  columns: ClaimColumns<F>,
  { voucherId, after, limit, only = {} }: KeysetPage,
): Promise<Pick<ClaimRow, F>[]> {
  const at = { dialect };
  const filter = filtered(only);
  const raw: RawRow[] = await read.query(
    `SELECT ${columns.of(place)} FROM ${keyset.from(at)}
      WHERE ${keyset.list(at)} AND ${keyset.behind(at)}${filter.sql}
      ORDER BY ${keyset.order(at)} LIMIT ${limit}`,
    [place.voucher(voucherId), ...keyset.behindValues(after), ...filter.values],
  );
  return columns.rows(raw);
}

/**
 * Pages of several places as one list.
 * @param pages in the order of the places, each in that order and as long as `take` where there is more
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
