import type { EntityManager } from 'typeorm';
import { codeAt } from '../../../common/code-at.js';
import { placeholders, UnfitDataError } from '../../../database/database.js';
import type { ClaimRecord } from '../../domain/claim-record.js';
import { byLayout, segmentOf } from './claim-layout.js';
import { copyAsWritten } from './copy-claims.js';
import { packCode, packUser, packVoucher } from './packing.js';
import { RowText } from './row-text.js';

/** What a row of a kind says besides what it has of the record; the columns that are not named are NULL. */
export const ROW = {
  issued: { status: 'issued', columns: ['code', 'issued_at'] },
  held: { status: 'held', columns: ['confirm_until'] },
  rejected: { status: 'rejected', columns: ['reject_reason'] },
} as const;

interface Kind {
  readonly status: keyof typeof ROW;
  readonly columns: readonly string[];
}

const OF_RECORD = 'voucher_id, user_id, ordinal, epoch, sequence, idempotency, created_at';
const OF_RECORD_COUNT = 8;
/** Of rows as parameters: SQLite takes 32,766. */
const TEXT_ROWS = 500;
/** As many as the consumer writes at once, 170 KB: each statement costs both ends the same. */
const PACKED_ROWS = 1_000;

/** @param rest values of the columns of its kind, in order */
export async function insertClaimRows(
  tx: EntityManager,
  kind: Kind,
  records: readonly ClaimRecord[],
  rest: (record: ClaimRecord) => readonly (string | number)[],
): Promise<void> {
  const { text, packed } = byLayout(tx, records, ({ voucher_id: id }) => id);
  // A plain INSERT: should another consumer be ahead by a moment, the duplicate key undoes this transaction and the
  // next attempt finds the rows. IGNORE would let the stock be counted twice.
  for (let from = 0; from < text.length; from += TEXT_ROWS) {
    const chunk = text.slice(from, from + TEXT_ROWS);
    await tx.query(
      `INSERT INTO claims (id, ${columnsOf(kind)}) VALUES ${placeholders(chunk.length, OF_RECORD_COUNT + 1 + kind.columns.length)}`,
      chunk.flatMap((record) => [...valuesOf(record), kind.status, ...rest(record)]),
    );
  }
  const segment = segmentOf(tx);
  for (let from = 0; from < packed.length; from += PACKED_ROWS) {
    const { sql, values } = packedStatement(kind, segment, packed.slice(from, from + PACKED_ROWS), rest);
    await tx.query(sql, values as unknown[]); // handed on as it is, whatever the type says
  }
  await copyAsWritten(tx, text);
}

const columnsOf = ({ columns }: Kind): string => `${OF_RECORD}, status, ${columns.join(', ')}`;

const valuesOf = (record: ClaimRecord): readonly unknown[] => {
  const { id, voucher_id, user_id, ordinal, epoch, sequence, idempotency = null, at } = record;
  return [id, voucher_id, user_id, ordinal, epoch, sequence, idempotency, at];
};

/** Characters of a claim's id that follow its voucher's. */
const TAIL_CHARS = 24;
const USER = 'usr_';
const USER_CHARS = 16;
const rows = new RowText();

/**
 * What `packTail`, `packUser` and `packCode` make of the values, written without a buffer for each.
 * @throws UnfitDataError for a claim that is not of its voucher, or a voucher that has no packed form
 */
export function packedStatement(
  kind: Kind,
  segment: number,
  records: readonly ClaimRecord[],
  rest: (record: ClaimRecord) => readonly (string | number)[],
): ReturnType<RowText['take']> {
  rows.take(); // of a statement that could not be made
  rows.sql(`INSERT INTO packed_claims (segment, tail, ${columnsOf(kind)}) VALUES `);
  let voucherId: string | undefined;
  let voucher: Buffer = Buffer.alloc(0);
  let head = '';
  let before = `(${segment},`;
  for (const record of records) {
    const { id, user_id, ordinal, epoch, sequence, idempotency = null, at } = record;
    if (record.voucher_id !== voucherId) {
      voucherId = record.voucher_id;
      voucher = bytesOfVoucher(voucherId);
      head = `clm_${voucherId.slice(4)}`;
    }
    rows.sql(before);
    before = `),(${segment},`;
    const isWhole = id.length === head.length + TAIL_CHARS && id.startsWith(head);
    if (!isWhole || !rows.base32(id, head.length, TAIL_CHARS))
      throw new UnfitDataError(`${id} is no claim on ${voucherId}`);
    rows.sql(',');
    rows.hex(voucher);
    rows.sql(',');
    writeUser(user_id);
    for (const value of [ordinal, epoch, sequence, idempotency, at]) {
      rows.sql(',');
      rows.value(value);
    }
    rows.sql(STATUS[kind.status]);
    let place = 0;
    for (const value of rest(record)) {
      rows.sql(',');
      if (kind.columns[place++] === 'code') writeCode(String(value));
      else rows.value(value);
    }
  }
  rows.sql(')');
  return rows.take();
}

const STATUS = { issued: `,'issued'`, held: `,'held'`, rejected: `,'rejected'` } as const;

function bytesOfVoucher(id: string): Buffer {
  const packed = packVoucher(id);
  if (!packed) throw new UnfitDataError(`${id} cannot be packed`);
  return packed;
}

function writeUser(id: string): void {
  const isShort = id.length === USER.length + USER_CHARS && id.startsWith(USER);
  if (isShort && !beginsAsText(id, USER.length) && rows.base32(id, USER.length, USER_CHARS)) return;
  rows.hex(packUser(id));
}

function writeCode(code: string): void {
  if (!beginsAsText(code, 0) && rows.code(code)) return;
  rows.hex(packCode(code));
}

const SMALL = 0x20;
const [Z, W] = [codeAt('z', 0), codeAt('w', 0)];

/** Whether the first byte would be the one that stands before text: `packing.ts` says what such a value is kept as. */
const beginsAsText = (text: string, from: number): boolean =>
  (codeAt(text, from) | SMALL) === Z && (codeAt(text, from + 1) | SMALL) >= W;
