import { afterAll, beforeAll } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { prepareClaimRows } from '../../src/claim/index.js';
import { loadConfig, type Config } from '../../src/config/index.js';
import { connect, type Connection } from '../../src/database/connect.js';
import type { Database } from '../../src/database/database.js';
import { migrate } from '../../src/database/migrate.js';
import { emptyDatabase } from './stack-env.js';

/** What a suite has once its `beforeAll` has run. */
export interface OwnDatabase {
  readonly url: string;
  readonly connection: Connection;
  readonly database: Database;
}

/**
 * A migrated database on the stack's MariaDB or MySQL for the suite that calls this at its top, so that neither the epoch nor the rows of
 * another suite are touched.
 * @param how form of the rows of claims
 */
export function ownDatabase(
  name: string,
  entities: readonly unknown[] = [],
  { rows = 'text' }: { readonly rows?: Config['CLAIM_ROWS'] } = {},
): OwnDatabase {
  let url = '';
  let connection: Connection | undefined;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    url = await emptyDatabase(name);
    // Only the database is used; the other two addresses complete the set.
    const others = { REDIS_URL: 'redis://127.0.0.1:1/0', KAFKA_BROKERS: '127.0.0.1:1' };
    connection = await connect(loadConfig({ NODE_ENV: 'test', DATABASE_URL: url, ...others }), entities);
    await migrate(connection.writer, connection.database.dialect);
    await prepareClaimRows(connection.database, { CLAIM_ROWS: rows });
  });
  afterAll(() => connection?.database.close());

  const connected = (): Connection => {
    if (!connection) throw new Error('the database is there once beforeAll has run');
    return connection;
  };
  return {
    get url() {
      return url;
    },
    get connection() {
      return connected();
    },
    get database() {
      return connected().database;
    },
  };
}
