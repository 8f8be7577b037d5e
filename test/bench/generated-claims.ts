import type { RowDataPacket } from 'mysql2/promise';
import type { EntityManager } from 'typeorm';
import { inOrder, packEvents } from '../../src/claim/domain/event-pack.js';
import { claimIdOf, packVoucher, userOf } from '../../src/claim/ledger/rows/packing.js';
import { insertPacks } from '../../src/database/outbox.js';
import type { BenchInstallation } from './bench-installation.js';

/** Rows of one statement. */
const ROWS = 50_000;
/** The last of them is older than what may still come late. */
const AGE_MS = 3_600_000;

/**
 * Writes claims as the program would have: rows with their indexes, packs of events that were sent, and the stock. The gate knows
 * nothing of them before it is rebuilt. Ids, users and codes are as long as real
 * ones, of the same characters, and in no order.
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
      `INSERT INTO packed_claims (tail, voucher_id, user_id, ordinal, epoch, sequence, status, code, created_at, issued_at)
       SELECT UNHEX(CONCAT('00001', SUBSTR(MD5(CONCAT(v, seq)), 1, 25))), ?,
              UNHEX(CONCAT('01', SUBSTR(MD5(CONCAT('user', seq)), 1, 18))), 1, ?, seq, 'issued',
              UNHEX(SUBSTR(MD5(CONCAT('code', v, seq)), 1, 20)), ? + seq DIV 1000, ? + seq DIV 1000
         FROM (SELECT ? AS v) voucher, seq_${from + 1}_to_${to}`,
      [packVoucher(voucherId), row?.epoch ?? 1, began, began, voucherId],
    );
    await insertEvents(database, voucherId, { from, to, at: began });
  }
  await database.query('UPDATE voucher_stock SET issued = ? WHERE voucher_id = ?', [claims, voucherId]);
}

/** Packs of events that were sent, of claims that are rows. */
async function insertEvents(
  database: BenchInstallation['database'],
  voucherId: string,
  { from, to, at }: { readonly from: number; readonly to: number; readonly at: number },
): Promise<void> {
  const [rows] = await database.query<
    (RowDataPacket & Record<'tail' | 'user_id', Buffer> & { sequence: number })[]
  >(
    'SELECT tail, user_id, sequence FROM packed_claims WHERE voucher_id = ? AND sequence > ? AND sequence <= ? ORDER BY sequence',
    [packVoucher(voucherId), from, to],
  );
  const voucher = packVoucher(voucherId);
  if (!voucher) throw new Error(`${voucherId} is no voucher`);
  const claims = rows.map(({ tail, user_id: user, sequence }) => ({
    id: claimIdOf(voucher, tail),
    voucher_id: voucherId,
    user_id: userOf(user),
    ordinal: 1,
    sequence,
  }));
  const tx = {
    query: (sql: string, values: unknown[]) => database.query(sql, values),
  } as unknown as EntityManager;
  await insertPacks(tx, inOrder(packEvents('claim.issued', claims, at), Date.now()));
  await database.query('UPDATE outbox SET status = 1, sent_at = ? WHERE aggregate_id = ? AND status = 0', [
    at,
    voucherId,
  ]);
}
