import { afterAll, beforeAll, describe } from '@jest/globals';
import { createConnection, type Connection as Session, type RowDataPacket } from 'mysql2/promise';
import { readLayout } from '../../src/claim/ledger/rows/claim-layout.js';
import { ENTITIES } from '../../src/wiring/options.js';
import { auditRangesContract } from '../contract/support/audit-ranges.contract.js';
import { claimExpiryContract } from '../contract/support/claim-expiry.contract.js';
import { claimListsContract } from '../contract/support/claim-lists.contract.js';
import { claimMovesContract } from '../contract/support/claim-moves.contract.js';
import { ownDatabase } from '../support/own-database.js';
import { statementsOf } from '../support/statements.js';

describe.each(['text', 'packed'] as const)('on MariaDB or MySQL, rows of claims %s', (rows) => {
  const own = ownDatabase(`moves_${rows}`, ENTITIES, { rows });
  let session: Session;

  beforeAll(async () => {
    // Packed rows lie in several segments.
    await own.database.read.query('UPDATE gate_epoch SET claims_segment = 2');
    await readLayout(own.database);
    session = await createConnection(own.url.replace(/^mariadb:/, 'mysql:'));
  });
  afterAll(() => session.end());

  /** By the counters of one session, in which the statements run once more. */
  async function looked(work: () => Promise<unknown>): Promise<number> {
    const statements = await statementsOf(own.database, work);
    await session.query('FLUSH STATUS');
    for (const [sql, values] of statements) await session.query(sql, [...values]);
    const [counters] = await session.query<RowDataPacket[]>(`SHOW SESSION STATUS LIKE 'Handler_read%'`);
    return counters.reduce((sum, { Value: value }) => sum + Number(value), 0);
  }

  describe('moves', () => claimMovesContract(() => own.database));
  describe('expiry', () => claimExpiryContract(() => own.database));
  describe('lists', () => claimListsContract(() => ({ database: own.database, looked })));
  describe('audits', () => auditRangesContract(105_000, () => ({ database: own.database, looked })));
});
