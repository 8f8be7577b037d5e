import { afterAll, beforeAll, describe } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { rm } from 'node:fs/promises';
import { loadConfig } from '../../src/config/index.js';
import { connect, releaseFolder, type Connection } from '../../src/database/connect.js';
import { migrate } from '../../src/database/migrate.js';
import { ENTITIES } from '../../src/wiring/options.js';
import { newDataDir, TEST_ENV } from '../support/app.js';
import { claimArchiveContract } from './support/claim-archive.contract.js';
import { claimCodesContract } from './support/claim-codes.contract.js';
import { ledgerContract } from './support/ledger.contract.js';
import { eligibilityTokensContract } from './support/eligibility-tokens.contract.js';
import { personAccountsContract } from './support/person-accounts.contract.js';
import { testShoppersContract } from './support/test-shoppers.contract.js';

let folder: string;
let connection: Connection;

beforeAll(async () => {
  Logger.overrideLogger(false);
  folder = await newDataDir();
  connection = await connect(loadConfig({ ...TEST_ENV, DATA_DIR: folder }), ENTITIES);
  await migrate(connection.writer, connection.database.dialect);
});

afterAll(async () => {
  await connection.database.close();
  releaseFolder(folder);
  await rm(folder, { recursive: true, force: true });
});

describe('on SQLite', () => ledgerContract(() => connection.database));
describe('codes, on SQLite', () => claimCodesContract(() => connection.database));
describe('customers and their tokens, on SQLite', () => eligibilityTokensContract(() => connection.database));
describe('persons and their accounts, on SQLite', () => personAccountsContract(() => connection.database));
describe('test shoppers, on SQLite', () => testShoppersContract(() => connection.database));
describe('claims of archived vouchers, on SQLite', () => claimArchiveContract(() => connection.database));
