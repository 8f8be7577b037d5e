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
  { rows = 'auto' }: { readonly rows?: Config['CLAIM_ROWS'] } = {},
): OwnDatabase {
  let url = '';
  let connection: Connection | undefined;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    url = await emptyDatabase(name);
    connection = await connectTo(url, entities);
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

// Only the database is used; the other two addresses complete the set.
const connectTo = (url: string, entities: readonly unknown[]): Promise<Connection> =>
  connect(
    loadConfig({
      NODE_ENV: 'test',
      DATABASE_URL: url,
      REDIS_URL: 'redis://127.0.0.1:1/0',
      KAFKA_BROKERS: '127.0.0.1:1',
    }),
    entities,
  );

/** The same database as another process has it. */
export function secondConnection(
  url: () => string,
  entities: readonly unknown[],
): Pick<OwnDatabase, 'database'> {
  let connection: Connection | undefined;
  beforeAll(async () => {
    connection = await connectTo(url(), entities);
  });
  afterAll(() => connection?.database.close());
  return {
    get database() {
      if (!connection) throw new Error('the database is there once beforeAll has run');
      return connection.database;
    },
  };
}

/** As it was after the migrations. */
export async function emptyTables({ read }: Database): Promise<void> {
  const tables: { name: string }[] = await read.query(
    `SELECT table_name AS name FROM information_schema.tables
      WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND table_name NOT IN ('migrations', 'gate_epoch')`,
  );
  for (const { name } of tables) await read.query(`DELETE FROM \`${name}\``);
  await read.query('UPDATE gate_epoch SET claims_packed_from = NULL, claims_packing = NULL WHERE id = 1');
}
