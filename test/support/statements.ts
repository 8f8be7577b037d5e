import type { Logger } from 'typeorm';
import type { Database } from '../../src/database/database.js';

export type Statement = readonly [sql: string, values: readonly unknown[]];

/** The statements that `work` reads with, whichever connection of the pool they take. */
export async function statementsOf(database: Database, work: () => Promise<unknown>): Promise<Statement[]> {
  const source = database.read.connection;
  const found: Statement[] = [];
  const ignore = (): void => undefined;
  const before = source.logger;
  const logger: Logger = {
    logQuery: (sql, values) => void found.push([sql, Array.isArray(values) ? values : []]),
    logQueryError: ignore,
    logQuerySlow: ignore,
    logSchemaBuild: ignore,
    logMigration: ignore,
    log: ignore,
  };
  source.logger = logger;
  try {
    await work();
  } finally {
    source.logger = before;
  }
  return found;
}
