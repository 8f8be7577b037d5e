import { afterAll, beforeAll } from '@jest/globals';
import { loadConfig } from '../../src/config/index.js';
import { connect, type Connection } from '../../src/database/connect.js';
import { migrate } from '../../src/database/migrate.js';
import { idempotencyKeysContract } from '../contract/support/idempotency-keys.contract.js';

const DATABASE_URL = process.env['DATABASE_URL'];
if (!DATABASE_URL) throw new Error('DATABASE_URL is not set: this suite needs a real MariaDB or MySQL');

let connection: Connection;

beforeAll(async () => {
  // Only the database is used; the other two addresses complete the set.
  const others = { REDIS_URL: 'redis://127.0.0.1:1/0', KAFKA_BROKERS: '127.0.0.1:1' };
  connection = await connect(loadConfig({ NODE_ENV: 'test', DATABASE_URL, ...others }), []);
  await migrate(connection.writer, connection.database.dialect);
});

afterAll(() => connection.database.close());

idempotencyKeysContract(() => connection.database);
