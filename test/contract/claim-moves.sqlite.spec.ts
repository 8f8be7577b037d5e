import { afterAll, beforeAll, describe } from '@jest/globals';
import { DataSource } from 'typeorm';
import { ownFile } from '../support/own-file.js';
import { statementsOf } from '../support/statements.js';
import { auditRangesContract } from './support/audit-ranges.contract.js';
import { claimExpiryContract } from './support/claim-expiry.contract.js';
import { claimListsContract } from './support/claim-lists.contract.js';
import { claimMovesContract } from './support/claim-moves.contract.js';

describe('on SQLite', () => {
  const own = ownFile();
  /** For plans alone: on the program's reader an EXPLAIN would leave a snapshot open. */
  let planner: DataSource;

  beforeAll(async () => {
    planner = await new DataSource({ ...own.connection.writer.options, migrations: [] }).initialize();
  });
  afterAll(() => planner.destroy());

  /** SQLite tells what it would do, not how much it did: nothing is read whole, and nothing is sorted. */
  async function looked(work: () => Promise<unknown>): Promise<undefined> {
    for (const [sql, values] of await statementsOf(own.database, work)) {
      const plan: { detail: string }[] = await planner.query(`EXPLAIN QUERY PLAN ${sql}`, [...values]);
      const bad = plan.filter(({ detail }) => detail.startsWith('SCAN') && !detail.includes('SUBQUERY'));
      if (bad.length > 0) throw new Error(`reads a table whole: ${JSON.stringify({ sql, plan })}`);
    }
  }

  describe('moves', () => claimMovesContract(() => own.database));
  describe('expiry', () => claimExpiryContract(() => own.database));
  describe('lists', () => claimListsContract(() => ({ database: own.database, looked })));
  describe('audits', () =>
    auditRangesContract(25_000, () => ({
      database: own.database,
      looked: async (work) => void (await work()),
    })));
});
