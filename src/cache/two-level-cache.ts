import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Optional, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Broadcast } from '../platform/messaging/broadcast.js';
import { Metrics } from '../platform/ops/metrics.js';
import { Clock } from '../shared/clock.js';
import { Cache, cachePolicies, type CacheFamily, type CachePolicy, type LocalFamily } from './cache.js';
import { LocalLevel, type LoadToken } from './local-level.js';
import { SharedCacheStore } from './ports/shared-cache-store.js';
import { SharedLevel } from './shared-level.js';

const CHANNEL = 'cache';

type Level = 'local' | 'shared' | 'load';

interface Answer {
  readonly value: unknown;
  readonly level: Level;
}

interface Flight {
  readonly token: LoadToken;
  readonly answer: Promise<Answer>;
}

/** What one instance tells the others; without `key` it is the whole family. */
interface Dropped {
  readonly from: string;
  readonly family: CacheFamily;
  readonly key?: string;
}

/** In process, then Redis where there is one, then the loader. */
@Injectable()
export class TwoLevelCache extends Cache implements OnApplicationShutdown {
  private readonly instance = randomUUID();
  private readonly policies: Readonly<Record<CacheFamily, CachePolicy>>;
  private readonly local: LocalLevel;
  private readonly shared: SharedLevel | undefined;
  private readonly flights = new Map<string, Flight>();
  /** Part of the local name: emptying a family is counting on, and the old entries age out. */
  private readonly generations = new Map<CacheFamily, number>();

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly metrics: Metrics,
    private readonly broadcast: Broadcast,
    clock: Clock,
    @Optional() store?: SharedCacheStore,
  ) {
    super();
    this.policies = cachePolicies(config);
    this.local = new LocalLevel(config.CACHE_LOCAL_ENTRIES);
    this.shared = store ? new SharedLevel(store, clock, (name) => this.announceAgain(name)) : undefined;
    broadcast.subscribe(CHANNEL, (message) => this.heard(message));
  }

  /** Entries held in process, for tests and diagnosis. */
  get localEntries(): number {
    return this.local.size;
  }

  async get<T>(family: CacheFamily, key: string, load: () => Promise<T | null>): Promise<T | null> {
    const name = this.localName(family, key);
    const running = this.flights.get(name);
    if (running) {
      const { value } = await running.answer;
      this.metrics.cache.inc({ family, level: 'local' }); // whoever shares a flight cost nothing further down
      return value as T | null;
    }
    const token: LoadToken = { stale: false };
    const flight: Flight = { token, answer: this.fly(family, key, name, token, load) };
    this.flights.set(name, flight);
    try {
      const { value, level } = await flight.answer;
      this.metrics.cache.inc({ family, level });
      return value as T | null;
    } finally {
      if (this.flights.get(name) === flight) this.flights.delete(name);
    }
  }

  async invalidate(family: CacheFamily, key: string): Promise<void> {
    await this.drop(family, key);
    const { sharedTtlMs } = this.policies[family];
    if (this.shared && sharedTtlMs > 0) {
      await this.shared.invalidate(sharedName(family, key), sharedTtlMs);
      // A read between the two may have fetched the old value from Redis.
      await this.drop(family, key);
    }
    await this.announce({ from: this.instance, family, key });
  }

  async invalidateAll(family: LocalFamily): Promise<void> {
    this.empty(family);
    await this.announce({ from: this.instance, family });
  }

  onApplicationShutdown(): void {
    this.shared?.stop();
  }

  /** One walk through the levels, for all that ask meanwhile. */
  private async fly(
    family: CacheFamily,
    key: string,
    name: string,
    token: LoadToken,
    load: () => Promise<unknown>,
  ): Promise<Answer> {
    const { localTtlMs, sharedTtlMs } = this.policies[family];
    const kept = await this.local.get(name);
    if (kept !== undefined) return { value: kept, level: 'local' };
    const shared = sharedTtlMs > 0 ? this.shared : undefined;
    const read = await shared?.read(sharedName(family, key));
    if (read?.kind === 'hit') {
      await this.local.set(name, read.value, token, localTtlMs);
      return { value: read.value, level: 'shared' };
    }
    const value = (await load()) ?? null;
    if (read?.kind === 'miss' && !token.stale) {
      await shared?.write(sharedName(family, key), read.stamp, value, sharedTtlMs);
    }
    await this.local.set(name, value, token, localTtlMs);
    return { value, level: 'load' };
  }

  private async drop(family: CacheFamily, key: string): Promise<void> {
    const name = this.localName(family, key);
    const flight = this.flights.get(name);
    if (flight) {
      // Who asked before the change may get the old value; who asks from now on starts a new load.
      flight.token.stale = true;
      this.flights.delete(name);
    }
    await this.local.drop(name);
  }

  private empty(family: CacheFamily): void {
    this.generations.set(family, (this.generations.get(family) ?? 0) + 1);
  }

  private heard(message: string): void {
    const dropped = parse(message);
    if (!dropped || dropped.from === this.instance || !(dropped.family in this.policies)) return;
    if (dropped.key === undefined) this.empty(dropped.family);
    else void this.drop(dropped.family, dropped.key);
  }

  private announce(dropped: Dropped): Promise<void> {
    return this.broadcast.publish(CHANNEL, JSON.stringify(dropped));
  }

  /** The broadcast of a change made while Redis was away was lost with it. */
  private async announceAgain(name: string): Promise<void> {
    const at = name.indexOf(':');
    const family = name.slice(0, at) as CacheFamily;
    const key = name.slice(at + 1);
    await this.drop(family, key);
    await this.announce({ from: this.instance, family, key });
  }

  private localName(family: CacheFamily, key: string): string {
    return `${family}:${this.generations.get(family) ?? 0}:${key}`;
  }
}

const sharedName = (family: CacheFamily, key: string): string => `${family}:${key}`;

function parse(message: string): Dropped | undefined {
  try {
    return JSON.parse(message) as Dropped;
  } catch {
    return undefined;
  }
}
