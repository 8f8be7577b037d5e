import type { EntityManager } from 'typeorm';
import type { Dialect } from '../../../database/database.js';
import { ClaimColumns, LISTED, LIVE } from './claim-columns.js';
import type { RawRow } from './claim-columns.js';
import { placeOf, placesOf, type ClaimPlace } from './claim-places.js';

/** Whose claims an audit reads, all of them in one snapshot. */
export interface Audited {
  readonly voucherId: string;
  readonly dialect: Dialect;
  /** Whether claims are in the archive as well. */
  readonly isArchived?: boolean | undefined;
}

/** What claims add up to, as far as the equations of an audit ask. */
export interface ClaimSums {
  readonly live: number;
  /** Live, and of a number that the gate had given by then. */
  readonly numbered: number;
  readonly everIssued: number;
  readonly givenBack: number;
  readonly held: number;
  /** That have an entry in the status index. */
  readonly listed: number;
  /** Numbers that more than one row of an epoch has. */
  readonly repeated: number;
}

export const CLAIM_SUMS = [
  'live',
  'numbered',
  'everIssued',
  'givenBack',
  'held',
  'listed',
  'repeated',
] as const satisfies readonly (keyof ClaimSums)[];

/** Of one range of the line. */
interface RangeSums extends ClaimSums {
  /** The first number of the range. */
  readonly begins: number;
  readonly claims: number;
  /** When the last one was taken. */
  readonly lastAt: number;
}

const HOLDER = new ClaimColumns('userId');

const RANGE_SUMS = [
  ...CLAIM_SUMS,
  'begins',
  'claims',
  'lastAt',
] as const satisfies readonly (keyof RangeSums)[];

const counted = (condition: string): string => `SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END)`;

/** SQL of claims that are read, for `FROM`: of the archive as well where there are some. */
function rowsIn(
  tx: EntityManager,
  { voucherId, isArchived = false, dialect }: Audited,
  by: 'bySequence' | 'byHolder',
  columns: string,
  { where, values }: { readonly where: string; readonly values: (place: ClaimPlace) => readonly unknown[] },
): readonly [sql: string, values: unknown[]] {
  const places = placesOf(tx, voucherId, isArchived);
  const parts = places.map(
    (place) => `${place[by].from({ dialect })} WHERE ${place[by].list({ dialect })} AND ${where}`,
  );
  const all = places.flatMap((place) => [place.voucher(voucherId), ...values(place)]);
  if (parts.length < 2) return [parts.join(''), all];
  const both = parts.map((part) => `SELECT ${columns} FROM ${part}`).join(' UNION ALL ');
  return [`(${both}) s`, all];
}

/** Sums of each range of a stretch of the line. @param range numbers that a range has. @param numberedUpTo by the gate */
export async function sumsOfRanges(
  tx: EntityManager,
  audited: Audited,
  {
    after,
    to,
    range,
    numberedUpTo,
  }: { readonly after: number; readonly to: number; readonly range: number; readonly numberedUpTo: number },
): Promise<RangeSums[]> {
  const columns = 'sequence, epoch, status, issued_at, created_at';
  const [from, values] = rowsIn(tx, audited, 'bySequence', columns, {
    where: 'sequence > ? AND sequence <= ?',
    values: () => [after, to],
  });
  const found = await tx.query<Record<keyof RangeSums, number | string>[]>(
    `SELECT p.begins AS begins, SUM(p.n) AS claims, SUM(p.live) AS live, SUM(p.numbered) AS numbered, SUM(p.ever) AS everIssued,
            SUM(p.back) AS givenBack, SUM(p.held) AS held, SUM(p.listed) AS listed, ${counted('p.n > 1')} AS repeated,
            MAX(p.last_at) AS lastAt
       FROM (SELECT sequence - sequence % ${range} AS begins, COUNT(*) AS n, ${counted(LIVE)} AS live,
                    ${counted(`${LIVE} AND sequence <= ?`)} AS numbered, ${counted('issued_at IS NOT NULL')} AS ever,
                    ${counted(`status IN ('cancelled', 'released')`)} AS back, ${counted(`status = 'held'`)} AS held,
                    ${counted(LISTED)} AS listed, MAX(created_at) AS last_at
               FROM ${from}
              GROUP BY epoch, sequence) p
      GROUP BY p.begins`,
    [numberedUpTo, ...values],
  );
  return found.map(
    (row) => Object.fromEntries(RANGE_SUMS.map((name) => [name, Number(row[name])])) as unknown as RangeSums,
  );
}

/**
 * Where a walk through the claims of the users, in their order, has come `piece` claims further; `undefined` where fewer are left. Of two
 * places a piece ends where the first one of them ends.
 */
export async function endOfPiece(
  tx: EntityManager,
  { voucherId, dialect, isArchived = false }: Audited,
  { after, piece }: { readonly after: string; readonly piece: number },
): Promise<string | undefined> {
  const at = { dialect };
  let end: string | undefined;
  for (const place of placesOf(tx, voucherId, isArchived)) {
    const { byHolder } = place;
    const [there] = await tx.query<RawRow[]>(
      `SELECT user_id FROM ${byHolder.from(at)} WHERE ${byHolder.list(at)} AND user_id > ?
        ORDER BY ${byHolder.order(at)} LIMIT 1 OFFSET ${piece - 1}`,
      [place.voucher(voucherId), place.user(after)],
    );
    if (!there) continue;
    const { userId } = HOLDER.row(there);
    if (end === undefined || userId < end) end = userId;
  }
  return end;
}

/**
 * How many users behind one, up to another, have more than `limit` units. The index has all claims, but not which of them are live: rows,
 * each on a page of its own, are read where a user has claims enough.
 */
export async function countUsersAbove(
  tx: EntityManager,
  audited: Audited,
  { after, to, limit }: { readonly after: string; readonly to: string | undefined; readonly limit: number },
): Promise<number> {
  const count = async (condition: string): Promise<number> => {
    const [from, values] = rowsIn(tx, audited, 'byHolder', 'user_id', {
      where: `user_id > ?${to === undefined ? '' : ' AND user_id <= ?'}${condition}`,
      values: ({ user }) => [user(after), ...(to === undefined ? [] : [user(to)])],
    });
    const [found] = await tx.query<{ n: number | string }[]>(
      `SELECT COUNT(*) AS n FROM (SELECT user_id FROM ${from} GROUP BY user_id HAVING COUNT(*) > ?) above`,
      [...values, limit],
    );
    return Number(found?.n ?? 0);
  };
  return (await count('')) === 0 ? 0 : count(` AND ${LIVE}`);
}

/**
 * Users with a claim in a stretch of the line who have more than `limit` units; all their claims count, those of the archive do not. The tables are
 * joined in the order that they are written in. As `countUsersAbove`, it reads rows of users only where one has claims enough.
 */
export async function usersAboveInStretch(
  tx: EntityManager,
  { voucherId, dialect }: Audited,
  { after, to, limit }: { readonly after: number; readonly to: number; readonly limit: number },
): Promise<string[]> {
  const join = dialect === 'sqlite' ? 'CROSS JOIN' : 'STRAIGHT_JOIN';
  const { bySequence, byHolder, voucher } = placeOf(tx, voucherId, 'claims');
  const above = async (condition: string): Promise<string[]> => {
    const found = await tx.query<RawRow[]>(
      `SELECT c.user_id AS user_id
         FROM (SELECT DISTINCT user_id FROM ${bySequence.from({ dialect })}
                WHERE ${bySequence.list({ dialect })} AND sequence > ? AND sequence <= ?) u
         ${join} ${byHolder.from({ dialect, alias: 'c' })} ON c.voucher_id = ? AND c.user_id = u.user_id
        ${condition} GROUP BY c.user_id HAVING COUNT(*) > ?`,
      [voucher(voucherId), after, to, voucher(voucherId), limit],
    );
    return HOLDER.rows(found).map(({ userId }) => userId);
  };
  return (await above('')).length === 0 ? [] : above(`WHERE c.${LIVE}`);
}
