import { afterAll, beforeAll } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { rm } from 'node:fs/promises';
import { loadConfig } from '../../src/config/index.js';
import { connect, releaseFolder, type Connection } from '../../src/database/connect.js';
import type { Database } from '../../src/database/database.js';
import { migrate } from '../../src/database/migrate.js';
import { ENTITIES } from '../../src/wiring/options.js';
import { newDataDir, TEST_ENV } from './app.js';

/** What a suite has once its `beforeAll` has run. */
interface OwnFile {
  readonly connection: Connection;
  readonly database: Database;
}

/** A migrated SQLite file for the suite that calls this at its top. */
export function ownFile(): OwnFile {
  let folder = '';
  let connection: Connection | undefined;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    folder = await newDataDir();
    connection = await connect(loadConfig({ ...TEST_ENV, DATA_DIR: folder }), ENTITIES);
    await migrate(connection.writer, connection.database.dialect);
  });
  afterAll(async () => {
    await connection?.database.close();
    releaseFolder(folder);
    await rm(folder, { recursive: true, force: true });
  });
  const connected = (): Connection => {
    if (!connection) throw new Error('the database is there once beforeAll has run');
    return connection;
  };
  return {
    get connection() {
      return connected();
    },
    get database() {
      return connected().database;
    },
  };
}
