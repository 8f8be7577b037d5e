import { afterAll, beforeAll, describe } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { rm } from 'node:fs/promises';
import { loadConfig } from '../../src/config/index.js';
import { connect, releaseFolder, type Connection } from '../../src/database/connect.js';
import { migrate } from '../../src/database/migrate.js';
import { newDataDir, TEST_ENV } from '../support/app.js';
import { mailOutboxContract } from './support/mail-outbox.contract.js';
import { messagesContract } from './support/messages.contract.js';
import { noticesContract } from './support/notices.contract.js';

let folder: string;
let connection: Connection;

beforeAll(async () => {
  Logger.overrideLogger(false);
  folder = await newDataDir();
  connection = await connect(loadConfig({ ...TEST_ENV, DATA_DIR: folder }), []);
  await migrate(connection.writer, connection.database.dialect);
});

afterAll(async () => {
  await connection.database.close();
  releaseFolder(folder);
  await rm(folder, { recursive: true, force: true });
});

describe('on SQLite', () => mailOutboxContract(() => connection.database));

describe('mails about vouchers, on SQLite', () => noticesContract(() => connection.database));

describe('messages of merchants, on SQLite', () => messagesContract(() => connection.database));
