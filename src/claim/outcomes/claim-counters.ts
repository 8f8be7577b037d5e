import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../common/clock.js';
import { newId } from '../../common/ids.js';
import { ClaimCountsStore, type ClaimCounts } from './claim-counts.js';
import { BUCKETS, bucketOf } from './latencies.js';
import { ACCEPTED, OUTCOMES, REPLAYED, type Outcome } from './outcomes.js';

const FLUSH_MS = 1_000;
/** Vouchers that are claimed at the same time; one more forgets the one not claimed for longest. */
const MAX_VOUCHERS = 5_000;

/** What this process counted of one voucher since it knows it. */
class VoucherCounters {
  readonly outcomes = new Float64Array(OUTCOMES.length);
  readonly accepted = new Float64Array(BUCKETS);
  readonly refused = new Float64Array(BUCKETS);
  changed = false;

  constructor(readonly writer: string) {}

  get counts(): ClaimCounts {
    const counted = OUTCOMES.filter(({ index }) => this.outcomes[index] !== 0);
    return {
      outcomes: Object.fromEntries(counted.map(({ index, name }) => [name, this.outcomes[index] ?? 0])),
      accepted: trimmed(this.accepted),
      refused: trimmed(this.refused),
    };
  }
}

/**
 * Counts the answers to claims by voucher, for its merchant's board. On the way of a claim it costs one look into a map and two
 * additions; once a second the sums go to the store that all instances share (docs/adr/0030).
 */
@Injectable()
export class ClaimCounters implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Board');
  private readonly counters = new LRUCache<string, VoucherCounters>({ max: MAX_VOUCHERS });
  private stop: (() => void) | undefined;
  private flushing: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: ClaimCountsStore,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.stop = this.clock.every(FLUSH_MS, () => void this.flush());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stop?.();
    await this.flush();
  }

  /**
   * Anybody can ask for any id, so a voucher is counted from the first answer on that only one that exists can get.
   * @param ms time it took to answer
   */
  count(voucherId: string, outcome: Outcome, ms: number): void {
    const counters = this.counters.get(voucherId) ?? (outcome.proves ? this.begin(voucherId) : undefined);
    if (!counters) return;
    counters.changed = true;
    add(counters.outcomes, outcome.index);
    add(outcome === ACCEPTED || outcome === REPLAYED ? counters.accepted : counters.refused, bucketOf(ms));
  }

  /** Brings what was counted by now to the store. Never throws: what could not be written is written next time. */
  async flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.write());
    return this.flushing;
  }

  private begin(voucherId: string): VoucherCounters {
    // A name for each beginning: a voucher that was forgotten here and comes back must not overwrite its earlier sums.
    const counters = new VoucherCounters(newId('evt', this.clock.now()));
    this.counters.set(voucherId, counters);
    return counters;
  }

  private async write(): Promise<void> {
    const changed = [...this.counters.entries()].filter(([, counters]) => counters.changed);
    if (changed.length === 0) return;
    const parts = changed.map(([voucherId, counters]) => {
      counters.changed = false;
      return { voucherId, writer: counters.writer, counts: counters.counts };
    });
    try {
      await this.store.write(parts);
    } catch (error) {
      for (const [, counters] of changed) counters.changed = true;
      this.logger.debug({ err: error }, 'the counts of claims could not be written; they are next time');
    }
  }
}

const add = (counts: Float64Array, index: number): void => {
  counts[index] = (counts[index] ?? 0) + 1;
};

/** Without the zeros at the end. */
function trimmed(counts: Float64Array): number[] {
  const end = counts.findLastIndex((n) => n > 0) + 1;
  return [...counts.subarray(0, end)];
}
