import { RedisSharedCache } from '../../src/cache/adapters/shared-cache.redis.js';
import { EmbeddedKnownIds } from '../../src/cache/adapters/known-ids.embedded.js';
import type { KnownIds } from '../../src/cache/ports/known-ids.js';
import { SharedCacheStore, type Unlock } from '../../src/cache/ports/shared-cache-store.js';
import { TwoLevelCache } from '../../src/cache/two-level-cache.js';
import { loadConfig } from '../../src/config/index.js';
import { EmbeddedJobLock, type JobLock } from '../../src/jobs/job-lock.js';
import type { Broadcast } from '../../src/broadcast/broadcast.js';
import { EmbeddedBroadcast } from '../../src/broadcast/broadcast.embedded.js';
import { Metrics } from '../../src/observability/metrics.js';
import type { Clock } from '../../src/common/clock.js';
import { InstanceId } from '../../src/common/instance-id.js';
import { ManualClock } from './manual-clock.js';

export interface CacheParts {
  readonly broadcast?: Broadcast;
  readonly store?: SharedCacheStore;
  readonly clock?: Clock;
  readonly jobLock?: JobLock;
  readonly knownIds?: KnownIds;
  readonly env?: Readonly<Record<string, string>>;
}

/** The cache of one instance, with what its metrics say. Nothing but memory where nothing is given. */
export function cacheInstance(parts: CacheParts = {}) {
  const metrics = new Metrics();
  const clock = parts.clock ?? new ManualClock(0);
  const cache = new TwoLevelCache(
    loadConfig(parts.env ?? {}),
    metrics,
    parts.broadcast ?? new EmbeddedBroadcast(),
    clock,
    parts.jobLock ?? new EmbeddedJobLock(),
    parts.knownIds ?? new EmbeddedKnownIds(clock),
    new InstanceId(clock.now()),
    parts.store,
  );
  const reads = async (level: string): Promise<number> => {
    const { values } = await metrics.cache.get();
    return values.filter((v) => v.labels.level === level).reduce((sum, v) => sum + v.value, 0);
  };
  return { cache, metrics, reads };
}

/** A shared store in memory that can be taken away. */
export class MemoryStore extends SharedCacheStore {
  readonly entries = new Map<string, { value: string; ttlMs: number }>();
  readonly locks = new Set<string>();
  reads = 0;
  away = false;

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    this.reads += 1;
    this.refuseWhenAway();
    return keys.map((key) => this.entries.get(key)?.value);
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    this.refuseWhenAway();
    this.entries.set(key, { value, ttlMs });
  }

  async delete(key: string): Promise<boolean> {
    this.refuseWhenAway();
    return this.entries.delete(key);
  }

  async lock(key: string): Promise<Unlock | undefined> {
    if (this.away || this.locks.has(key)) return undefined;
    this.locks.add(key);
    return async () => void this.locks.delete(key);
  }

  private refuseWhenAway(): void {
    if (this.away) throw new Error('store is away');
  }
}

/** The store in Redis; counts how often it was asked for something, whatever became of that. */
export class CountedSharedCache extends RedisSharedCache {
  asked = 0;

  override getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    this.asked += 1;
    return super.getMany(keys);
  }

  override lock(key: string, ttlMs: number): Promise<Unlock | undefined> {
    this.asked += 1;
    return super.lock(key, ttlMs);
  }
}

/** A load that ends when the test says so. */
export function held<T>(value: T) {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  return { load: () => gate.then(() => value), release };
}

export const never = () => Promise.reject(new Error('must not be loaded'));
/** Lets everything run that waits for nothing but other promises. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
