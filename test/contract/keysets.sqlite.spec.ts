import { afterAll, beforeAll, describe } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { rm } from 'node:fs/promises';
import { DataSource } from 'typeorm';
import { loadConfig } from '../../src/config/index.js';
import { connect, releaseFolder, type Connection } from '../../src/database/connect.js';
import type { Keyset } from '../../src/database/keyset.js';
import { migrate } from '../../src/database/migrate.js';
import { newDataDir, TEST_ENV } from '../support/app.js';
import { listContract } from './support/lists.contract.js';
import { ENTITIES } from '../../src/wiring/options.js';
import { keysetContract, type Reading } from './support/keysets.contract.js';

let folder: string;
let connection: Connection;
/** After an EXPLAIN libsql 0.5.29 leaves a connection at what it saw with its next read, so nothing else is read by this one. */
let planner: DataSource;

beforeAll(async () => {
  Logger.overrideLogger(false);
  folder = await newDataDir();
  connection = await connect(loadConfig({ ...TEST_ENV, DATA_DIR: folder }), ENTITIES);
  await migrate(connection.writer, connection.database.dialect);
  planner = await new DataSource({ ...connection.writer.options, migrations: [] }).initialize();
});

afterAll(async () => {
  await planner.destroy();
  await connection.database.close();
  releaseFolder(folder);
  await rm(folder, { recursive: true, force: true });
});

/** SQLite tells what it would do, not how much it did. */
async function read(keyset: Keyset, sql: string, values: readonly unknown[]): Promise<Reading> {
  const plan: { detail: string }[] = await planner.query(`EXPLAIN QUERY PLAN ${sql}`, [...values]);
  const { index, table, by } = keyset.terms;
  const name = index === 'PRIMARY' ? `sqlite_autoindex_${table}_1` : index;
  const [search] = plan.map(({ detail }) => detail);
  const sorts = plan.some(({ detail }) => detail === 'USE TEMP B-TREE FOR ORDER BY');
  const isRange =
    search?.startsWith('SEARCH') === true && search.includes(name) && new RegExp(`${by[0]}[<>]`).test(search);
  return { isRange: isRange && !sorts, plan };
}

const analyze = async (): Promise<void> => undefined;

describe('on SQLite', () => {
  keysetContract(() => ({ database: connection.database, analyze, read }));

  describe('lists', () =>
    listContract(() => ({
      database: connection.database,
      analyze,
      looked: async (work) => {
        await work();
        return undefined;
      },
    })));
});
