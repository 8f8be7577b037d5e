import type { EntityManager } from 'typeorm';

/** The rows of `packed_claims` are numbered. */
export interface PackedNumbers {
  /** The highest of a row that is there; 0 where there is none. */
  readonly last: number;
  /** The highest that the column takes. */
  readonly most: number;
}

const MOST_OF_INT = 2 ** 32 - 1;

/** Of MariaDB and MySQL. Costs the same however many rows there are. */
export async function packedNumbers(db: EntityManager): Promise<PackedNumbers> {
  const [row] = await db.query<{ last: number | string | null }[]>(
    'SELECT MAX(n) AS last FROM packed_claims',
  );
  const [column] = await db.query<{ type: string }[]>(
    `SELECT data_type AS type FROM information_schema.columns
      WHERE table_schema = DATABASE() AND table_name = 'packed_claims' AND column_name = 'n'`,
  );
  return {
    last: Number(row?.last ?? 0),
    most: column?.type === 'int' ? MOST_OF_INT : Number.MAX_SAFE_INTEGER,
  };
}
