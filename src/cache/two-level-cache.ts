import {
  Inject,
  Injectable,
  Logger,
  Optional,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { JobLock } from '../jobs/job-lock.js';
import { Broadcast } from '../broadcast/broadcast.js';
import { Metrics } from '../observability/metrics.js';
import { Clock } from '../common/clock.js';
import type { MaybePromise } from '../common/maybe-promise.js';
import { InstanceId } from '../common/instance-id.js';
import { Cache, type KeySource } from './cache.js';
import { IdFilter } from './id-filter.js';
import { Levels, LEVELS, type Answer, type Family, type Load, type Walk } from './levels.js';
import { LocalLevel, type LoadToken } from './local-level.js';
import {
  cachePolicies,
  type CacheFamily,
  type CachePolicy,
  type EmptiedFamily,
  type GuardedFamily,
} from './policies/policies.js';
import { KnownIds } from './ports/known-ids.js';
import { SharedCacheStore } from './ports/shared-cache-store.js';
import { SharedLevel, type SharedName } from './shared-level.js';

const CHANNEL = 'cache';
/** A stale value whose rebuild failed, or is done elsewhere, is looked after again so much later. */
const REBUILD_AGAIN_MS = 200;

interface Flight {
  readonly token: LoadToken;
  readonly answer: Promise<Answer>;
}

/** What one instance tells the others; without `key` it is the whole family. */
interface Dropped {
  readonly from: string;
  readonly family: CacheFamily;
  readonly key?: string;
  /** Wall clock of the sender. */
  readonly at: number;
}

/** In process, then Redis where there is one, then the loader. */
@Injectable()
export class TwoLevelCache
  extends Cache
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  private readonly logger = new Logger('Cache');
  private readonly families: Readonly<Record<CacheFamily, Family>>;
  private readonly local: LocalLevel;
  private readonly shared: SharedLevel | undefined;
  private readonly levels: Levels;
  private readonly flights = new Map<string, Flight>();
  private readonly rebuilds = new Map<string, LoadToken>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly metrics: Metrics,
    private readonly broadcast: Broadcast,
    private readonly clock: Clock,
    private readonly jobLock: JobLock,
    private readonly knownIds: KnownIds,
    private readonly instance: InstanceId,
    @Optional() store?: SharedCacheStore,
  ) {
    super();
    this.local = new LocalLevel(config.CACHE_LOCAL_ENTRIES, clock);
    this.shared = store && new SharedLevel(store, clock, config.CACHE_SHARED_TIMEOUT_MS);
    this.levels = new Levels(this.local, metrics, config.CACHE_LOCK_WAIT_MS);
    const policies = cachePolicies(config);
    const family = (name: CacheFamily) => this.family(name, policies[name]);
    this.families = {
      voucher: family('voucher'),
      merchant: family('merchant'),
      'voucher-list': family('voucher-list'),
      page: family('page'),
      availability: family('availability'),
    };
    broadcast.subscribe(CHANNEL, (message) => this.heard(message));
  }

  /** Entries held in process, for tests and diagnosis. */
  get localEntries(): number {
    return this.local.size;
  }

  get<T>(familyName: CacheFamily, key: string, load: () => Promise<T | null>): MaybePromise<T | null> {
    const family = this.families[familyName];
    const name = localName(family, key);
    const now = this.clock.monotonic();
    const entry = this.local.find(name, now);
    if (!entry) return this.fetch(family, key, name, load) as Promise<T | null>;
    const fresh = now < entry.freshUntil;
    if (!fresh && now >= entry.rebuildFrom) {
      entry.rebuildFrom = now + REBUILD_AGAIN_MS;
      this.rebuildBehind(family, key, name, load);
    }
    family.count[fresh ? 'local' : 'local-stale'].inc();
    return entry.value as T | null;
  }

  async invalidate(familyName: CacheFamily, key: string): Promise<void> {
    const family = this.families[familyName];
    // Whatever changes may exist. So a key whose admission was lost heals with its next change.
    await family.filter?.admit(key);
    this.drop(family, key);
    if (family.shared) {
      await family.shared.invalidate(sharedName(family, key).stamp, family.policy.shared, async () => {
        // The broadcast of a change made while Redis was away was lost with it.
        this.drop(family, key);
        await this.announce(familyName, key);
      });
      // A read between the two may have fetched the old value from Redis.
      this.drop(family, key);
    }
    await this.announce(familyName, key);
  }

  async invalidateAll(familyName: EmptiedFamily): Promise<void> {
    const family = this.families[familyName];
    family.generation += 1;
    if (family.shared) {
      await family.shared.invalidate(sharedName(family, '').stamp, family.policy.shared, async () => {
        family.generation += 1;
        await this.announce(familyName);
      });
      family.generation += 1;
    }
    await this.announce(familyName);
  }

  answers(): Promise<boolean> {
    return this.shared?.answers() ?? Promise.resolve(true);
  }

  guard(familyName: GuardedFamily, source: KeySource): void {
    const { config } = this;
    this.families[familyName].filter = new IdFilter(
      familyName,
      source,
      this.knownIds,
      this.jobLock,
      this.clock,
      {
        wrongRate: config.CACHE_FILTER_WRONG_RATE,
        maxEntries: config.CACHE_FILTER_MAX_ENTRIES,
        rebuildMs: config.CACHE_FILTER_REBUILD_MS,
        timeoutMs: config.CACHE_SHARED_TIMEOUT_MS,
      },
    );
  }

  async admit(familyName: GuardedFamily, key: string): Promise<void> {
    await this.families[familyName].filter?.admit(key);
  }

  onApplicationBootstrap(): void {
    for (const { filter } of Object.values(this.families)) filter?.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const { filter } of Object.values(this.families)) await filter?.stop();
  }

  onApplicationShutdown(): void {
    this.shared?.stop();
  }

  private family(name: CacheFamily, policy: CachePolicy): Family {
    const counters = LEVELS.map(
      (level) => [level, this.metrics.cache.labels({ family: name, level })] as const,
    );
    return {
      name,
      policy,
      shared: policy.shared.freshMs > 0 ? this.shared : undefined,
      generation: 0,
      filter: undefined,
      count: Object.fromEntries(counters) as Family['count'],
    };
  }

  /** What this process does not have, once for all that ask meanwhile. */
  private async fetch(family: Family, key: string, name: string, load: Load): Promise<unknown> {
    if (family.filter && !family.filter.has(key) && (await family.filter.isUnknown(key))) {
      family.count.filter.inc();
      return null;
    }
    const running = this.flights.get(name);
    if (running) {
      const { value } = await running.answer;
      family.count.joined.inc();
      return value;
    }
    const token: LoadToken = { stale: false };
    const walk: Walk = { family, local: name, shared: sharedName(family, key), token, load };
    const onStale = (): void => this.rebuildBehind(family, key, name, load);
    const flight: Flight = { token, answer: this.levels.answer(walk, onStale) };
    this.flights.set(name, flight);
    try {
      const { value, level } = await flight.answer;
      family.count[level].inc();
      return value;
    } finally {
      if (this.flights.get(name) === flight) this.flights.delete(name);
    }
  }

  /** Brings a stale value up to date while it is answered; over all instances by one. */
  private rebuildBehind(family: Family, key: string, name: string, load: Load): void {
    if (this.rebuilds.has(name)) return;
    const token: LoadToken = { stale: false };
    this.rebuilds.set(name, token);
    const walk: Walk = { family, local: name, shared: sharedName(family, key), token, load };
    void this.levels
      .rebuild(walk)
      .catch((error: unknown) => {
        this.metrics.cacheRebuilds.inc({ family: family.name, outcome: 'failed' });
        this.logger.debug({ key: name, err: error }, 'a stale value could not be rebuilt; it is tried again');
      })
      .finally(() => {
        if (this.rebuilds.get(name) === token) this.rebuilds.delete(name);
      });
  }

  private drop(family: Family, key: string): void {
    const name = localName(family, key);
    // Who asked before the change may get the old value; who asks from now on starts a new load.
    for (const token of [this.flights.get(name)?.token, this.rebuilds.get(name)])
      if (token) token.stale = true;
    this.flights.delete(name);
    this.rebuilds.delete(name);
    this.local.drop(name);
  }

  private heard(message: string): void {
    const dropped = parse(message);
    const family = dropped && this.families[dropped.family];
    if (!dropped || !family || dropped.from === this.instance.value) return;
    if (dropped.key === undefined) family.generation += 1;
    else this.drop(family, dropped.key);
    this.metrics.cacheInvalidations.inc({ family: family.name, direction: 'heard' });
    this.metrics.cacheInvalidationLatency.observe(Math.max(0, this.clock.now() - dropped.at) / 1_000);
  }

  private announce(family: CacheFamily, key?: string): Promise<void> {
    this.metrics.cacheInvalidations.inc({ family, direction: 'sent' });
    const dropped: Dropped = {
      from: this.instance.value,
      family,
      at: this.clock.now(),
      ...(key === undefined ? {} : { key }),
    };
    return this.broadcast.publish(CHANNEL, JSON.stringify(dropped));
  }
}

const localName = (family: Family, key: string): string => `${family.name}:${family.generation}:${key}`;

function sharedName({ name, policy }: Family, key: string): SharedName {
  const entry = `${name}:${key}`;
  return { entry, stamp: policy.whole ? `${name}:stamp` : `${entry}:stamp` };
}

function parse(message: string): Dropped | undefined {
  try {
    return JSON.parse(message) as Dropped;
  } catch {
    return undefined;
  }
}
