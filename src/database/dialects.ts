import { isBelow, UnfitServerError } from '../common/unfit-server.js';

export type Dialect = 'sqlite' | 'mariadb' | 'mysql';

/** What differs between the databases: what each parses, and what it means there (docs/adr/0053). */
export interface DialectRules {
  /** Suffix of a SELECT that waits for, and then holds, the rows it reads against writers. */
  readonly forShare: string;
  readonly forUpdate: string;
  /** Suffix of a SELECT that takes rows no other runner has taken. */
  readonly skipLocked: string;
  /** `INSERT` that leaves rows with an existing key alone. */
  readonly insertIgnore: string;
  /** Of an INSERT of a row that may exist: keeps the greater value of each column. */
  readonly keepGreater: (key: string, columns: readonly string[]) => string;
  /** The server's clock, ms since 1970; left out where there is no server. */
  readonly now?: string;
  /** Statements of every new connection. */
  readonly session: readonly string[];
  /** Around each write transaction, where the server cannot be told once and for all to end one that is idle. */
  readonly guard?: { readonly begin: string; readonly end: string };
}

/** Our transactions wait for nothing but the database; one that is silent for so long belongs to a process that was stopped. */
const IDLE_TRANSACTION_S = 5;

/** Two statements fewer in each transaction than with the level named every time. */
const READ_COMMITTED = 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED';

const SERVER = {
  now: `TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000`,
  // `FOR SHARE` is MySQL's alone, `LOCK IN SHARE MODE` is parsed by both.
  forShare: ' LOCK IN SHARE MODE',
  forUpdate: ' FOR UPDATE',
  skipLocked: ' FOR UPDATE SKIP LOCKED',
  insertIgnore: 'INSERT IGNORE INTO',
  // `VALUES()` is parsed by both; MySQL's newer row alias is not by MariaDB.
  keepGreater: (_key: string, columns: readonly string[]) =>
    `ON DUPLICATE KEY UPDATE ${columns.map((name) => `${name} = GREATEST(${name}, VALUES(${name}))`).join(', ')}`,
};

export const DIALECTS: Readonly<Record<Dialect, DialectRules>> = {
  // One writer at a time: there is nobody to lock rows against.
  sqlite: {
    forShare: '',
    forUpdate: '',
    skipLocked: '',
    insertIgnore: 'INSERT OR IGNORE INTO',
    keepGreater: (key, columns) =>
      `ON CONFLICT (${key}) DO UPDATE SET ${columns.map((name) => `${name} = MAX(${name}, excluded.${name})`).join(', ')}`,
    session: [],
  },
  mariadb: {
    ...SERVER,
    session: [READ_COMMITTED, `SET SESSION idle_transaction_timeout = ${IDLE_TRANSACTION_S}`],
  },
  // It has no limit for idle transactions alone. `wait_timeout` ends every connection that is idle, so it is short only within one.
  mysql: {
    ...SERVER,
    session: [READ_COMMITTED],
    guard: {
      begin: `SET SESSION wait_timeout = ${IDLE_TRANSACTION_S}`,
      end: 'SET SESSION wait_timeout = @@GLOBAL.wait_timeout',
    },
  },
};

/** The oldest that know `SKIP LOCKED`. */
const OLDEST: Readonly<Record<'mariadb' | 'mysql', readonly [number, number, number]>> = {
  mariadb: [10, 6, 0],
  mysql: [8, 0, 1],
};

/** What a server says of itself. */
export interface ServerFacts {
  /** `SELECT VERSION()`, as `10.11.6-MariaDB-log`, `9.1.0`. */
  readonly version: string;
  readonly readOnly: boolean;
  /** Nodes of its Galera cluster; 0 where it is in none. */
  readonly galeraNodes: number;
}

/**
 * @returns the dialect that the server speaks, whatever its address begins with, and what is unwise about it
 * @throws UnfitServerError
 */
export function judgeServer(
  scheme: string,
  { version, readOnly, galeraNodes }: ServerFacts,
): { readonly dialect: 'mariadb' | 'mysql'; readonly warnings: readonly string[] } {
  const dialect = /mariadb/i.test(version) ? 'mariadb' : 'mysql';
  const name = dialect === 'mariadb' ? 'MariaDB' : 'MySQL';
  const oldest = OLDEST[dialect];
  const numbers = /^(?:5\.5\.5-)?(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [];
  if (isBelow(numbers, oldest))
    throw new UnfitServerError(
      `${name} ${version} is too old: it lacks SKIP LOCKED; use ${name} ${oldest.join('.')} or later`,
    );
  if (readOnly)
    throw new UnfitServerError(
      `the server at DATABASE_URL is read-only (@@read_only): it is a replica, or was set so; name the primary`,
    );
  const warnings: string[] = [];
  if (scheme !== dialect)
    warnings.push(
      `DATABASE_URL begins with ${scheme}:// but the server is ${name} ${version}: treated as ${name}`,
    );
  if (galeraNodes > 1)
    warnings.push(
      `the database is a Galera cluster of ${galeraNodes} nodes: locks of rows and GET_LOCK hold on one node alone, so all instances must write to the same node`,
    );
  return { dialect, warnings };
}
