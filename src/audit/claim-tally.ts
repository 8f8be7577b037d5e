import type { EntityManager } from 'typeorm';
import type { Dialect } from '../database/database.js';
import { CLAIMS_BY_HOLDER, CLAIMS_BY_SEQUENCE, LISTED, LIVE } from '../claim/index.js';

/** Claims that one statement reads: between two the audit can be ended, and no statement runs for minutes. */
const PIECE = 50_000;

/** What the equations need to know of a voucher's rows. */
export interface ClaimTally {
  readonly live: number;
  /** Live, and numbered by the gate by the time of its snapshot. */
  readonly numbered: number;
  readonly everIssued: number;
  readonly givenBack: number;
  readonly held: number;
  /** That have an entry in the status index. */
  readonly listed: number;
  /** Numbers of the gate that more than one row of an epoch has. */
  readonly repeated: number;
  readonly usersAboveLimit: number;
}

interface Asked {
  readonly voucherId: string;
  readonly perUserLimit: number;
  /** The gate's sequence. */
  readonly numberedUpTo: number;
  readonly dialect: Dialect;
  readonly signal?: AbortSignal | undefined;
  readonly piece?: number;
}

type Sums = Record<Exclude<keyof ClaimTally, 'usersAboveLimit'>, number>;

const SUMS = ['live', 'numbered', 'everIssued', 'givenBack', 'held', 'listed', 'repeated'] as const;

/**
 * Reads each claim on a voucher twice, in the order of the line and in that of the users, in pieces.
 * @throws the signal's reason, between two pieces
 */
export async function tallyClaims(tx: EntityManager, asked: Asked): Promise<ClaimTally> {
  const sums = await sumsBySequence(tx, asked);
  return { ...sums, usersAboveLimit: await usersAboveLimit(tx, asked) };
}

async function sumsBySequence(tx: EntityManager, asked: Asked): Promise<Sums> {
  const { voucherId, numberedUpTo, dialect, signal, piece = PIECE } = asked;
  const sums: Sums = { live: 0, numbered: 0, everIssued: 0, givenBack: 0, held: 0, listed: 0, repeated: 0 };
  const [last] = await tx.query<{ sequence: number | string }[]>(
    'SELECT sequence FROM claims WHERE voucher_id = ? ORDER BY sequence DESC LIMIT 1',
    [voucherId],
  );
  const counted = (condition: string): string => `SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END)`;
  for (let from = -1; from < Number(last?.sequence ?? -1); from += piece) {
    signal?.throwIfAborted();
    const [found] = await tx.query<Record<keyof Sums, number | string | null>[]>(
      `SELECT SUM(p.live) AS live, SUM(p.numbered) AS numbered, SUM(p.ever) AS everIssued, SUM(p.back) AS givenBack,
              SUM(p.held) AS held, SUM(p.listed) AS listed, ${counted('p.n > 1')} AS repeated
         FROM (SELECT COUNT(*) AS n, ${counted(LIVE)} AS live, ${counted(`${LIVE} AND sequence <= ?`)} AS numbered,
                      ${counted('issued_at IS NOT NULL')} AS ever, ${counted(`status IN ('cancelled', 'released')`)} AS back,
                      ${counted(`status = 'held'`)} AS held, ${counted(LISTED)} AS listed
                 FROM ${CLAIMS_BY_SEQUENCE.from({ dialect })}
                WHERE ${CLAIMS_BY_SEQUENCE.list({ dialect })} AND sequence > ? AND sequence <= ?
                GROUP BY epoch, sequence) p`,
      [numberedUpTo, voucherId, from, from + piece],
    );
    for (const name of SUMS) sums[name] += Number(found?.[name] ?? 0);
  }
  return sums;
}

async function usersAboveLimit(tx: EntityManager, asked: Asked): Promise<number> {
  const { voucherId, perUserLimit, dialect, signal, piece = PIECE } = asked;
  const place = { dialect };
  let above = 0;
  for (let after = ''; ;) {
    signal?.throwIfAborted();
    const [end] = await tx.query<{ user_id: string }[]>(
      `SELECT user_id FROM ${CLAIMS_BY_HOLDER.from(place)} WHERE ${CLAIMS_BY_HOLDER.list(place)} AND user_id > ?
        ORDER BY ${CLAIMS_BY_HOLDER.order(place)} LIMIT 1 OFFSET ${piece - 1}`,
      [voucherId, after],
    );
    const upTo = end === undefined ? '' : ' AND user_id <= ?';
    const [found] = await tx.query<{ n: number | string }[]>(
      `SELECT COUNT(*) AS n FROM (
         SELECT user_id FROM ${CLAIMS_BY_HOLDER.from(place)}
          WHERE ${CLAIMS_BY_HOLDER.list(place)} AND user_id > ?${upTo} AND ${LIVE}
          GROUP BY user_id HAVING COUNT(*) > ?) above`,
      [voucherId, after, ...(end === undefined ? [] : [end.user_id]), perUserLimit],
    );
    above += Number(found?.n ?? 0);
    if (end === undefined) return above;
    after = end.user_id;
  }
}
