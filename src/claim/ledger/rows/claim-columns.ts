import { GIVEN_BACK } from '../../domain/live-claims.js';
import { UNLISTED } from '../../domain/listed-claims.js';
import type { ClaimStatus } from '../../domain/claim-move.js';
import { claimIdOf, codeOf, userOf, voucherOf } from './packing.js';

/** Columns of `claims` and its archive. `packed_claims` has `tail` in place of `id`, and a number before all. */
export const COLUMN_NAMES = [
  'id',
  'voucher_id',
  'user_id',
  'ordinal',
  'epoch',
  'sequence',
  'status',
  'code',
  'reject_reason',
  'idempotency',
  'created_at',
  'issued_at',
  'moved_at',
  'moved_by',
  'moves',
  'cancel_reason',
  'confirm_until',
] as const;

/** A claim as the ledger has it. Times in ms since 1970. */
export interface ClaimRow {
  readonly id: string;
  readonly voucherId: string;
  readonly userId: string;
  readonly ordinal: number;
  readonly sequence: number;
  readonly status: ClaimStatus;
  readonly code: string | null;
  readonly rejectReason: string | null;
  /** Key and fingerprint of the request, as the claim's record has them. */
  readonly idempotency: string | null;
  readonly createdAt: number;
  readonly issuedAt: number | null;
  /** Until when it can be confirmed, or could be, of a claim that has to be. */
  readonly confirmUntil: number | null;
  /** The last move after it was a row: when, by whom (`null`: time), and how many there were. */
  readonly movedAt: number | null;
  readonly movedBy: string | null;
  readonly moves: number;
  readonly cancelReason: string | null;
  /** What the order of a list goes by where its rows are otherwise equal: the id, or where the claim is packed its row's number. */
  readonly tie: Tie;
}

export type Tie = string | number;

/** A total order: rows with text come first, as they do in a list that has both. */
export function compareTies(a: Tie, b: Tie): number {
  if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === 'string' ? -1 : 1;
}

export type ClaimField = keyof ClaimRow;

/** What the drivers answer: numbers of 64 bits may be text, and what is packed is bytes. */
type Value = string | number | Buffer | null | undefined;
export type RawRow = Readonly<Record<string, Value>>;

type Read = (raw: RawRow) => string | number | null;

/** Of a column that is text in one table and packed in the other. */
const unpacked =
  (name: string, unpack: (packed: Buffer) => string): Read =>
  ({ [name]: value }) => {
    if (value === null || value === undefined) return null;
    return Buffer.isBuffer(value) ? unpack(value) : String(value);
  };
const text = (name: string): Read => unpacked(name, String);
const number =
  (name: string): Read =>
  ({ [name]: value }) =>
    Number(value ?? 0);
const numberOrNull =
  (name: string): Read =>
  ({ [name]: value }) =>
    value === null || value === undefined ? null : Number(value);

function idOf({ id, voucher_id: voucher, tail }: RawRow): string {
  return Buffer.isBuffer(voucher) && Buffer.isBuffer(tail) ? claimIdOf(voucher, tail) : String(id);
}

const column = (name: string, reader: (name: string) => Read): FieldColumns => ({
  text: [name],
  packed: [name],
  read: reader(name),
});

interface FieldColumns {
  /** Of `claims` and its archive. */
  readonly text: readonly string[];
  /** Of `packed_claims`. */
  readonly packed: readonly string[];
  readonly read: Read;
}

const COLUMNS: { readonly [F in ClaimField]: FieldColumns } = {
  id: { text: ['id'], packed: ['voucher_id', 'tail'], read: idOf },
  voucherId: column('voucher_id', (name) => unpacked(name, voucherOf)),
  userId: column('user_id', (name) => unpacked(name, userOf)),
  ordinal: column('ordinal', number),
  sequence: column('sequence', number),
  status: column('status', text),
  code: column('code', (name) => unpacked(name, codeOf)),
  rejectReason: column('reject_reason', text),
  idempotency: column('idempotency', text),
  createdAt: column('created_at', number),
  issuedAt: column('issued_at', numberOrNull),
  confirmUntil: column('confirm_until', numberOrNull),
  movedAt: column('moved_at', numberOrNull),
  movedBy: column('moved_by', text),
  moves: column('moves', number),
  cancelReason: column('cancel_reason', text),
  tie: {
    text: ['id'],
    packed: ['n'],
    read: ({ id, n }) => (n === undefined ? String(id) : Number(n)),
  },
};

/** Which fields a question is about: how they are selected, and read from what the driver answers. Made once for each question. */
export class ClaimColumns<F extends ClaimField> {
  private readonly sql: { readonly text: string; readonly packed: string };
  private readonly reads: readonly (readonly [F, Read])[];

  constructor(...fields: readonly F[]) {
    this.reads = fields.map((field) => [field, COLUMNS[field].read] as const);
    const named = (form: 'text' | 'packed'): string =>
      [...new Set(fields.flatMap((field) => COLUMNS[field][form]))].join(', ');
    this.sql = { text: named('text'), packed: named('packed') };
  }

  /** For `SELECT`, of a table of that form. */
  of({ isPacked }: { readonly isPacked: boolean }): string {
    return isPacked ? this.sql.packed : this.sql.text;
  }

  row(raw: RawRow): Pick<ClaimRow, F> {
    const row: Partial<Record<ClaimField, string | number | null>> = {};
    for (const [field, read] of this.reads) row[field] = read(raw);
    return row as Pick<ClaimRow, F>;
  }

  rows(raw: readonly RawRow[]): Pick<ClaimRow, F>[] {
    return raw.map((row) => this.row(row));
  }
}

/** What the holder of a claim, or whoever lists claims, may be shown of it. */
export const CLAIM_FACTS = new ClaimColumns(
  'id',
  'voucherId',
  'userId',
  'ordinal',
  'sequence',
  'status',
  'code',
  'rejectReason',
  'createdAt',
  'issuedAt',
  'confirmUntil',
  'movedAt',
  'movedBy',
  'cancelReason',
  'tie',
);

const quoted = (statuses: readonly string[]): string => statuses.map((status) => `'${status}'`).join(', ');

/** SQL: rows that hold a unit; held, redeemed and expired ones do. */
export const LIVE = `status NOT IN (${quoted(GIVEN_BACK)})`;
/** SQL: rows that have an entry in the status index. */
export const LISTED = `status NOT IN (${quoted(UNLISTED)})`;

/** Which claims of a list are meant; all of what is given must hold. */
export interface ClaimFilter {
  readonly statuses?: readonly string[];
  readonly sequenceAfter?: number | undefined;
  readonly sequenceTo?: number | undefined;
  readonly issuedFrom?: number | undefined;
  readonly issuedBefore?: number | undefined;
  readonly createdTo?: number | undefined;
}

/** SQL of a filter, to be put behind a list's conditions. */
export function filtered({ statuses, ...bounds }: ClaimFilter): {
  readonly sql: string;
  readonly values: readonly (string | number)[];
} {
  const given = [
    ['sequence > ?', bounds.sequenceAfter],
    ['sequence <= ?', bounds.sequenceTo],
    ['issued_at >= ?', bounds.issuedFrom],
    ['issued_at < ?', bounds.issuedBefore],
    ['created_at <= ?', bounds.createdTo],
  ].filter((one): one is [string, number] => one[1] !== undefined);
  const conditions = [
    ...(statuses ? [`status IN (${statuses.map(() => '?').join(',')})`] : []),
    ...given.map(([sql]) => sql),
  ];
  return {
    sql: conditions.map((sql) => ` AND ${sql}`).join(''),
    values: [...(statuses ?? []), ...given.map(([, value]) => value)],
  };
}
