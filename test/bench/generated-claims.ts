import { setTimeout as delay } from 'node:timers/promises';
import type { RowDataPacket } from 'mysql2/promise';
import type { EntityManager } from 'typeorm';
import { inOrder, packEvents } from '../../src/claim/domain/event-pack.js';
import { SEGMENT_ROWS } from '../../src/claim/ledger/claim-segments.js';
import { claimIdOf, packVoucher, userOf } from '../../src/claim/ledger/rows/packing.js';
import { insertPacks } from '../../src/database/outbox.js';
import type { BenchInstallation } from './bench-installation.js';

/** Rows of one statement. */
const ROWS = 50_000;
/** The last of them is older than what may still come late. */
const AGE_MS = 3_600_000;

/** Writers at once. */
const LANES = 2;

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
  const [[row] = []] = await database.query<(RowDataPacket & Record<'epoch' | 'claims_segment', number>)[]>(
    'SELECT epoch, claims_segment FROM gate_epoch WHERE id = 1',
  );
  const began = Date.now() - AGE_MS;
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < claims) {
      const from = next;
      const to = Math.min(from + ROWS, claims);
      next = to;
      await database.query(
        `INSERT INTO packed_claims (segment, tail, voucher_id, user_id, ordinal, epoch, sequence, status, code, created_at, issued_at)
         SELECT ?, UNHEX(CONCAT('00001', SUBSTR(MD5(CONCAT(v, seq)), 1, 25))), ?,
                UNHEX(CONCAT('01', SUBSTR(MD5(CONCAT('user', seq)), 1, 18))), 1, ?, seq, 'issued',
                UNHEX(SUBSTR(MD5(CONCAT('code', v, seq)), 1, 20)), ? + seq DIV 1000, ? + seq DIV 1000
           FROM (SELECT ? AS v) voucher, seq_${from + 1}_to_${to}`,
        [
          Number(row?.claims_segment) + Math.floor(from / SEGMENT_ROWS),
          packVoucher(voucherId),
          row?.epoch ?? 1,
          began,
          began,
          voucherId,
        ],
      );
      await insertEvents(database, voucherId, { from, to, at: began });
    }
  };
  await withRoom(database, claims, async () => {
    await Promise.all(Array.from({ length: LANES }, lane));
  });
  await database.query('UPDATE voucher_stock SET issued = ? WHERE voucher_id = ?', [claims, voucherId]);
  // As the job would have gone on.
  await database.query(
    `UPDATE gate_epoch SET claims_segment = claims_segment + ?,
            claims_segment_from = (SELECT COALESCE(MAX(n), 0) FROM packed_claims) WHERE id = 1`,
    [Math.floor(claims / SEGMENT_ROWS)],
  );
}

type Database = BenchInstallation['database'];

/** From here on the random indexes outgrow the pool of the servers that are measured, and writing them would take the disk hours. */
const ROOM_FROM = 2_000_000;
/** Of the pool, for a claim with its indexes and events. */
const ROOM_BYTES = 600;
const LOG_BYTES = 4 * 2 ** 30;
const SIZES = ['innodb_buffer_pool_size', 'innodb_log_file_size'] as const;
const RESIZED_MS = 600_000;

/** While many rows are written the server has a pool that holds them, and a long log; what is measured then has the sizes of before. */
async function withRoom(database: Database, claims: number, work: () => Promise<void>): Promise<void> {
  if (claims <= ROOM_FROM) return work();
  const [[before] = []] = await database.query<(RowDataPacket & Record<string, number>)[]>(
    `SELECT ${SIZES.map((name) => `@@${name} AS ${name}`).join(', ')}`,
  );
  const sizes = SIZES.map((name) => Number(before?.[name]));
  await resize(database, [claims * ROOM_BYTES, LOG_BYTES]);
  try {
    await work();
  } finally {
    await resize(database, sizes);
  }
}

/** A server gives pages back in its own time, and says the new size when it has. */
async function resize(database: Database, sizes: readonly number[]): Promise<void> {
  for (const [at, name] of SIZES.entries()) await database.query(`SET GLOBAL ${name} = ${sizes[at]}`);
  const until = Date.now() + RESIZED_MS;
  for (;;) {
    const [[row] = []] = await database.query<(RowDataPacket & { pages: number })[]>(
      "SELECT variable_value * 16384 AS pages FROM information_schema.global_status WHERE variable_name = 'Innodb_buffer_pool_pages_total'",
    );
    if (Math.abs(Number(row?.pages) / (sizes[0] ?? NaN) - 1) < 0.1) return;
    if (Date.now() > until) throw new Error(`the pool of the database stays at ${row?.pages} bytes`);
    await delay(500);
  }
}

/** Packs of events that were sent, of claims that are rows. */
async function insertEvents(
  database: Database,
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
