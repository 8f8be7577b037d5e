import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import type { BenchInstallation } from './bench-installation.js';

/** Partitions lie in folders `TOPIC-NUMBER`, their records in files `OFFSET.log`. */
const PARTITION = /^(?<topic>voucher\..+)-\d+$/;
/** Fields of a large hash that Redis looks at for an estimate: all of a million would block it. */
const SAMPLES = 2_000;

/** Bytes of each index of claims and outbox, and of the two tables, which are their primary keys. */
export async function databaseBytes({ database }: BenchInstallation): Promise<ReadonlyMap<string, number>> {
  await database.query('ANALYZE TABLE packed_claims, outbox');
  const [rows] = await database.query<(RowDataPacket & { what: string; bytes: string })[]>(
    `SELECT CONCAT(table_name, ', ', index_name) AS what, stat_value * @@innodb_page_size AS bytes
       FROM mysql.innodb_index_stats
      WHERE database_name = DATABASE() AND stat_name = 'size' AND table_name IN ('packed_claims', 'outbox')
      ORDER BY table_name, stat_value DESC`,
  );
  return new Map(rows.map(({ what, bytes }) => [what, Number(bytes)]));
}

/** Bytes that the gate holds for a voucher, without what it counts for the limits on attempts, which is gone within seconds. */
export async function gateBytes({ redis }: BenchInstallation, voucherId: string): Promise<number> {
  let sum = 0;
  for await (const keys of redis.scanStream({ match: `vc:{${voucherId}}:*`, count: 1_000 }) as AsyncIterable<
    string[]
  >)
    for (const key of keys.filter((key) => !key.includes(':rate-')))
      sum += (await redis.memory('USAGE', key, 'SAMPLES', SAMPLES)) ?? 0;
  return sum;
}

/** Bytes of each topic's records so far, with what the broker adds to them. */
export function topicBytes({ stack }: BenchInstallation): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  const { dataDir } = stack.kafka;
  for (const folder of readdirSync(dataDir)) {
    const topic = PARTITION.exec(folder)?.groups?.['topic'];
    if (topic === undefined) continue;
    for (const file of readdirSync(join(dataDir, folder)))
      if (file.endsWith('.log'))
        sums.set(topic, (sums.get(topic) ?? 0) + statSync(join(dataDir, folder, file)).size);
  }
  return sums;
}
