import type { Logger } from 'typeorm';
import type { Database } from '../../src/database/database.js';

export type Statement = readonly [sql: string, values: readonly unknown[]];

/**
 * The statements that `work` reads with, whichever connection of the pool they take.
 * @param of `all`: those of transactions as well, with their begin and end
 */
export async function statementsOf(
  database: Database,
  work: () => Promise<unknown>,
  of: 'reads' | 'all' = 'reads',
): Promise<Statement[]> {
  const sources = new Set([database.read.connection]);
  if (of === 'all') sources.add(await database.write((tx) => Promise.resolve(tx.connection)));
  const found: Statement[] = [];
  const ignore = (): void => undefined;
  const before = [...sources].map((source) => [source, source.logger] as const);
  const logger: Logger = {
    logQuery: (sql, values) => void found.push([sql, Array.isArray(values) ? values : []]),
    logQueryError: ignore,
    logQuerySlow: ignore,
    logSchemaBuild: ignore,
    logMigration: ignore,
    log: ignore,
  };
  for (const source of sources) source.logger = logger;
  try {
    await work();
  } finally {
    for (const [source, its] of before) source.logger = its;
  }
  return found;
}
