import type { EntityManager } from 'typeorm';
import type { Dialect } from '../database/database.js';
import {
  CLAIM_SUMS,
  type ClaimSums,
  countUsersAbove,
  endOfPiece,
  isLive,
  endOfLine,
  LISTED_STATUSES,
  sumsOfRanges,
  usersAboveInStretch,
} from '../claim/index.js';
import { RANGE, type Proved, type ReadRange } from './proved-ranges.js';
import { indexedBetween, indexedOf, type NumberSpan, type StatusCounts } from './status-tally.js';

/** Claims that one statement reads: between two the audit can be ended, and waits while claims go first. */
const PIECE = 10_000;

/** What the equations need to know of a voucher's rows. */
export interface ClaimTally extends ClaimSums {
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
  /** Runs each piece when it is its turn. */
  readonly paced?: Paced | undefined;
  /** Told the share of the work that is done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
  /** Numbers that one statement reads; a multiple of `range`. */
  readonly piece?: number;
  readonly range?: number;
}

/** Runs a piece of an audit, sooner or later. */
export type Paced = <T>(piece: () => Promise<T>) => Promise<T>;
export const AT_ONCE: Paced = (piece) => piece();

type Sums = Record<keyof ClaimSums, number>;

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
  const end = await endOfLine(tx, voucherId, whole.isArchived ?? false);
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
  const { numberedUpTo, signal, paced = AT_ONCE, onProgress, range = RANGE } = asked;
  const sums: Sums = { live: 0, numbered: 0, everIssued: 0, givenBack: 0, held: 0, listed: 0, repeated: 0 };
  const read: ReadRange[] = [];
  for (const [index, { after, to }] of spans.entries()) {
    signal?.throwIfAborted();
    const found = await paced(() => sumsOfRanges(tx, asked, { after, to, range, numberedUpTo }));
    for (const row of found) {
      for (const name of CLAIM_SUMS) sums[name] += row[name];
      const { begins, claims, everIssued, held, lastAt } = row;
      const no = begins / range;
      read.push({ no, claims, everIssued, held, lastAt, isFull: no < lastRange });
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
  const { perUserLimit: limit, signal, paced = AT_ONCE, onProgress, piece = PIECE } = asked;
  let above = 0;
  for (let [after, walked] = ['', 0]; ; walked += piece) {
    signal?.throwIfAborted();
    const from = after;
    const { end, found } = await paced(async () => {
      const to = await endOfPiece(tx, asked, { after: from, piece });
      return { end: to, found: await countUsersAbove(tx, asked, { after: from, to, limit }) };
    });
    above += found;
    if (end === undefined) return above;
    onProgress?.(0.5 + Math.min(1, (walked + piece) / claims) / 2);
    after = end;
  }
}

/** Users with a claim in one of the spans; all their claims count. */
async function usersAboveAmong(
  tx: EntityManager,
  asked: Asked,
  spans: readonly NumberSpan[],
): Promise<number> {
  const { perUserLimit: limit, signal, paced = AT_ONCE, onProgress } = asked;
  const above = new Set<string>();
  for (const [index, { after, to }] of spans.entries()) {
    signal?.throwIfAborted();
    const found = await paced(() => usersAboveInStretch(tx, asked, { after, to, limit }));
    for (const userId of found) above.add(userId);
    onProgress?.(0.5 + (index + 1) / spans.length / 2);
  }
  return above.size;
}
