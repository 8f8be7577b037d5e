import { afterAll, beforeAll, describe } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { rm } from 'node:fs/promises';
import { DataSource } from 'typeorm';
import { loadConfig } from '../../src/config/index.js';
import { connect, releaseFolder, type Connection } from '../../src/database/connect.js';
import { migrate } from '../../src/database/migrate.js';
import { ENTITIES } from '../../src/wiring/options.js';
import { newDataDir, TEST_ENV } from '../support/app.js';
import { statementsOf } from '../support/statements.js';
import { auditRangesContract } from './support/audit-ranges.contract.js';
import { claimExpiryContract } from './support/claim-expiry.contract.js';
import { claimListsContract } from './support/claim-lists.contract.js';
import { claimMovesContract } from './support/claim-moves.contract.js';

let folder: string;
let connection: Connection;
/** For plans alone: on the program's reader an EXPLAIN would leave a snapshot open. */
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

describe('on SQLite', () => claimMovesContract(() => connection.database));

describe('expiry, on SQLite', () => claimExpiryContract(() => connection.database));

/** SQLite tells what it would do, not how much it did: nothing is read whole, and nothing is sorted. */
async function looked(work: () => Promise<unknown>): Promise<undefined> {
  for (const [sql, values] of await statementsOf(connection.database, work)) {
    const plan: { detail: string }[] = await planner.query(`EXPLAIN QUERY PLAN ${sql}`, [...values]);
    const bad = plan.filter(({ detail }) => detail.startsWith('SCAN') && !detail.includes('SUBQUERY'));
    if (bad.length > 0) throw new Error(`reads a table whole: ${JSON.stringify({ sql, plan })}`);
  }
}

describe('lists, on SQLite', () => claimListsContract(() => ({ database: connection.database, looked })));

describe('audits, on SQLite', () =>
  auditRangesContract(25_000, () => ({
    database: connection.database,
    looked: async (work) => void (await work()),
  })));
