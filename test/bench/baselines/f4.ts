import { randomBytes } from 'node:crypto';
import { createPool } from 'mysql2/promise';

/** F4: claims inserted in bulk into a table with the real indexes, and nothing else: no events, no stock, nobody asks. */
const ROWS = Number(process.env['ROWS'] ?? 100_000);
const WARM_UP_ROWS = 20_000;
const BATCH = 1_000;
const CONNECTIONS = 2;
const COLUMNS =
  'id, voucher_id, user_id, ordinal, epoch, sequence, status, code, reject_reason, idempotency, created_at, issued_at';

const url = (process.env['DATABASE_URL'] ?? '').replace(/^mariadb:/, 'mysql:');
const pool = createPool({ uri: url, connectionLimit: CONNECTIONS });
await pool.query('CREATE DATABASE IF NOT EXISTS baseline');
await pool.query('DROP TABLE IF EXISTS baseline.claims');
await pool.query('CREATE TABLE baseline.claims LIKE claims');

let sequence = 0;
const text = (bytes: number): string => randomBytes(bytes).toString('hex');
function row(): unknown[] {
  const now = Date.now();
  const id = `clm_0000000000000000${text(12)}`;
  const user = `usr_${text(8)}`;
  return [id, 'vch_0000000000000000', user, 1, 1, ++sequence, 'issued', text(8), null, null, now, now];
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
