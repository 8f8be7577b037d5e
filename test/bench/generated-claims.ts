import type { RowDataPacket } from 'mysql2/promise';
import type { EventClaim } from '../../src/claim/domain/event-claim.js';
import { inOrder, packEvents } from '../../src/claim/domain/event-pack.js';
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
      `INSERT INTO claims (id, voucher_id, user_id, ordinal, epoch, sequence, status, code, created_at, issued_at)
       SELECT CONCAT('clm_', SUBSTR(v, 5), '0001', ${base32('CONCAT(v, seq)', 20)}), v,
              CONCAT('usr_', ${base32("CONCAT('user', seq)", 16)}), 1, ?, seq, 'issued',
              UPPER(INSERT(INSERT(INSERT(${base32("CONCAT('code', v, seq)", 16)}, 13, 0, '-'), 9, 0, '-'), 5, 0, '-')),
              ? + seq DIV 1000, ? + seq DIV 1000
         FROM (SELECT ? AS v) voucher, seq_${from + 1}_to_${to}`,
      [row?.epoch ?? 1, began, began, voucherId],
    );
    const [written] = await database.query<(RowDataPacket & EventClaim)[]>(
      `SELECT id, voucher_id, user_id, ordinal, sequence FROM claims
        WHERE voucher_id = ? AND sequence BETWEEN ${from + 1} AND ${to} ORDER BY sequence`,
      [voucherId],
    );
    const packs = inOrder(packEvents('claim.issued', written, began), Date.now());
    await database.query(
      'INSERT INTO outbox (id, type, aggregate_id, packed, status, created_at, sent_at, events) VALUES ?',
      [packs.map(({ id, type, packed, events }) => [id, type, voucherId, packed, 1, began, began, events])],
    );
  }
  await database.query('UPDATE voucher_stock SET issued = ? WHERE voucher_id = ?', [claims, voucherId]);
}

/** SQL for so many characters of an id's alphabet, 24 at most, that stand for a text. */
function base32(text: string, length: number): string {
  // CONV's digits of base 32 go on to V: those that are not in the alphabet are put for what it has behind V.
  const digits = (from: number) => `LPAD(CONV(SUBSTR(MD5(${text}), ${from}, 15), 16, 32), 12, '0')`;
  const letters = [
    ['i', 'w'],
    ['l', 'x'],
    ['o', 'y'],
    ['u', 'z'],
  ] as const;
  return letters.reduce(
    (sql, [from, to]) => `REPLACE(${sql}, '${from}', '${to}')`,
    `SUBSTR(LOWER(CONCAT(${digits(1)}, ${digits(17)})), 1, ${length})`,
  );
}
