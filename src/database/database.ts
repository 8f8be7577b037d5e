import { SystemClock, type Clock } from '../common/clock.js';
import type { DataSource, EntityManager } from 'typeorm';
import { DIALECTS, type Dialect, type DialectRules } from './dialects.js';

export type { Dialect } from './dialects.js';

/** Injected where statements differ between the databases; everything else stays portable. */
export interface DatabaseSources {
  readonly dialect: Dialect;
  readonly writer: DataSource;
  /** SQLite: a second connection that sees committed data only. Elsewhere the same pool. */
  readonly reader: DataSource;
  /** Whether the server was a node of a Galera cluster when it was first asked. */
  readonly isGalera?: boolean;
  /** Told when the server refuses writes: it was demoted, or set read-only. */
  readonly onReadOnly?: (why: string) => void;
}

const RETRYABLE = new Set(['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'SQLITE_BUSY']);
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'PROTOCOL_CONNECTION_LOST',
  'ER_SERVER_SHUTDOWN',
  'ER_CON_COUNT_ERROR',
  'POOL_CLOSED',
  'ER_CONNECTION_KILLED',
  'UNFIT_SERVER',
  'ER_UNKNOWN_COM_ERROR', // of a Galera node that has lost the majority, or is not ready yet
]);
const READ_ONLY = new Set(['ER_OPTION_PREVENTS_STATEMENT', 'ER_READ_ONLY_MODE']);
const MAX_ATTEMPTS = 6;

/** The driver's error code, wherever TypeORM put it. */
function databaseErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  if (typeof code === 'string') return code;
  return driverError === error ? undefined : databaseErrorCode(driverError);
}

/** The server takes no writes. The first code is also that of other options, so the option's name is looked for. */
const isReadOnly = (error: unknown): boolean =>
  READ_ONLY.has(databaseErrorCode(error) ?? '') &&
  /read[-_ ]?only/i.test(error instanceof Error ? error.message : '');

export const isUnreachable = (error: unknown): boolean => {
  const code = databaseErrorCode(error);
  if ((code !== undefined && UNREACHABLE.has(code)) || isReadOnly(error)) return true;
  const message = error instanceof Error ? error.message : '';
  return /closed state|Connection lost|Pool is closed|server has gone away/i.test(message);
};

/** Data that no table can hold, found before the database was asked. */
export class UnfitDataError extends Error {
  override readonly name = 'UnfitDataError';
}

const DATA_ERRORS = new Set([
  'ER_DUP_ENTRY',
  'ER_DATA_TOO_LONG',
  'ER_TRUNCATED_WRONG_VALUE',
  'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD',
  'ER_WARN_DATA_OUT_OF_RANGE',
  'ER_BAD_NULL_ERROR',
  'ER_NO_REFERENCED_ROW_2',
  'SQLITE_MISMATCH',
  'SQLITE_TOOBIG',
]);

/** The database answered that this data can never be written; anything else may pass when it is tried again. */
export const isDataError = (error: unknown): boolean => {
  if (error instanceof UnfitDataError) return true;
  const code = databaseErrorCode(error);
  return code !== undefined && (DATA_ERRORS.has(code) || code.startsWith('SQLITE_CONSTRAINT'));
};

export const isDuplicateKey = (error: unknown): boolean => {
  const code = databaseErrorCode(error);
  return (
    code === 'ER_DUP_ENTRY' ||
    code === 'SQLITE_CONSTRAINT_PRIMARYKEY' ||
    code === 'SQLITE_CONSTRAINT_UNIQUE' ||
    (code === 'SQLITE_CONSTRAINT' && error instanceof Error && error.message.includes('UNIQUE'))
  );
};

/**
 * The ledger's connections. Reads see committed data only; writes are transactions, retried with jitter on deadlocks
 * and lock timeouts. SQLite has one writer, so there they wait in line.
 */
export class Database {
  private line: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly sources: DatabaseSources,
    private readonly clock: Clock = new SystemClock(),
  ) {}

  get isGalera(): boolean {
    return this.sources.isGalera ?? false;
  }

  get dialect(): Dialect {
    return this.sources.dialect;
  }

  /** For queries outside a transaction. */
  get read(): EntityManager {
    return this.sources.reader.manager;
  }

  /** All of them. */
  get connections(): readonly DataSource[] {
    return [this.sources.reader, this.sources.writer];
  }

  /**
   * Runs `work` in one transaction. `work` may run more than once and must have no effects of its own.
   * @throws what `work` throws, and the driver's error once the retries are used up
   */
  async write<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    if (this.dialect !== 'sqlite') return this.attempt(work);
    const turn = this.line.then(() => this.attempt(work));
    this.line = turn.catch(() => undefined);
    return turn;
  }

  /** Runs reads over one consistent snapshot. */
  async snapshot<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    if (this.dialect === 'sqlite') return this.write(work);
    return this.sources.reader.transaction('REPEATABLE READ', work);
  }

  /** Suffix of a SELECT that waits for, and then holds, the rows it reads against writers. */
  get forShare(): string {
    return this.rules.forShare;
  }

  /** Suffix of a SELECT that takes rows no other runner has taken. */
  get skipLocked(): string {
    return this.rules.skipLocked;
  }

  get forUpdate(): string {
    return this.rules.forUpdate;
  }

  /** `INSERT` that leaves rows with an existing key alone. */
  get insertIgnore(): string {
    return this.rules.insertIgnore;
  }

  /** End of an INSERT of a row that may exist: keeps the greater value of each column. @param key columns of the primary key */
  keepGreater(key: string, columns: readonly string[]): string {
    return this.rules.keepGreater(key, columns);
  }

  /** SQL: the server's clock, ms since 1970, the same for all instances. SQLite has none but that of its process. */
  get now(): string {
    return this.rules.now ?? String(this.clock.now());
  }

  /** The server's clock, ms since 1970. @param on the transaction to ask it in */
  async readClock(on: EntityManager = this.read): Promise<number> {
    const [row]: { now: number | string }[] = await on.query(`SELECT ${this.now} AS now`);
    return Number(row?.now);
  }

  async ping(): Promise<void> {
    await this.read.query('SELECT 1');
  }

  async close(): Promise<void> {
    await this.line;
    await this.sources.writer.destroy();
    if (this.sources.reader !== this.sources.writer) await this.sources.reader.destroy();
  }

  private get rules(): DialectRules {
    return DIALECTS[this.dialect];
  }

  /** A connection that keeps the guard is closed by the server once it is idle, and the pool opens another. */
  private async guarded<T>(
    work: (tx: EntityManager) => Promise<T>,
    { begin, end }: NonNullable<DialectRules['guard']>,
  ): Promise<T> {
    const runner = this.sources.writer.createQueryRunner();
    try {
      await runner.query(begin);
      return await runner.manager.transaction(work);
    } finally {
      await runner.query(end).catch(() => undefined);
      await runner.release();
    }
  }

  private async attempt<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        // READ COMMITTED by the session; SQLite knows one isolation level: with one writer it is serializable.
        return await (this.rules.guard
          ? this.guarded(work, this.rules.guard)
          : this.sources.writer.transaction(work));
      } catch (error) {
        const code = databaseErrorCode(error);
        if (isReadOnly(error)) this.sources.onReadOnly?.(error instanceof Error ? error.message : '');
        if (code === undefined || !RETRYABLE.has(code) || attempt >= MAX_ATTEMPTS) throw error;
        await this.clock.sleepUpTo(10 * 2 ** attempt);
      }
    }
  }
}

/** Runs a statement that changes rows, in a transaction. @returns how many rows it fitted */
export async function affectedRows(
  tx: EntityManager,
  sql: string,
  values: readonly unknown[],
): Promise<number> {
  const result = await tx.queryRunner?.query(sql, [...values], true);
  return Number(result?.affected ?? 0);
}

/** `(?,?,?),(?,?,?)` for a multi-row insert. */
export const placeholders = (rows: number, columns: number): string => {
  const row = `(${Array<string>(columns).fill('?').join(',')})`;
  return Array<string>(rows).fill(row).join(',');
};

/** `?,?,?` for an IN list. */
export const inList = (count: number): string => Array<string>(count).fill('?').join(',');

/** A BIGINT or a COUNT, which drivers return as text where they like, of a column that may be NULL. */
export const numberOrNull = (value: number | string | null): number | null =>
  value === null ? null : Number(value);
