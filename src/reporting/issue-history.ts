import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../database/database.js';
import { Clock } from '../common/clock.js';
import { BackgroundPace, endOfLine, isArchiving, sumsOfWindow } from '../claim/index.js';
import { SettledWindows, type Totals } from './settled-windows.js';

/** What the ledger tells of the claims on a voucher, over time. Times are milliseconds since 1970. */
export interface IssueHistory {
  readonly rejected: number;
  /** People who got a unit, by their first ones. */
  readonly users: number;
  readonly firstIssuedAt: number | null;
  readonly lastIssuedAt: number | null;
  readonly lastTakenAt: number | null;
  readonly rate: Rate;
}

/** Claims by buckets of time, one after another without a gap. */
interface Rate {
  readonly bucketS: number;
  /** Start of the first bucket. */
  readonly from: number | null;
  /** Taken at the gate, by the gate's clock. */
  readonly taken: readonly number[];
  /** Written to the ledger. */
  readonly issued: readonly number[];
}

/** Each a multiple of the one before, so that buckets can be joined into wider ones. */
const WIDTHS_S = [1, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400, 604_800];
export const MAX_BUCKETS = 240;

/** Sequence numbers that are looked at in one turn of the event loop. */
const WINDOW = 10_000;
/** Windows of a look that do not give way to claims: of a drop that is followed there are no more to read. */
const WINDOWS_AT_ONCE = 2;
const MAX_VOUCHERS = 200;
/** A window is settled when its last claim is older: no record of an epoch that is over comes as late. */
const SETTLED_MS = 600_000;
/** Looking takes no more than a tenth of the time of one connection, however large the drop and however often it is asked. */
const REST = 10;

/**
 * What is known of one voucher by windows of its sequence numbers. A window all of whose numbers are rows does not change, once none
 * of them waits for its confirmation.
 */
interface Known {
  widthS: number;
  /** Whether the windows that are stored were read. */
  isBegun: boolean;
  /** Whether claims are read in the archive as well. */
  isArchived: boolean;
  readonly full: Map<number, Totals>;
  /** Of `full`: those that are not stored yet. */
  readonly unstored: Set<number>;
  latest?: IssueHistory;
  again: number;
  /** For claims to go first, during the look that is under way. ms */
  waitedMs: number;
  looking?: Promise<IssueHistory> | undefined;
}

/** Reads the history of a drop from the ledger's rows, of which those that are settled are read once. */
@Injectable()
export class IssueHistories {
  private readonly logger = new Logger('IssueHistories');
  private readonly known = new LRUCache<string, Known>({ max: MAX_VOUCHERS });
  private readonly settled: SettledWindows;

  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly pace: BackgroundPace,
  ) {
    this.settled = new SettledWindows(db);
  }

  /** As it is now; of a drop so large that looking takes long, as it was a moment ago. */
  async of(voucherId: string): Promise<IssueHistory> {
    const known: Known = this.known.get(voucherId) ?? {
      widthS: 1,
      isBegun: false,
      isArchived: false,
      full: new Map(),
      unstored: new Set(),
      again: 0,
      waitedMs: 0,
    };
    this.known.set(voucherId, known);
    const began = this.clock.monotonic();
    if (known.latest && began < known.again) return known.latest;
    known.looking ??= this.look(voucherId, known).finally(() => {
      known.looking = undefined;
      const now = this.clock.monotonic();
      known.again = now + REST * (now - began - known.waitedMs);
      known.waitedMs = 0;
    });
    return known.looking;
  }

  private async look(voucherId: string, known: Known): Promise<IssueHistory> {
    if (!known.isBegun) await this.begin(voucherId, known);
    let all = await this.sums(voucherId, known);
    // Asked afterwards: where it is not so now, no claim had been moved while they were read.
    if (!known.isArchived && (await isArchiving(this.db.read, voucherId))) {
      known.isArchived = true;
      for (const window of known.unstored) known.full.delete(window);
      known.unstored.clear();
      all = await this.sums(voucherId, known);
    }
    await this.store(voucherId, known);
    const { rejected, users, firstIssuedAt, lastIssuedAt, lastTakenAt } = all;
    const rate = rateOf(all, known.widthS);
    known.latest = { rejected, users, firstIssuedAt, lastIssuedAt, lastTakenAt, rate };
    return known.latest;
  }

  private async sums(voucherId: string, known: Known): Promise<Totals> {
    const last = await endOfLine(this.db.read, voucherId, known.isArchived);
    const all = nothing();
    const onWait = (ms: number): void => {
      known.waitedMs += ms;
    };
    for (let [window, read] = [0, 0]; window * WINDOW < last; window++) {
      let totals = known.full.get(window);
      if (!totals) {
        const piece = (): Promise<Totals> => this.readWindow(voucherId, window, known);
        totals = await (++read > WINDOWS_AT_ONCE ? this.pace.run('board', piece, { onWait }) : piece());
      }
      join(all, totals, known.widthS);
      while (widen(all, known));
    }
    return all;
  }

  /** Takes the windows that are stored, in the widest of their buckets. */
  private async begin(voucherId: string, known: Known): Promise<void> {
    const stored = await this.settled.of(voucherId);
    known.widthS = Math.max(known.widthS, ...stored.map(({ widthS }) => widthS));
    for (const { window, totals } of stored) {
      const taken = new Map<number, number>();
      const issued = new Map<number, number>();
      pour(totals.taken, taken, known.widthS);
      pour(totals.issued, issued, known.widthS);
      known.full.set(window, { ...totals, taken, issued });
    }
    known.isBegun = true;
  }

  private async readWindow(voucherId: string, window: number, known: Known): Promise<Totals> {
    await new Promise<void>((resolve) => this.clock.soon(resolve));
    const stretch = {
      voucherId,
      after: window * WINDOW,
      to: (window + 1) * WINDOW,
      isArchived: known.isArchived,
    };
    const { numbers, held, ...totals } = await sumsOfWindow(this.db.read, stretch, known.widthS * 1_000);
    if (numbers < WINDOW || held > 0) return totals;
    known.full.set(window, totals);
    known.unstored.add(window);
    return totals;
  }

  /** Stores what is settled by now. The board does without: what could not be stored is tried again with the next look. */
  private async store(voucherId: string, known: Known): Promise<void> {
    const before = this.clock.now() - SETTLED_MS;
    const { widthS } = known;
    for (const window of known.unstored) {
      const totals = known.full.get(window);
      if (!totals || Math.max(totals.lastTakenAt ?? 0, totals.lastIssuedAt ?? 0) >= before) continue;
      try {
        await this.settled.keep(voucherId, { window, widthS, totals });
        known.unstored.delete(window);
      } catch (error) {
        this.logger.debug({ voucherId, err: error }, 'sums of claims could not be stored');
        return;
      }
    }
  }
}

const nothing = (): Totals => ({
  rejected: 0,
  users: 0,
  firstIssuedAt: null,
  lastIssuedAt: null,
  lastTakenAt: null,
  taken: new Map(),
  issued: new Map(),
});

function join(all: Totals, part: Totals, widthS: number): void {
  all.rejected += part.rejected;
  all.users += part.users;
  all.firstIssuedAt = extreme(Math.min, all.firstIssuedAt, part.firstIssuedAt);
  all.lastIssuedAt = extreme(Math.max, all.lastIssuedAt, part.lastIssuedAt);
  all.lastTakenAt = extreme(Math.max, all.lastTakenAt, part.lastTakenAt);
  pour(part.taken, all.taken, widthS);
  pour(part.issued, all.issued, widthS);
}

const extreme = (
  pick: (...values: number[]) => number,
  a: number | null,
  b: number | null,
): number | null => {
  if (a === null || b === null) return a ?? b;
  return pick(a, b);
};

function pour(from: ReadonlyMap<number, number>, into: Map<number, number>, widthS: number): void {
  const widthMs = widthS * 1_000;
  for (const [at, n] of from) {
    const bucket = at - (at % widthMs);
    into.set(bucket, (into.get(bucket) ?? 0) + n);
  }
}

/** @returns the first and the last bucket */
function span({ taken, issued }: Totals): readonly [number, number] | undefined {
  let [first, last] = [Infinity, -Infinity];
  for (const at of [...taken.keys(), ...issued.keys()]) {
    if (at < first) first = at;
    if (at > last) last = at;
  }
  return first <= last ? [first, last] : undefined;
}

/** Takes the next width where there would be too many buckets. @returns whether it did */
function widen(all: Totals, known: Known): boolean {
  const [first, last] = span(all) ?? [0, 0];
  const wider = WIDTHS_S.find((width) => width > known.widthS);
  if (wider === undefined || (last - first) / (known.widthS * 1_000) < MAX_BUCKETS) return false;
  known.widthS = wider;
  for (const counts of [all.taken, all.issued, ...fullCounts(known)]) {
    const old = [...counts];
    counts.clear();
    pour(new Map(old), counts, wider);
  }
  return true;
}

const fullCounts = ({ full }: Known): Map<number, number>[] =>
  [...full.values()].flatMap(({ taken, issued }) => [taken, issued]);

/** The last buckets, where even the widest are too many. */
function rateOf(all: Totals, widthS: number): Rate {
  const ends = span(all);
  if (!ends) return { bucketS: widthS, from: null, taken: [], issued: [] };
  const widthMs = widthS * 1_000;
  const from = Math.max(ends[0], ends[1] - (MAX_BUCKETS - 1) * widthMs);
  const length = (ends[1] - from) / widthMs + 1;
  const series = (counts: ReadonlyMap<number, number>): number[] =>
    Array.from({ length }, (_none, index) => counts.get(from + index * widthMs) ?? 0);
  return { bucketS: widthS, from, taken: series(all.taken), issued: series(all.issued) };
}
