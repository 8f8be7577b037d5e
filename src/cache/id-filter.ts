import { Logger } from '@nestjs/common';
import type { JobLock } from '../jobs/job-lock.js';
import { BloomFilter } from '../common/bloom-filter.js';
import type { Clock } from '../common/clock.js';
import type { KeySource } from './cache.js';
import type { GuardedFamily } from './policies/policies.js';
import type { FilterNews, KnownIds } from './ports/known-ids.js';
import { StoreGuard } from './store-guard.js';

/** How often the present build is looked for, and additions that the store did not take are tried again. */
const LOOK_INTERVAL_MS = 1_000;
/** Additions make the rate of wrong answers grow; after so many, a build is due before its time. */
const ADDITIONS_BEFORE_BUILD = 50_000;
const MAX_OWED = 10_000;
/** A filter has room for so many times the ids that it is built from, and for so many at least. */
const HEADROOM = 2;
const MIN_ENTRIES = 10_000;

export interface IdFilterOptions {
  readonly wrongRate: number;
  readonly maxEntries: number;
  readonly rebuildMs: number;
  readonly timeoutMs: number;
}

/**
 * Which ids of one family may exist: this process's copy of the filter that all instances share.
 *
 * It calls an id unknown only after a look at the shared additions that began after the question, and found the build
 * that it holds still the present one. So an id that was admitted before somebody could ask for it is never unknown,
 * however late a message comes. Looks are shared: a crowd that guesses ids costs one look at a time. Where it cannot look,
 * every id may exist.
 */
export class IdFilter {
  private readonly logger = new Logger('Cache');
  private readonly guard: StoreGuard;
  private filter: BloomFilter | undefined;
  private generation: number | undefined;
  private place: string | undefined;
  private additions = 0;
  private builtAt = -Infinity;
  /** Admitted here, and not yet known to be in the shared additions. */
  private readonly owed = new Set<string>();
  private looking: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  private building: Promise<void> | undefined;
  private failing = false;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly family: GuardedFamily,
    private readonly source: KeySource,
    private readonly shared: KnownIds,
    private readonly lock: JobLock,
    private readonly clock: Clock,
    private readonly options: IdFilterOptions,
  ) {
    this.guard = new StoreGuard(clock, options.timeoutMs);
  }

  start(): void {
    this.timer = setInterval(() => void this.tick(), LOOK_INTERVAL_MS).unref();
    void this.tick();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.building;
  }

  /** Without a look: `false` says nothing yet, see `isUnknown`. */
  has(id: string): boolean {
    return this.filter?.has(id) ?? true;
  }

  /** `true`: certain that the id does not exist. Never rejects. */
  async isUnknown(id: string): Promise<boolean> {
    try {
      await this.lookAfresh();
    } catch {
      return false;
    }
    return this.filter !== undefined && !this.filter.has(id);
  }

  /** Never rejects: what the shared list does not take is tried again. */
  async admit(id: string): Promise<void> {
    // What it has, all have: the builds are the same, and additions that did not arrive are owed.
    if (this.filter?.has(id)) return;
    this.filter?.add(id);
    if (this.owed.size < MAX_OWED) this.owed.add(id);
    await this.payBack([id]).catch(() => undefined);
  }

  /** One look, and a build where one is due. Called by the timer, and by tests. */
  async tick(): Promise<void> {
    try {
      await this.payBack([...this.owed]);
      await this.lookAfresh();
      if (this.isBuildDue()) await this.build();
      this.failing = false;
    } catch (error) {
      if (!this.failing && !this.stopped)
        this.logger.warn(
          { family: this.family, err: error },
          'the filter of ids is not up to date; every id is looked for',
        );
      this.failing = true;
    }
  }

  private isBuildDue(): boolean {
    if (this.filter === undefined || this.additions > ADDITIONS_BEFORE_BUILD) return true;
    return this.clock.monotonic() - this.builtAt > this.options.rebuildMs;
  }

  private async payBack(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      await this.guard.run(() => this.shared.add(this.family, id));
      this.owed.delete(id);
    }
  }

  /** A look that begins now. Whoever asks while one is under way shares the next: that one may have looked too early. */
  private lookAfresh(): Promise<void> {
    if (!this.looking) {
      this.looking = this.look().finally(() => (this.looking = undefined));
      return this.looking;
    }
    this.next ??= this.looking
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.lookAfresh();
      });
    return this.next;
  }

  private async look(): Promise<void> {
    const news = await this.ask(this.place);
    if (!news.head) {
      this.filter = undefined;
      return;
    }
    const { head } = news;
    if (this.filter && head.generation === this.generation) {
      await this.take(this.filter, news);
      return;
    }
    const bits = await this.guard.run(() => this.shared.bits(this.family, head.generation));
    if (!bits) {
      this.filter = undefined;
      return;
    }
    const filter = BloomFilter.from(head.probes, bits);
    this.additions = 0;
    await this.take(filter, await this.ask(head.since));
    for (const id of this.owed) filter.add(id);
    this.generation = head.generation;
    this.builtAt = this.clock.monotonic();
    this.filter = filter;
  }

  private async take(filter: BloomFilter, first: FilterNews): Promise<void> {
    for (let news = first; ; news = await this.ask(news.place)) {
      for (const id of news.added) filter.add(id);
      this.additions += news.added.length;
      this.place = news.place;
      if (!news.more) return;
    }
  }

  private ask(place: string | undefined): Promise<FilterNews> {
    return this.guard.run(() => this.shared.look(this.family, place));
  }

  /** By one instance at a time; the others find its work at their next look. */
  private async build(): Promise<void> {
    if (this.stopped || this.building) return;
    const held = this.filter ? this.generation : undefined;
    const work = this.lock
      .run(`ids-${this.family}`, async () => {
        const { head } = await this.ask(undefined);
        if (head && head.generation !== held) return; // somebody was faster
        await this.buildNow();
      })
      .finally(() => (this.building = undefined));
    this.building = work.then(
      () => undefined,
      () => undefined,
    );
    await work;
    await this.lookAfresh();
  }

  private async buildNow(): Promise<void> {
    const { wrongRate, maxEntries } = this.options;
    const since = await this.guard.run(() => this.shared.place(this.family));
    const count = await this.source.count();
    const entries = Math.min(maxEntries, Math.max(MIN_ENTRIES, HEADROOM * count));
    const filter = BloomFilter.sized(entries, wrongRate);
    for await (const page of this.source.pages()) {
      if (this.stopped) return;
      for (const id of page) filter.add(id);
    }
    const generation = Math.max((this.generation ?? 0) + 1, this.clock.now());
    const head = { generation, probes: filter.probes, since };
    await this.shared.publish(this.family, head, filter.bits);
    this.logger.log(
      { family: this.family, generation, ids: count, bytes: filter.bits.length, probes: filter.probes },
      'filter of ids built',
    );
  }
}
