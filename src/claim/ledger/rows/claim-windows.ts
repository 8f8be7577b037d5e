import type { EntityManager } from 'typeorm';
import { placesOf } from './claim-places.js';

/** A stretch of a voucher's line, whose claims are counted. */
export interface LineWindow {
  readonly voucherId: string;
  readonly after: number;
  readonly to: number;
  /** Whether claims are in the archive as well. */
  readonly isArchived: boolean;
}

/** What the claims of a stretch add up to. Times in ms since 1970. */
export interface WindowSums {
  /** Numbers of the line that are rows. */
  readonly numbers: number;
  readonly held: number;
  readonly rejected: number;
  /** People who got a unit, by their first ones. */
  readonly users: number;
  readonly firstIssuedAt: number | null;
  readonly lastIssuedAt: number | null;
  readonly lastTakenAt: number | null;
  /** Claims that were not rejected, by the begin of the bucket in which they were taken, and issued. */
  readonly taken: Map<number, number>;
  readonly issued: Map<number, number>;
}

/** Sums of a stretch. @param bucketMs the width of the buckets */
export async function sumsOfWindow(
  db: EntityManager,
  window: LineWindow,
  bucketMs: number,
): Promise<WindowSums> {
  const { voucherId, after, to, isArchived } = window;
  const places = placesOf(db, voucherId, isArchived);
  const [first] = places;
  const among = places.map(
    ({ table }) =>
      `SELECT sequence, status, ordinal, issued_at, created_at FROM ${table}
        WHERE voucher_id = ? AND sequence > ? AND sequence <= ?`,
  );
  // Both places in one statement: a claim that moves meanwhile is in one of them.
  const where =
    places.length > 1
      ? `FROM (${among.join(' UNION ALL ')}) c WHERE 1 = 1`
      : `FROM ${first?.table} WHERE voucher_id = ? AND sequence > ? AND sequence <= ?`;
  const range = places.flatMap(({ voucher }) => [voucher(voucherId), after, to]);
  const [row] = await db.query<Record<string, number | string | null>[]>(
    `SELECT COUNT(DISTINCT sequence) AS numbers, SUM(CASE WHEN status = 'held' THEN 1 ELSE 0 END) AS held,
            SUM(CASE WHEN status = 'rejected' THEN 1 ELSE 0 END) AS rejected,
            SUM(CASE WHEN status <> 'rejected' AND ordinal = 1 THEN 1 ELSE 0 END) AS users,
            MIN(issued_at) AS first_issued, MAX(issued_at) AS last_issued,
            MAX(CASE WHEN status <> 'rejected' THEN created_at END) AS last_taken ${where}`,
    range,
  );
  const counted = async (column: 'created_at' | 'issued_at'): Promise<Map<number, number>> => {
    const rows = await db.query<{ at: number | string; n: number | string }[]>(
      `SELECT ${column} - ${column} % ? AS at, COUNT(*) AS n ${where} AND status <> 'rejected' AND ${column} IS NOT NULL GROUP BY at`,
      [bucketMs, ...range],
    );
    return new Map(rows.map(({ at, n }) => [Number(at), Number(n)]));
  };
  return {
    numbers: Number(row?.['numbers'] ?? 0),
    held: Number(row?.['held'] ?? 0),
    rejected: Number(row?.['rejected'] ?? 0),
    users: Number(row?.['users'] ?? 0),
    firstIssuedAt: timeOrNull(row?.['first_issued']),
    lastIssuedAt: timeOrNull(row?.['last_issued']),
    lastTakenAt: timeOrNull(row?.['last_taken']),
    taken: await counted('created_at'),
    issued: await counted('issued_at'),
  };
}

const timeOrNull = (value: number | string | null | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);
