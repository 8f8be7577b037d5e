import type { EntityManager } from 'typeorm';
import type { Dialect } from '../database/database.js';
import { LISTED_STATUSES, STATUS_OF_VOUCHER } from '../claim/index.js';

/** Numbers of a voucher's line. */
export interface NumberSpan {
  /** Behind it. */
  readonly after: number;
  readonly to: number;
}

/** Entries of the status index, by status. */
export type StatusCounts = ReadonlyMap<string, number>;

interface Row {
  readonly status: string;
  readonly n: number | string;
}

/** All entries of a voucher, whatever they say. */
export async function indexedOf(tx: EntityManager, voucherId: string): Promise<StatusCounts> {
  return countsOf(
    await tx.query<Row[]>(
      'SELECT status, COUNT(*) AS n FROM claim_status_index WHERE voucher_id = ? GROUP BY status',
      [voucherId],
    ),
  );
}

/** Those of claims in a stretch of the line. */
export async function indexedBetween(
  tx: EntityManager,
  { voucherId, dialect, span }: { voucherId: string; dialect: Dialect; span: NumberSpan },
): Promise<StatusCounts> {
  const statuses = LISTED_STATUSES.map((status) => `'${status}'`).join(', ');
  // `IN (?, '')` as in the keyset: with `=` MariaDB would walk over all entries of the voucher.
  return countsOf(
    await tx.query<Row[]>(
      `SELECT status, COUNT(*) AS n FROM ${STATUS_OF_VOUCHER.from({ dialect })}
        WHERE voucher_id IN (?, '') AND status IN (${statuses}) AND sequence > ? AND sequence <= ? GROUP BY status`,
      [voucherId, span.after, span.to],
    ),
  );
}

const countsOf = (rows: readonly Row[]): StatusCounts =>
  new Map(rows.map(({ status, n }) => [status, Number(n)]));
