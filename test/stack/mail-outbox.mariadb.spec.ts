import { afterAll, beforeAll, describe } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createConnection } from 'mysql2/promise';
import { loadConfig } from '../../src/config/index.js';
import { connect, type Connection } from '../../src/database/connect.js';
import { migrate } from '../../src/database/migrate.js';
import { mailOutboxContract } from '../contract/support/mail-outbox.contract.js';

const DATABASE_URL = process.env['DATABASE_URL'];
if (!DATABASE_URL) throw new Error('DATABASE_URL is not set: this suite needs a real MariaDB or MySQL');

/** Of its own, so that neither the epoch nor the rows of another suite are touched. */
const name = `vc_mails_${process.pid}_${Date.now()}`;
let connection: Connection;

async function administer(sql: string): Promise<void> {
  const admin = await createConnection(DATABASE_URL?.replace(/^mariadb:/, 'mysql:') as string);
  await admin.query(sql);
  await admin.end();
}

beforeAll(async () => {
  Logger.overrideLogger(false);
  await administer(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  const url = new URL(DATABASE_URL);
  url.pathname = `/${name}`;
  // Only the database is used; the other two addresses complete the set.
  const others = { REDIS_URL: 'redis://127.0.0.1:1/0', KAFKA_BROKERS: '127.0.0.1:1' };
  connection = await connect(loadConfig({ NODE_ENV: 'test', DATABASE_URL: url.href, ...others }), []);
  await migrate(connection.writer, connection.database.dialect);
});

afterAll(async () => {
  await connection?.database.close();
  await administer(`DROP DATABASE IF EXISTS ${name}`);
});

describe('on MariaDB or MySQL', () => mailOutboxContract(() => connection.database));
