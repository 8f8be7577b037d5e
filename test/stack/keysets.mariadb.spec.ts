import { afterAll, beforeAll, describe } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createConnection, type Connection as Session, type RowDataPacket } from 'mysql2/promise';
import { loadConfig } from '../../src/config/index.js';
import { connect, type Connection } from '../../src/database/connect.js';
import type { Keyset } from '../../src/database/keyset.js';
import { migrate } from '../../src/database/migrate.js';
import { keysetContract, type Reading } from '../contract/support/keysets.contract.js';
import { emptyDatabase } from '../support/stack-env.js';

let connection: Connection;
let session: Session;

beforeAll(async () => {
  Logger.overrideLogger(false);
  const url = await emptyDatabase('keysets');
  // Only the database is used; the other two addresses complete the set.
  const others = { REDIS_URL: 'redis://127.0.0.1:1/0', KAFKA_BROKERS: '127.0.0.1:1' };
  connection = await connect(loadConfig({ NODE_ENV: 'test', DATABASE_URL: url, ...others }), []);
  await migrate(connection.writer, connection.database.dialect);
  session = await createConnection(url.replace(/^mariadb:/, 'mysql:'));
});

afterAll(async () => {
  await session.end();
  await connection.database.close();
});

async function rows(sql: string, values: readonly unknown[] = []): Promise<RowDataPacket[]> {
  const [found] = await session.query<RowDataPacket[]>(sql, [...values]);
  return found;
}

/** Rows and index entries, those as well that the storage engine judged and did not hand over. */
const LOOKED = /^Handler_(read_|icp_attempts)/;

async function read(keyset: Keyset, sql: string, values: readonly unknown[]): Promise<Reading> {
  const plan = await rows(`EXPLAIN ${sql}`, values);
  const isRange = plan.every(
    ({ type, key, Extra }) =>
      type === 'range' && key === keyset.terms.index && !String(Extra).includes('filesort'),
  );
  await rows('FLUSH STATUS');
  await rows(sql, values);
  const counters = await rows(`SHOW SESSION STATUS LIKE 'Handler_%'`);
  const looked = counters
    .filter(({ Variable_name: name }) => LOOKED.test(String(name)))
    .reduce((sum, { Value: value }) => sum + Number(value), 0);
  return { isRange, looked, plan };
}

describe('on MariaDB or MySQL', () =>
  keysetContract(() => ({
    database: connection.database,
    analyze: async (table) => {
      await rows(`ANALYZE TABLE ${table}`);
    },
    read,
  })));
