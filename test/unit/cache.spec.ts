import { describe, expect, it } from '@jest/globals';
import { SharedCacheStore } from '../../src/cache/ports/shared-cache-store.js';
import { jittered } from '../../src/cache/shared-level.js';
import { TwoLevelCache } from '../../src/cache/two-level-cache.js';
import { loadConfig } from '../../src/config/index.js';
import { EmbeddedBroadcast } from '../../src/platform/messaging/broadcast.embedded.js';
import type { Broadcast } from '../../src/platform/messaging/broadcast.js';
import { Metrics } from '../../src/platform/ops/metrics.js';
import type { Clock } from '../../src/shared/clock.js';
import { ManualClock } from '../support/manual-clock.js';

class MemoryStore extends SharedCacheStore {
  readonly entries = new Map<string, { value: string; ttlMs: number }>();
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
  private refuseWhenAway(): void {
    if (this.away) throw new Error('store is away');
  }
}

/** A load that ends when the test says so. */
function held<T>(value: T) {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  return { load: () => gate.then(() => value), release };
}

function instance(
  options: {
    broadcast?: Broadcast;
    store?: SharedCacheStore;
    clock?: Clock;
    env?: Record<string, string>;
  } = {},
) {
  const metrics = new Metrics();
  const cache = new TwoLevelCache(
    loadConfig(options.env ?? {}),
    metrics,
    options.broadcast ?? new EmbeddedBroadcast(),
    options.clock ?? new ManualClock(0),
    options.store,
  );
  const reads = async (level: string): Promise<number> => {
    const { values } = await metrics.cache.get();
    return values.filter((v) => v.labels.level === level).reduce((sum, v) => sum + v.value, 0);
  };
  return { cache, reads };
}

const never = () => Promise.reject(new Error('must not be loaded'));
/** Lets everything run that waits for nothing but other promises. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('TwoLevelCache', () => {
  it('answers 1,000 parallel reads of one key with one load', async () => {
    const { cache, reads } = instance();
    let loads = 0;
    const load = async () => {
      loads += 1;
      await settle();
      return { n: 7 };
    };
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => cache.get('voucher', 'a', load)));
    expect(loads).toBe(1);
    expect(answers.every((answer) => answer?.n === 7)).toBe(true);
    expect(await reads('load')).toBe(1);
    expect(await reads('local')).toBe(999);
  });

  it('keeps null, and does not keep a failed load', async () => {
    const { cache } = instance();
    await expect(cache.get('voucher', 'none', () => Promise.reject(new Error('database')))).rejects.toThrow(
      'database',
    );
    expect(await cache.get('voucher', 'none', async () => null)).toBeNull();
    expect(await cache.get('voucher', 'none', never)).toBeNull();
  });

  it('holds no more entries in process than it may', async () => {
    const { cache } = instance({ env: { CACHE_LOCAL_ENTRIES: '10' } });
    for (let i = 0; i < 100; i++) await cache.get('voucher', `v${i}`, async () => i);
    expect(cache.localEntries).toBe(10);
    expect(await cache.get('voucher', 'v99', never)).toBe(99);
  });

  it('keeps nothing of a family whose lifetime is 0', async () => {
    const { cache } = instance({ env: { AVAILABILITY_TTL_MS: '0' } });
    await cache.get('availability', 'a', async () => 1);
    expect(await cache.get('availability', 'a', async () => 2)).toBe(2);
  });

  it('finds in the shared level what another instance loaded', async () => {
    const store = new MemoryStore();
    const [one, two] = [instance({ store }), instance({ store })];
    await one.cache.get('voucher', 'a', async () => ({ title: ':odd "title"' }));
    expect(await two.cache.get('voucher', 'a', never)).toEqual({ title: ':odd "title"' });
    expect(await two.reads('shared')).toBe(1);
    await two.cache.get('voucher', 'a', never);
    expect(store.reads).toBe(2); // the third read stayed in process
  });

  it('keeps lists and stock out of the shared level', async () => {
    const store = new MemoryStore();
    const { cache } = instance({ store });
    await cache.get('availability', 'a', async () => 1);
    await cache.get('voucher-list', 'a', async () => []);
    expect(store.entries.size).toBe(0);
  });

  it('drops a changed key on all instances', async () => {
    const store = new MemoryStore();
    const broadcast = new EmbeddedBroadcast();
    const [one, two] = [instance({ store, broadcast }), instance({ store, broadcast })];
    await one.cache.get('voucher', 'a', async () => 'old');
    await two.cache.get('voucher', 'a', never);
    await one.cache.invalidate('voucher', 'a');
    expect(await two.cache.get('voucher', 'a', async () => 'new')).toBe('new');
    expect(await one.cache.get('voucher', 'a', never)).toBe('new');
  });

  it('empties a family on all instances', async () => {
    const broadcast = new EmbeddedBroadcast();
    const [one, two] = [instance({ broadcast }), instance({ broadcast })];
    for (const { cache } of [one, two]) await cache.get('voucher-list', 'all', async () => 'old');
    await one.cache.invalidateAll('voucher-list');
    for (const { cache } of [one, two]) {
      expect(await cache.get('voucher-list', 'all', async () => 'new')).toBe('new');
    }
  });

  it('does not let a load from before an invalidation put the old value back', async () => {
    const store = new MemoryStore();
    const { cache } = instance({ store });
    const slow = held('old');
    const early = cache.get('voucher', 'a', slow.load);
    await settle();
    await cache.invalidate('voucher', 'a');
    const late = await cache.get('voucher', 'a', async () => 'new');
    slow.release();
    expect([await early, late]).toEqual(['old', 'new']);
    expect(await cache.get('voucher', 'a', never)).toBe('new');
    expect(await instance({ store }).cache.get('voucher', 'a', never)).toBe('new');
  });

  it('does not read what a deaf instance wrote from a load that was older than the invalidation', async () => {
    const store = new MemoryStore();
    const [deaf, other] = [instance({ store }), instance({ store })]; // no common broadcast
    const slow = held('old');
    const early = deaf.cache.get('voucher', 'a', slow.load);
    await settle();
    await other.cache.invalidate('voucher', 'a');
    slow.release();
    await early;
    expect([...store.entries.values()].some(({ value }) => value.includes('"old"'))).toBe(true);
    expect(await other.cache.get('voucher', 'a', async () => 'new')).toBe('new');
  });

  it('asks the loader when the shared store is away, and leaves the store alone for a second', async () => {
    const store = new MemoryStore();
    const clock = new ManualClock(0);
    const { cache } = instance({ store, clock });
    store.away = true;
    expect(await cache.get('voucher', 'a', async () => 1)).toBe(1);
    expect(await cache.get('voucher', 'b', async () => 2)).toBe(2);
    expect(store.reads).toBe(1);
    store.away = false;
    clock.ms = 1_001;
    await cache.get('voucher', 'c', async () => 3);
    expect(store.reads).toBe(2);
  });

  it('asks the loader when the shared level holds something that is not ours', async () => {
    const store = new MemoryStore();
    await store.set('voucher:a', 'not json', 1_000);
    expect(await instance({ store }).cache.get('voucher', 'a', async () => 1)).toBe(1);
  });

  it('does not read the old value after an invalidation that the store could not take', async () => {
    const store = new MemoryStore();
    const clock = new ManualClock(0);
    const { cache } = instance({ store, clock });
    await cache.get('voucher', 'a', async () => 'old');
    store.away = true;
    await cache.invalidate('voucher', 'a');
    store.away = false;
    clock.ms = 5_000;
    expect(await cache.get('voucher', 'a', async () => 'new')).toBe('new');
    cache.onApplicationShutdown();
  });

  it('gives shared entries lifetimes that differ, and nulls a short one', async () => {
    const store = new MemoryStore();
    const { cache } = instance({ store });
    for (let i = 0; i < 50; i++) await cache.get('voucher', `v${i}`, async () => i);
    const lifetimes = [...store.entries.values()].map(({ ttlMs }) => ttlMs);
    expect(Math.min(...lifetimes)).toBeGreaterThanOrEqual(1_620_000);
    expect(Math.max(...lifetimes)).toBeLessThanOrEqual(1_800_000);
    expect(new Set(lifetimes).size).toBeGreaterThan(10);
    expect([jittered(1_000, 0), jittered(1_000, 1)]).toEqual([1_000, 900]);
    await cache.get('voucher', 'none', async () => null);
    expect(store.entries.get('voucher:none')?.ttlMs).toBeLessThanOrEqual(10_000);
  });
});
