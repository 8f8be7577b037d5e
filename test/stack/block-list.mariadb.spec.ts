import { afterAll, beforeAll, describe } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { loadConfig } from '../../src/config/index.js';
import { connect, type Connection } from '../../src/database/connect.js';
import { migrate } from '../../src/database/migrate.js';
import { RATE_LIMIT_ENTITIES } from '../../src/rate-limit/index.js';
import { blockListContract } from '../contract/support/block-list.contract.js';
import { emptyDatabase } from '../support/stack-env.js';

let connection: Connection;

beforeAll(async () => {
  Logger.overrideLogger(false);
  // Only the database is used; the other two addresses complete the set.
  const others = { REDIS_URL: 'redis://127.0.0.1:1/0', KAFKA_BROKERS: '127.0.0.1:1' };
  const config = loadConfig({ NODE_ENV: 'test', DATABASE_URL: await emptyDatabase('blocks'), ...others });
  connection = await connect(config, RATE_LIMIT_ENTITIES);
  await migrate(connection.writer, connection.database.dialect);
});
afterAll(() => connection.database.close());

describe('on MariaDB or MySQL', () => blockListContract(() => connection.database));
