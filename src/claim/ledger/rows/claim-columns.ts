import { GIVEN_BACK } from '../../domain/live-claims.js';
import { UNLISTED } from '../../domain/listed-claims.js';
import type { ClaimStatus } from '../../domain/claim-move.js';

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
}

export type ClaimField = keyof ClaimRow;

/** What the drivers answer: numbers of 64 bits may be text. */
type Value = string | number | null | undefined;
export type RawRow = Readonly<Record<string, Value>>;

const text = (value: Value): Value => value ?? null;
const number = (value: Value): number => Number(value ?? 0);
const numberOrNull = (value: Value): number | null =>
  value === null || value === undefined ? null : Number(value);

const COLUMNS: { readonly [F in ClaimField]: readonly [name: string, read: (value: Value) => Value] } = {
  id: ['id', text],
  voucherId: ['voucher_id', text],
  userId: ['user_id', text],
  ordinal: ['ordinal', number],
  sequence: ['sequence', number],
  status: ['status', text],
  code: ['code', text],
  rejectReason: ['reject_reason', text],
  idempotency: ['idempotency', text],
  createdAt: ['created_at', number],
  issuedAt: ['issued_at', numberOrNull],
  confirmUntil: ['confirm_until', numberOrNull],
  movedAt: ['moved_at', numberOrNull],
  movedBy: ['moved_by', text],
  moves: ['moves', number],
  cancelReason: ['cancel_reason', text],
};

/** Which fields a question is about: how they are selected, and read from what the driver answers. Made once for each question. */
export class ClaimColumns<F extends ClaimField> {
  readonly sql: string;
  private readonly parts: readonly (readonly [F, string, (value: Value) => Value])[];

  constructor(...fields: readonly F[]) {
    this.parts = fields.map((field) => {
      const [name, read] = COLUMNS[field];
      return [field, name, read] as const;
    });
    this.sql = this.parts.map(([, name]) => name).join(', ');
  }

  row(raw: RawRow): Pick<ClaimRow, F> {
    const row: Partial<Record<ClaimField, Value>> = {};
    for (const [field, name, read] of this.parts) row[field] = read(raw[name]);
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
