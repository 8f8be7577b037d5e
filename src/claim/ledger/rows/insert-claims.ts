import type { EntityManager } from 'typeorm';
import type { ClaimRecord } from '../../domain/claim-record.js';
import { byLayout } from './claim-layout.js';
import { copyAsWritten, packedIds } from './copy-claims.js';
import { packCode, packUser } from './packing.js';

const REST_OF_COLUMNS =
  'voucher_id, user_id, ordinal, epoch, sequence, idempotency, created_at, status, reject_reason, code, issued_at, confirm_until';
const CLAIM_COLUMNS = `id, ${REST_OF_COLUMNS}`;
const PACKED_COLUMNS = `tail, ${REST_OF_COLUMNS}`;
/** A row's values; what all rows of a statement share stands in it. */
export const ROW = {
  issued: `(?,?,?,?,?,?,?,?,'issued',NULL,?,?,NULL)`,
  held: `(?,?,?,?,?,?,?,?,'held',NULL,NULL,NULL,?)`,
  rejected: `(?,?,?,?,?,?,?,?,'rejected',?,NULL,NULL,NULL)`,
} as const;
const INSERT_ROWS = 500;

type Kind = (typeof ROW)[keyof typeof ROW];

/** @param rest what a row of its kind asks for besides what it has of the record, in order */
export async function insertClaimRows(
  tx: EntityManager,
  row: Kind,
  records: readonly ClaimRecord[],
  rest: (record: ClaimRecord) => readonly unknown[],
): Promise<void> {
  const { text, packed } = byLayout(tx, records, ({ voucher_id: id }) => id);
  await insert(tx, row, text, { into: `claims (${CLAIM_COLUMNS})`, valuesOf, rest });
  await insert(tx, row, packed, {
    into: `packed_claims (${PACKED_COLUMNS})`,
    valuesOf: packedValuesOf(),
    rest: row === ROW.issued ? (record) => withPackedCode(rest(record)) : rest,
  });
  await copyAsWritten(tx, text);
}

async function insert(
  tx: EntityManager,
  row: Kind,
  records: readonly ClaimRecord[],
  {
    into,
    valuesOf,
    rest,
  }: {
    readonly into: string;
    readonly valuesOf: (record: ClaimRecord) => readonly unknown[];
    readonly rest: (record: ClaimRecord) => readonly unknown[];
  },
): Promise<void> {
  for (let from = 0; from < records.length; from += INSERT_ROWS) {
    const chunk = records.slice(from, from + INSERT_ROWS);
    const values: unknown[] = [];
    for (const record of chunk) {
      for (const value of valuesOf(record)) values.push(value);
      for (const value of rest(record)) values.push(value);
    }
    // A plain INSERT: should another consumer be ahead by a moment, the duplicate key undoes this transaction and the
    // next attempt finds the rows. IGNORE would let the stock be counted twice.
    await tx.query(`INSERT INTO ${into} VALUES ${Array<string>(chunk.length).fill(row).join(',')}`, values);
  }
}

const valuesOf = (record: ClaimRecord): readonly unknown[] => {
  const { id, voucher_id, user_id, ordinal, epoch, sequence, idempotency = null, at } = record;
  return [id, voucher_id, user_id, ordinal, epoch, sequence, idempotency, at];
};

/** Claims of a batch are on few vouchers. */
function packedValuesOf(): (record: ClaimRecord) => readonly unknown[] {
  const packed = packedIds();
  return ({ id, voucher_id, user_id, ordinal, epoch, sequence, idempotency = null, at }) => {
    const { voucher, tail } = packed(id, voucher_id);
    return [tail, voucher, packUser(user_id), ordinal, epoch, sequence, idempotency, at];
  };
}

const withPackedCode = ([code, ...others]: readonly unknown[]): readonly unknown[] => [
  packCode(code as string),
  ...others,
];
