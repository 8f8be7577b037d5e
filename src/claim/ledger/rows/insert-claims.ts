import type { EntityManager } from 'typeorm';
import type { ClaimRecord } from '../../domain/claim-record.js';

const CLAIM_COLUMNS =
  'id, voucher_id, user_id, ordinal, epoch, sequence, idempotency, created_at, status, reject_reason, code, issued_at, confirm_until';
/** A row's values; what all rows of a statement share stands in it. */
export const ROW = {
  issued: `(?,?,?,?,?,?,?,?,'issued',NULL,?,?,NULL)`,
  held: `(?,?,?,?,?,?,?,?,'held',NULL,NULL,NULL,?)`,
  rejected: `(?,?,?,?,?,?,?,?,'rejected',?,NULL,NULL,NULL)`,
} as const;
const INSERT_ROWS = 500;

/** @param rest what a row of its kind asks for besides what it has of the record, in order */
export async function insertClaimRows(
  tx: EntityManager,
  row: (typeof ROW)[keyof typeof ROW],
  records: readonly ClaimRecord[],
  rest: (record: ClaimRecord) => readonly unknown[],
): Promise<void> {
  for (let from = 0; from < records.length; from += INSERT_ROWS) {
    const chunk = records.slice(from, from + INSERT_ROWS);
    const values: unknown[] = [];
    for (const record of chunk) {
      const { id, voucher_id, user_id, ordinal, epoch, sequence, idempotency = null, at } = record;
      values.push(id, voucher_id, user_id, ordinal, epoch, sequence, idempotency, at);
      for (const value of rest(record)) values.push(value);
    }
    // A plain INSERT: should another consumer be ahead by a moment, the duplicate key undoes this transaction and the
    // next attempt finds the rows. IGNORE would let the stock be counted twice.
    await tx.query(
      `INSERT INTO claims (${CLAIM_COLUMNS}) VALUES ${Array<string>(chunk.length).fill(row).join(',')}`,
      values,
    );
  }
}
