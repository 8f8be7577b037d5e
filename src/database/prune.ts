import { affectedRows, inList, type Database } from './database.js';

/** Rows of one transaction: short beside those of a drop that runs. */
export const PRUNE_ROWS = 500;
/** Of one run, so that the lock of the job is not held for hours where a large table is pruned for the first time. */
const BATCHES_MAX = 200;

/** Rows that nobody needs any more. Table and columns are names of the schema, never input. */
export interface Prunable {
  readonly table: string;
  readonly key: string;
  /** The condition, along an index. */
  readonly where: string;
  readonly values: readonly unknown[];
  /** The column of that index: the rows go in its order. */
  readonly by: string;
}

/**
 * Deletes rows in short transactions, PRUNE_ROWS at a time, and at most a bounded number a run: the next run goes on.
 * The condition is looked at again in the deletion: a row may have changed since it was read.
 * @returns how many rows went
 */
export function pruneRows(db: Database, { table, key, where, values, by }: Prunable): Promise<number> {
  return inBatches(async () => {
    const rows: { readonly id: string }[] = await db.read.query(
      `SELECT ${key} AS id FROM ${table} WHERE ${where} ORDER BY ${by} LIMIT ${PRUNE_ROWS}`,
      [...values],
    );
    if (rows.length === 0) return 0;
    return db.write((tx) =>
      affectedRows(tx, `DELETE FROM ${table} WHERE ${key} IN (${inList(rows.length)}) AND (${where})`, [
        ...rows.map(({ id }) => id),
        ...values,
      ]),
    );
  });
}

/**
 * For rows that do not go alone.
 * @param removeSome removes up to PRUNE_ROWS in one transaction, and says how many; fewer end the run
 * @returns how many went
 */
export async function inBatches(removeSome: () => Promise<number>): Promise<number> {
  let removed = 0;
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    const some = await removeSome();
    removed += some;
    if (some < PRUNE_ROWS) break;
  }
  return removed;
}
