import type { RowDataPacket } from 'mysql2/promise';
import type { BenchInstallation } from './bench-installation.js';

/** Rows of one statement. */
const ROWS = 50_000;
const EVENTS_A_PACK = 100;
/** About what a pack of the program has. */
const PACK_BYTES = 6_000;
/** The last of them is older than what may still come late. */
const AGE_MS = 3_600_000;

/**
 * Writes claims as the program would have: rows with their indexes, packs of events that were sent, and the stock. The gate knows
 * nothing of them before it is rebuilt. Ids, users and codes are as long as real ones, and in no order.
 */
export async function generateClaims(
  { database }: BenchInstallation,
  voucherId: string,
  claims: number,
): Promise<void> {
  const [[row] = []] = await database.query<(RowDataPacket & { epoch: number })[]>(
    'SELECT epoch FROM gate_epoch WHERE id = 1',
  );
  const began = Date.now() - AGE_MS;
  for (let from = 0; from < claims; from += ROWS) {
    const to = Math.min(from + ROWS, claims);
    await database.query(
      `INSERT INTO claims (id, voucher_id, user_id, ordinal, epoch, sequence, status, code, created_at, issued_at)
       SELECT CONCAT('clm_', SUBSTR(v, 5), '0001', SUBSTR(MD5(CONCAT(v, seq)), 1, 20)), v,
              CONCAT('usr_', SUBSTR(MD5(CONCAT('user', seq)), 1, 16)), 1, ?, seq, 'issued',
              UPPER(SUBSTR(MD5(CONCAT('code', v, seq)), 1, 16)), ? + seq DIV 1000, ? + seq DIV 1000
         FROM (SELECT ? AS v) voucher, seq_${from + 1}_to_${to}`,
      [row?.epoch ?? 1, began, began, voucherId],
    );
    await database.query(
      `INSERT INTO outbox (id, type, aggregate_id, payload, status, created_at, sent_at, events)
       SELECT CONCAT('evt_', SUBSTR(MD5(CONCAT(v, seq)), 1, 28)), 'claim.issued', v, REPEAT('x', ${PACK_BYTES}), 1, ?, ?, ${EVENTS_A_PACK}
         FROM (SELECT ? AS v) voucher, seq_${from / EVENTS_A_PACK + 1}_to_${to / EVENTS_A_PACK}`,
      [began, began, voucherId],
    );
  }
  await database.query('UPDATE voucher_stock SET issued = ? WHERE voucher_id = ?', [claims, voucherId]);
}
