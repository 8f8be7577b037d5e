import type { Pool, RowDataPacket } from 'mysql2/promise';
import { setTimeout as delay } from 'node:timers/promises';

/** SQL: the list of rows that an UPDATE of claims names. */
const NUMBERS = `SUBSTRING_INDEX(sql_text, 'n IN (', -1)`;

interface Statement extends RowDataPacket {
  readonly thread: string | number;
  /** Microseconds since 1970. */
  readonly began: string | number;
  readonly took: string | number;
  readonly changed: string | number;
  readonly head: string;
  readonly claims: string | number;
  readonly marked: string | number;
}

/** One transaction of the application as the database's server saw it. */
export interface Transaction {
  readonly ms: number;
  /** Rows that its statements changed, as far as the server says; 0 on MySQL. */
  readonly rows: number;
  /** Claims that it moved. */
  readonly claims: number;
}

/** Sessions that were in use end their statements with the old settings. */
const SETTLE_MS = 500;

/**
 * Transactions as the server timed them: it writes every statement into its table of slow queries, with the thread, the time to the
 * microsecond and how long it took. Other sources of the servers are coarser, or want an option at the start.
 */
export class Transactions {
  constructor(
    private readonly database: Pool,
    private readonly server: 'mariadb' | 'mysql',
  ) {}

  /** Before the application connects: a session keeps the settings of its begin. */
  async prepare(): Promise<void> {
    await this.set('log_output', "'TABLE'");
    await this.set('long_query_time', '0');
    // Else MariaDB leaves out those that no filter names.
    if (this.server === 'mariadb') await this.set('log_slow_filter', "''");
    await this.set('slow_query_log', '1');
  }

  /** Forgets what the application did so far. */
  async begin(): Promise<void> {
    await this.database.query('TRUNCATE mysql.slow_log');
  }

  /**
   * Ends the writing.
   * @param mark text that a statement of the wanted transactions has
   * @returns those with the mark that began and ended meanwhile
   */
  async end(mark: string): Promise<Transaction[]> {
    await this.set('slow_query_log', '0');
    await this.set('long_query_time', 'DEFAULT');
    await delay(SETTLE_MS);
    const [statements] = await this.database.query<Statement[]>(
      `SELECT thread_id AS thread, CAST(UNIX_TIMESTAMP(start_time) * 1000000 AS UNSIGNED) AS began,
              TIME_TO_SEC(query_time) * 1000000 + MICROSECOND(query_time) AS took,
              ${this.server === 'mariadb' ? 'rows_affected' : '0'} AS changed,
              LEFT(CONVERT(sql_text USING utf8mb4), 20) AS head,
              CASE WHEN sql_text LIKE 'UPDATE packed_claims SET status%'
                THEN LENGTH(${NUMBERS}) - LENGTH(REPLACE(${NUMBERS}, ',', '')) + 1 ELSE 0 END AS claims,
              LOCATE(?, sql_text) AS marked
         FROM mysql.slow_log`,
      [mark],
    );
    await this.database.query('TRUNCATE mysql.slow_log');
    return transactionsOf(statements);
  }

  private async set(name: string, value: string): Promise<void> {
    await this.database.query(`SET GLOBAL ${name} = ${value}`);
  }
}

function transactionsOf(statements: readonly Statement[]): Transaction[] {
  const open = new Map<string, { began: number; rows: number; claims: number; marked: boolean }>();
  const found: Transaction[] = [];
  for (const statement of statements) {
    const thread = String(statement.thread);
    const head = statement.head.trim().toUpperCase();
    if (head.startsWith('START TRANSACTION') || head === 'BEGIN') {
      open.set(thread, { began: Number(statement.began), rows: 0, claims: 0, marked: false });
      continue;
    }
    const under = open.get(thread);
    if (!under) continue;
    under.rows += Number(statement.changed);
    under.claims += Number(statement.claims);
    under.marked ||= Number(statement.marked) > 0;
    if (head !== 'COMMIT' && head !== 'ROLLBACK') continue;
    open.delete(thread);
    const ended = Number(statement.began) + Number(statement.took);
    if (under.marked && head === 'COMMIT')
      found.push({ ms: (ended - under.began) / 1_000, rows: under.rows, claims: under.claims });
  }
  return found;
}
