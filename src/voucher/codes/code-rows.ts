import type { EntityManager } from 'typeorm';
import type { Database } from '../../database/database.js';

/** Imported codes of a voucher, as counts. */
export interface CodeCounts {
  readonly codes: number;
  /** Claims that got one, cancelled ones among them. */
  readonly given: number;
  /** Of cancelled claims: their holders have seen them, so nobody else gets them. */
  readonly retired: number;
  /** Milliseconds since 1970. */
  readonly updatedAt: number;
}

interface Row {
  readonly codes: number;
  readonly given: number;
  readonly retired: number;
  readonly updated_at: number | string;
}

/** @param suffix of the SELECT, where the row is to be held */
export async function codeCounts(
  tx: EntityManager,
  voucherId: string,
  suffix = '',
): Promise<CodeCounts | undefined> {
  const [row]: Row[] = await tx.query(
    `SELECT codes, given, retired, updated_at FROM code_lists WHERE voucher_id = ?${suffix}`,
    [voucherId],
  );
  return (
    row && {
      codes: Number(row.codes),
      given: Number(row.given),
      retired: Number(row.retired),
      updatedAt: Number(row.updated_at),
    }
  );
}

/** Units that a voucher with imported codes can have. */
export const usableCodes = (counts: CodeCounts | undefined): number =>
  counts ? counts.codes - counts.retired : 0;

/**
 * By how much the total of a voucher may grow, or how many issued claims may be cancelled, until its codes do not suffice any more. Holds
 * the list until the transaction ends: whoever takes of what is spare comes one after the other.
 */
export async function spareCodes(db: Database, tx: EntityManager, voucherId: string): Promise<number> {
  const counts = await codeCounts(tx, voucherId, db.forUpdate);
  const [stock]: { total: number }[] = await tx.query(
    'SELECT total FROM voucher_stock WHERE voucher_id = ?',
    [voucherId],
  );
  return usableCodes(counts) - Number(stock?.total ?? 0);
}

export async function removeCodes(tx: EntityManager, voucherId: string): Promise<void> {
  await tx.query('DELETE FROM voucher_codes WHERE voucher_id = ?', [voucherId]);
  await tx.query('DELETE FROM code_lists WHERE voucher_id = ?', [voucherId]);
}
