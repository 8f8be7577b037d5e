import { describe, expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import { Database } from '../../src/database/database.js';
import { ENTITIES } from '../../src/wiring/options.js';
import { claimArchiveContract } from '../contract/support/claim-archive.contract.js';
import { claimPackingContract } from '../contract/support/claim-packing.contract.js';
import { claimSegmentsContract } from '../contract/support/claim-segments.contract.js';
import { claimCodesContract } from '../contract/support/claim-codes.contract.js';
import { ledgerContract } from '../contract/support/ledger.contract.js';
import { eligibilityTokensContract } from '../contract/support/eligibility-tokens.contract.js';
import { packedClaimsContract } from '../contract/support/packed-claims.contract.js';
import { personAccountsContract } from '../contract/support/person-accounts.contract.js';
import { testShoppersContract } from '../contract/support/test-shoppers.contract.js';
import { emptyTables, ownDatabase, secondConnection } from '../support/own-database.js';

const own = ownDatabase('ledger', ENTITIES);

describe.each(['text', 'packed'] as const)('on MariaDB or MySQL, rows of claims %s', (rows) => {
  const mine = ownDatabase(`ledger_${rows}`, ENTITIES, { rows });
  describe('the ledger', () => ledgerContract(() => mine.database));
  describe('codes', () => claimCodesContract(() => mine.database));
});
describe('packed claims beside others, on MariaDB or MySQL', () => {
  const mine = ownDatabase('ledger_both', ENTITIES, { rows: 'text' });
  packedClaimsContract(() => mine.database);
});
describe('older claims that are packed, on MariaDB or MySQL', () => {
  const mine = ownDatabase('ledger_packing', ENTITIES, { rows: 'text' });
  const second = secondConnection(() => mine.url, ENTITIES);
  claimPackingContract(async () => {
    await emptyTables(mine.database);
    return [mine.database, second.database];
  });
});
describe('segments of packed claims, on MariaDB or MySQL', () => {
  const mine = ownDatabase('ledger_segments', ENTITIES);
  const second = secondConnection(() => mine.url, ENTITIES);
  claimSegmentsContract(() => [mine.database, second.database]);
});
describe('claims of archived vouchers, on MariaDB or MySQL', () => {
  const mine = ownDatabase('ledger_archive', ENTITIES, { rows: 'text' });
  claimArchiveContract(() => mine.database);
});
describe('customers and their tokens, on MariaDB or MySQL', () =>
  eligibilityTokensContract(() => own.database));
describe('persons and their accounts, on MariaDB or MySQL', () => personAccountsContract(() => own.database));
describe('test shoppers, on MariaDB or MySQL', () => testShoppersContract(() => own.database));

describe.each([
  ['as this server is told once', false],
  ['as MySQL is told in each transaction', true],
])('a transaction of a process that stands still, %s', (_how, isGuarded) => {
  /** MySQL's way works on MariaDB as well, once its own limit is off. */
  const subject = (): Database => {
    const { database, writer } = own.connection;
    return isGuarded ? new Database({ dialect: 'mysql', writer, reader: writer }) : database;
  };
  const ownLimitOff = (tx: EntityManager): Promise<unknown> =>
    isGuarded && own.database.dialect === 'mariadb'
      ? tx.query('SET SESSION idle_transaction_timeout = 0')
      : Promise.resolve();

  it('is ended by the server, so that the epoch can be raised meanwhile', async () => {
    let goOn = (): void => undefined;
    const pause = new Promise<void>((resolve) => (goOn = resolve));
    let holds = (): void => undefined;
    const held = new Promise<void>((resolve) => (holds = resolve));
    const stopped = subject().write(async (tx) => {
      await ownLimitOff(tx);
      await tx.query('SELECT epoch FROM gate_epoch WHERE id = 1 FOR UPDATE');
      holds();
      await pause;
      await tx.query('SELECT 1');
    });
    stopped.catch(() => undefined);
    await held;
    // Waits for the row; without the limit for as long as innodb_lock_wait_timeout allows, 50 s, and then in vain.
    const began = Date.now();
    await own.connection.writer.query('UPDATE gate_epoch SET leader_until = 0 WHERE id = 1');
    expect(Date.now() - began).toBeGreaterThan(1_000);
    goOn();
    await expect(stopped).rejects.toThrow();
  });

  it('is the only one that is ended: a connection that rests outlives the limit', async () => {
    const database = subject();
    await database.write((tx) => tx.query('SELECT 1'));
    const ids = async (): Promise<number> =>
      Number((await database.read.query('SELECT CONNECTION_ID() AS id'))[0].id);
    const before = await ids();
    await new Promise((resolve) => setTimeout(resolve, 7_000)); // the server's clock, and its limit is 5 s
    expect(await ids()).toBe(before);
  });
});

describe('a session', () => {
  it('has READ COMMITTED, and a snapshot sees one moment', async () => {
    const { database, writer } = own.connection;
    const level = async (tx: EntityManager) =>
      (
        await tx.query(
          `SHOW SESSION VARIABLES WHERE Variable_name IN ('transaction_isolation', 'tx_isolation')`,
        )
      )[0].Value;
    expect(await database.write(level)).toBe('READ-COMMITTED');
    await writer.query('UPDATE gate_epoch SET leader_until = 1 WHERE id = 1');
    await database.snapshot(async (tx) => {
      const read = async () =>
        Number((await tx.query('SELECT leader_until AS n FROM gate_epoch WHERE id = 1'))[0].n);
      expect(await read()).toBe(1);
      await writer.query('UPDATE gate_epoch SET leader_until = 2 WHERE id = 1');
      expect(await read()).toBe(1);
    });
  });
});
