import { afterAll, beforeAll, describe } from '@jest/globals';
import { createConnection, type Connection as Session, type RowDataPacket } from 'mysql2/promise';
import type { Keyset } from '../../src/database/keyset.js';
import { keysetContract, type Reading } from '../contract/support/keysets.contract.js';
import { listContract } from '../contract/support/lists.contract.js';
import { ENTITIES } from '../../src/wiring/options.js';
import { ownDatabase } from '../support/own-database.js';
import { statementsOf, type Statement } from '../support/statements.js';

const own = ownDatabase('keysets', ENTITIES);
let session: Session;

beforeAll(async () => {
  session = await createConnection(own.url.replace(/^mariadb:/, 'mysql:'));
  // A table as MariaDB's; MySQL 9.7 shows a tree unless told.
  if (own.database.dialect === 'mysql') await session.query(`SET SESSION explain_format = 'TRADITIONAL'`);
});
afterAll(() => session.end());

async function rows(sql: string, values: readonly unknown[] = []): Promise<RowDataPacket[]> {
  const [found] = await session.query<RowDataPacket[]>(sql, [...values]);
  return found;
}

/** Rows and index entries, those as well that the storage engine judged and did not hand over. */
const LOOKED = /^Handler_(read_|icp_attempts)/;

async function lookedAt(statements: readonly Statement[]): Promise<number> {
  await rows('FLUSH STATUS');
  for (const [sql, values] of statements) await rows(sql, values);
  const counters = await rows(`SHOW SESSION STATUS LIKE 'Handler_%'`);
  return counters
    .filter(({ Variable_name: name }) => LOOKED.test(String(name)))
    .reduce((sum, { Value: value }) => sum + Number(value), 0);
}

async function read(keyset: Keyset, sql: string, values: readonly unknown[]): Promise<Reading> {
  const plan = await rows(`EXPLAIN ${sql}`, values);
  const isRange = plan.every(
    ({ type, key, Extra }) =>
      type === 'range' && key === keyset.terms.index && !String(Extra).includes('filesort'),
  );
  const looked = await lookedAt([[sql, values]]);
  return { isRange, looked, plan };
}

const analyze = async (table: string): Promise<void> => {
  await rows(`ANALYZE TABLE ${table}`);
};

describe('on MariaDB or MySQL', () => {
  keysetContract(() => ({ database: own.database, analyze, read }));

  describe('lists', () =>
    listContract(() => ({
      database: own.database,
      analyze,
      looked: async (work) => lookedAt(await statementsOf(own.database, work)),
    })));
});
