import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import libsql from 'libsql';
import { DataSource, type DataSourceOptions, type MixedList } from 'typeorm';
import type { Config, Tls } from '../config/index.js';
import { SystemClock } from '../common/clock.js';
import { Database } from './database.js';
import { judgeServer } from './dialects.js';
import { serverFacts, ServerSessions } from './server-sessions.js';
import { migrations } from '../../migrations/index.js';

const logger = new Logger('Database');

type Entities = MixedList<() => unknown>;

export interface Connection {
  readonly database: Database;
  readonly writer: DataSource;
}

/**
 * Opens the database: MariaDB or MySQL by its address, else the SQLite file of embedded mode.
 * @throws the driver's error where the database cannot be reached or the file is in use by another process
 */
export async function connect(config: Config, entities: readonly unknown[]): Promise<Connection> {
  const list = entities as unknown as Entities;
  return config.stack ? connectServer(config, config.stack.databaseUrl, list) : connectFile(config, list);
}

async function connectServer(config: Config, url: string, entities: Entities): Promise<Connection> {
  const scheme = url.startsWith('mysql:') ? 'mysql' : 'mariadb';
  const writer = await new DataSource({
    type: scheme,
    url,
    entities,
    migrations,
    migrationsTransactionMode: 'each',
    charset: 'utf8mb4',
    poolSize: config.DATABASE_POOL_SIZE,
    connectTimeout: 5_000,
    ...(config.stack?.databaseTls ? { ssl: tlsOptions(config.stack.databaseTls) } : {}),
    // `trace` captures a stack at each query, for an error that says where it was asked; TypeORM's own error says that.
    extra: {
      waitForConnections: true,
      queueLimit: 10_000,
      maxIdle: config.DATABASE_POOL_SIZE,
      trace: false,
    },
  }).initialize();
  try {
    const facts = await serverFacts(writer);
    const { dialect, warnings } = judgeServer(scheme, facts);
    for (const warning of warnings) logger.warn(warning);
    const sessions = new ServerSessions(writer, scheme, dialect);
    await sessions.prepare();
    const onReadOnly = (why: string): void => sessions.leave(why);
    return {
      writer,
      database: new Database({
        dialect,
        writer,
        reader: writer,
        isGalera: facts.galeraNodes > 0,
        onReadOnly,
      }),
    };
  } catch (error) {
    await writer.destroy(); // an open pool keeps the process alive
    throw error;
  }
}

/** The driver compares the certificate's name only where it is asked to. */
const tlsOptions = ({ ca, cert, key }: Tls) => ({
  rejectUnauthorized: true,
  verifyIdentity: true,
  ...(ca === undefined ? {} : { ca }),
  ...(cert === undefined ? {} : { cert, key }),
});

interface Pragmas {
  pragma(text: string): unknown;
  exec(text: string): unknown;
}

async function connectFile(config: Config, entities: Entities): Promise<Connection> {
  makeFolder(resolve(config.DATA_DIR));
  holdFolder(config.DATA_DIR);
  const options = {
    type: 'better-sqlite3',
    driver: libsql,
    database: join(config.DATA_DIR, 'voucherconnect.db'),
    entities,
    migrations,
    migrationsTransactionMode: 'each',
    prepareDatabase: (db: Pragmas) => {
      db.exec('PRAGMA journal_mode = WAL');
      db.exec(`PRAGMA synchronous = ${config.SQLITE_SYNCHRONOUS.toUpperCase()}`);
      db.exec('PRAGMA foreign_keys = ON');
      db.exec('PRAGMA busy_timeout = 5000');
    },
  } as unknown as DataSourceOptions;
  const writer = await new DataSource(options).initialize();
  const reader = await new DataSource({ ...options, migrations: [] }).initialize();
  return {
    writer,
    database: new Database({ dialect: 'sqlite', writer, reader }, new SystemClock(config.CLOCK_OFFSET_MS)),
  };
}

/** One folder after the other: `recursive` never ends where a file system such as /proc takes none. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // made by another process meanwhile
  }
}

/** Locks of this process, kept open for its life: the system frees them on any kind of death. */
const held = new Map<string, { close(): void }>();

/**
 * Two processes on one folder would be two gates over one stock. An exclusive transaction on a file beside the database
 * is a lock that a kill -9 cannot leave behind.
 */
function holdFolder(folder: string): void {
  if (held.has(folder)) return;
  const lock = new (libsql as unknown as new (path: string) => Pragmas & { close(): void })(
    join(folder, 'lock.db'),
  );
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new Error(`the data folder ${folder} is in use by another process`, { cause });
  }
  held.set(folder, lock);
}

/** Gives the folder back; for tests that start and stop embedded mode in one process. */
export function releaseFolder(folder: string): void {
  held.get(folder)?.close();
  held.delete(folder);
}
