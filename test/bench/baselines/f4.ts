import { randomBytes } from 'node:crypto';
import { createPool } from 'mysql2/promise';

/** F4: claims inserted in bulk into a table with the real indexes, and nothing else: no events, no stock, nobody asks. */
const ROWS = Number(process.env['ROWS'] ?? 100_000);
const WARM_UP_ROWS = 20_000;
const BATCH = 1_000;
const CONNECTIONS = 2;
const COLUMNS =
  'tail, voucher_id, user_id, ordinal, epoch, sequence, status, code, reject_reason, idempotency, created_at, issued_at';

const url = (process.env['DATABASE_URL'] ?? '').replace(/^mariadb:/, 'mysql:');
const pool = createPool({ uri: url, connectionLimit: CONNECTIONS });
await pool.query('CREATE DATABASE IF NOT EXISTS baseline');
await pool.query('DROP TABLE IF EXISTS baseline.claims');
await pool.query('CREATE TABLE baseline.claims LIKE packed_claims');

let sequence = 0;
const VOUCHER = Buffer.alloc(10);
/** Ids, users and codes in no order, as those of claims are. */
function row(): unknown[] {
  const now = Date.now();
  const tail = randomBytes(15).fill(0, 0, 2);
  const user = randomBytes(10).fill(0, 0, 1);
  return [tail, VOUCHER, user, 1, 1, ++sequence, 'issued', randomBytes(10), null, null, now, now];
}

async function insert(rows: number): Promise<void> {
  let left = rows;
  const connection = async (): Promise<void> => {
    while (left > 0) {
      left -= BATCH;
      await pool.query(`INSERT INTO baseline.claims (${COLUMNS}) VALUES ?`, [
        Array.from({ length: BATCH }, row),
      ]);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
}

await insert(WARM_UP_ROWS);
const began = performance.now();
await insert(ROWS);
console.log(JSON.stringify({ rows: ROWS, seconds: (performance.now() - began) / 1_000 }));
await pool.end();
