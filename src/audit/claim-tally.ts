import type { EntityManager } from 'typeorm';
import type { Dialect } from '../database/database.js';
import {
  CLAIM_PLACES,
  CLAIMS_BY_HOLDER,
  CLAIMS_BY_SEQUENCE,
  isLive,
  LISTED,
  LISTED_STATUSES,
  LIVE,
} from '../claim/index.js';
import { RANGE, type Proved, type ReadRange } from './proved-ranges.js';
import { indexedBetween, indexedOf, type NumberSpan, type StatusCounts } from './status-tally.js';

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
  /** Entries of the status index. */
  readonly indexed: number;
}

interface Asked {
  readonly voucherId: string;
  readonly perUserLimit: number;
  /** The gate's sequence. */
  readonly numberedUpTo: number;
  readonly dialect: Dialect;
  /** Whether claims are in the archive as well, by the snapshot that all is read in. Then no range is proved: all are read. */
  readonly isArchived?: boolean;
  /** Ranges that need not be read. */
  readonly proved: Proved['ranges'];
  readonly signal?: AbortSignal | undefined;
  /** Told the share of the work that is done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
  /** Numbers that one statement reads; a multiple of `range`. */
  readonly piece?: number;
  readonly range?: number;
}

type Sums = Record<Exclude<keyof ClaimTally, 'usersAboveLimit' | 'indexed'>, number>;

const SUMS = ['live', 'numbered', 'everIssued', 'givenBack', 'held', 'listed', 'repeated'] as const;

const counted = (condition: string): string => `SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END)`;

/**
 * Reads each claim on a voucher whose range is not proved twice, in the order of the line and as one of its user's, in pieces.
 * @returns the sums of all claims, and what was read
 * @throws the signal's reason, between two pieces
 */
export async function tallyClaims(
  tx: EntityManager,
  whole: Asked,
): Promise<{ readonly tally: ClaimTally; readonly read: readonly ReadRange[] }> {
  const { voucherId, range = RANGE } = whole;
  let end = -1;
  for (const { table } of placesOf(whole)) {
    const [last] = await tx.query<{ sequence: number | string }[]>(
      `SELECT sequence FROM ${table} WHERE voucher_id = ? ORDER BY sequence DESC LIMIT 1`,
      [voucherId],
    );
    end = Math.max(end, Number(last?.sequence ?? -1));
  }
  const lastRange = Math.floor(end / range);
  // Where the end of the line was lost, the ranges behind it are not what they were.
  const proved = new Map(whole.isArchived ? [] : [...whole.proved].filter(([no]) => no < lastRange));
  const asked = { ...whole, proved };
  const spans = spansOf(lastRange, asked);
  const { sums, read } = await sumsBySequence(tx, asked, { spans, lastRange });
  const indexed = await indexedOf(tx, voucherId);
  // The last range is always read, and what the index has behind it belongs to nothing that is proved.
  const unread = spans.map((span, index) =>
    index < spans.length - 1 ? span : { ...span, to: Number.MAX_SAFE_INTEGER },
  );
  await addProved(tx, asked, { sums, indexed, unread });
  // Most of them: one walk in the order of the users is cheaper than a look for each.
  const isMost = proved.size < read.length;
  const claims = read.reduce((sum, each) => sum + each.claims, 0);
  const usersAboveLimit = await (isMost ? usersAbove(tx, asked, claims) : usersAboveAmong(tx, asked, spans));
  const entries = [...indexed.values()].reduce((sum, n) => sum + n, 0);
  return { tally: { ...sums, usersAboveLimit, indexed: entries }, read };
}

const placesOf = ({ isArchived = false }: Pick<Asked, 'isArchived'>) =>
  isArchived ? CLAIM_PLACES : CLAIM_PLACES.slice(0, 1);

/** SQL of claims that are read, for `FROM`: of the archive as well where there are some. */
function rowsIn(
  asked: Pick<Asked, 'isArchived' | 'dialect'>,
  by: 'bySequence' | 'byHolder',
  columns: string,
  { where, values }: { readonly where: string; readonly values: readonly unknown[] },
): readonly [sql: string, values: unknown[]] {
  const { dialect } = asked;
  const parts = placesOf(asked).map(
    (place) =>
      `SELECT ${columns} FROM ${place[by].from({ dialect })} WHERE ${place[by].list({ dialect })} AND ${where}`,
  );
  return [`(${parts.join(' UNION ALL ')}) s`, parts.flatMap(() => values)];
}

/** Stretches of the line that lie together, none longer than a piece; the ends of ranges are no ends of spans. */
function spansOf(
  lastRange: number,
  { proved, piece = PIECE, range = RANGE }: Pick<Asked, 'proved' | 'piece' | 'range'>,
): NumberSpan[] {
  const spans: { after: number; to: number }[] = [];
  for (let no = 0; no <= lastRange; no++) {
    if (proved.has(no)) continue;
    const [after, to] = [no * range - 1, (no + 1) * range - 1];
    const last = spans.at(-1);
    if (last?.to === after && to - last.after <= piece) last.to = to;
    else spans.push({ after, to });
  }
  return spans;
}

async function sumsBySequence(
  tx: EntityManager,
  asked: Asked,
  { spans, lastRange }: { readonly spans: readonly NumberSpan[]; readonly lastRange: number },
): Promise<{ readonly sums: Sums; readonly read: ReadRange[] }> {
  const { voucherId, numberedUpTo, dialect, signal, onProgress, range = RANGE } = asked;
  const sums: Sums = { live: 0, numbered: 0, everIssued: 0, givenBack: 0, held: 0, listed: 0, repeated: 0 };
  const read: ReadRange[] = [];
  for (const [index, { after, to }] of spans.entries()) {
    signal?.throwIfAborted();
    const [from, values] = asked.isArchived
      ? rowsIn(asked, 'bySequence', 'sequence, epoch, status, issued_at, created_at', {
          where: 'sequence > ? AND sequence <= ?',
          values: [voucherId, after, to],
        })
      : [
          `${CLAIMS_BY_SEQUENCE.from({ dialect })} WHERE ${CLAIMS_BY_SEQUENCE.list({ dialect })} AND sequence > ? AND sequence <= ?`,
          [voucherId, after, to],
        ];
    const found = await tx.query<Record<keyof Sums | 'begins' | 'claims' | 'lastAt', number | string>[]>(
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
    for (const row of found) {
      for (const name of SUMS) sums[name] += Number(row[name]);
      const no = Number(row.begins) / range;
      read.push({
        no,
        claims: Number(row.claims),
        everIssued: Number(row.everIssued),
        held: Number(row.held),
        lastAt: Number(row.lastAt),
        isFull: no < lastRange,
      });
    }
    onProgress?.((index + 1) / spans.length / 2);
  }
  return { sums, read };
}

/** Of the proved ranges: what they had, and what the status index says has become of it. */
async function addProved(
  tx: EntityManager,
  { voucherId, dialect, proved }: Asked,
  into: { readonly sums: Sums; readonly indexed: StatusCounts; readonly unread: readonly NumberSpan[] },
): Promise<void> {
  if (proved.size === 0) return;
  const { sums, indexed, unread } = into;
  const listed = new Map(LISTED_STATUSES.map((status) => [status as string, indexed.get(status) ?? 0]));
  for (const span of unread) {
    const ofRead = await indexedBetween(tx, { voucherId, dialect, span });
    for (const [status, n] of ofRead) listed.set(status, (listed.get(status) ?? 0) - n);
  }
  const among = (is: (status: string) => boolean): number =>
    [...listed].reduce((sum, [status, n]) => sum + (is(status) ? n : 0), 0);
  const claims = [...proved.values()].reduce((sum, range) => sum + range.claims, 0);
  const live = claims - among((status) => !isLive(status));
  sums.live += live;
  sums.numbered += live;
  sums.everIssued += [...proved.values()].reduce((sum, { everIssued }) => sum + everIssued, 0);
  sums.givenBack += among((status) => status === 'cancelled' || status === 'released');
  sums.held += among((status) => status === 'held');
  sums.listed += among(() => true);
}

/** All users, in their order. */
async function usersAbove(tx: EntityManager, asked: Asked, claims: number): Promise<number> {
  const { voucherId, perUserLimit, dialect, signal, onProgress, piece = PIECE } = asked;
  const place = { dialect };
  let above = 0;
  for (let [after, walked] = ['', 0]; ; walked += piece) {
    signal?.throwIfAborted();
    // Of two places the piece ends where the first one of them ends.
    let end: { readonly user_id: string } | undefined;
    for (const { byHolder } of placesOf(asked)) {
      const [there] = await tx.query<{ user_id: string }[]>(
        `SELECT user_id FROM ${byHolder.from(place)} WHERE ${byHolder.list(place)} AND user_id > ?
          ORDER BY ${byHolder.order(place)} LIMIT 1 OFFSET ${piece - 1}`,
        [voucherId, after],
      );
      if (there && (end === undefined || there.user_id < end.user_id)) end = there;
    }
    const where = `user_id > ?${end === undefined ? '' : ' AND user_id <= ?'} AND ${LIVE}`;
    const some = [voucherId, after, ...(end === undefined ? [] : [end.user_id])];
    const [from, values] = asked.isArchived
      ? rowsIn(asked, 'byHolder', 'user_id', { where, values: some })
      : [`${CLAIMS_BY_HOLDER.from(place)} WHERE ${CLAIMS_BY_HOLDER.list(place)} AND ${where}`, some];
    const [found] = await tx.query<{ n: number | string }[]>(
      `SELECT COUNT(*) AS n FROM (SELECT user_id FROM ${from} GROUP BY user_id HAVING COUNT(*) > ?) above`,
      [...values, perUserLimit],
    );
    above += Number(found?.n ?? 0);
    if (end === undefined) return above;
    onProgress?.(0.5 + Math.min(1, (walked + piece) / claims) / 2);
    after = end.user_id;
  }
}

/** Users with a claim in one of the spans; all their claims count. The tables are joined in the order that they are written in. */
async function usersAboveAmong(
  tx: EntityManager,
  { voucherId, perUserLimit, dialect, signal, onProgress }: Asked,
  spans: readonly NumberSpan[],
): Promise<number> {
  const join = dialect === 'sqlite' ? 'CROSS JOIN' : 'STRAIGHT_JOIN';
  const above = new Set<string>();
  for (const [index, { after, to }] of spans.entries()) {
    signal?.throwIfAborted();
    const found = await tx.query<{ userId: string }[]>(
      `SELECT c.user_id AS userId
         FROM (SELECT DISTINCT user_id FROM ${CLAIMS_BY_SEQUENCE.from({ dialect })}
                WHERE ${CLAIMS_BY_SEQUENCE.list({ dialect })} AND sequence > ? AND sequence <= ?) u
         ${join} ${CLAIMS_BY_HOLDER.from({ dialect, alias: 'c' })} ON c.voucher_id = ? AND c.user_id = u.user_id
        WHERE c.${LIVE} GROUP BY c.user_id HAVING COUNT(*) > ?`,
      [voucherId, after, to, voucherId, perUserLimit],
    );
    for (const { userId } of found) above.add(userId);
    onProgress?.(0.5 + (index + 1) / spans.length / 2);
  }
  return above.size;
}
