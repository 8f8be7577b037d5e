import type { EntityManager } from 'typeorm';

/** The highest that rows of `packed_claims` can have where `n` has 32 bits (docs/adr/0117). */
export const MOST_OF_32_BITS = 2 ** 32 - 1;

/** The highest number of a row that is there; 0 where there is none. Of MariaDB and MySQL. Costs the same however many rows there are. */
export async function lastPackedNumber(db: EntityManager): Promise<number> {
  const [row] = await db.query<{ last: number | string | null }[]>(
    'SELECT MAX(n) AS last FROM packed_claims',
  );
  return Number(row?.last ?? 0);
}

/** Whether the rows are numbered by 32 bits, and not by 64. */
export async function areNumbersShort(db: EntityManager): Promise<boolean> {
  const [column] = await db.query<{ type: string }[]>(
    `SELECT data_type AS type FROM information_schema.columns
      WHERE table_schema = DATABASE() AND table_name = 'packed_claims' AND column_name = 'n'`,
  );
  return column?.type === 'int';
}
