import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RedisKnownIds } from '../../src/cache/adapters/known-ids.redis.js';
import { RedisSharedCache } from '../../src/cache/adapters/shared-cache.redis.js';
import type { TwoLevelCache } from '../../src/cache/two-level-cache.js';
import { EmbeddedBroadcast } from '../../src/broadcast/broadcast.embedded.js';
import type { Broadcast } from '../../src/broadcast/broadcast.js';
import { RedisBroadcast } from '../../src/broadcast/broadcast.redis.js';
import { RedisJobLock } from '../../src/jobs/job-lock.redis.js';
import { connectRedis, createRedis, type RedisClient } from '../../src/redis/redis.js';
import { SystemClock, type Clock } from '../../src/common/clock.js';
import { newId } from '../../src/common/ids.js';
import { RedisServer } from '../harness/servers.js';
import { until } from '../support/api.js';
import { cacheInstance, CountedSharedCache, never } from '../support/cache.js';
import { ManualClock } from '../support/manual-clock.js';
import { redisUrl } from '../support/stack-env.js';

const HOUR_MS = 3_600_000;
const say = (line: string) => process.stdout.write(`${line}\n`);

/** A load that takes a while and counts. */
function counted<T>(value: T, tookMs = 50) {
  const loads = { count: 0 };
  const load = async () => {
    loads.count += 1;
    await delay(tookMs);
    return value;
  };
  return { loads, load };
}

describe('caches of several instances on one Redis', () => {
  const closers: (() => void)[] = [];
  let admin: RedisClient;

  beforeAll(async () => {
    admin = createRedis(redisUrl(6), 5_000);
    await connectRedis(admin);
    await admin.flushdb();
  });
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });
  afterAll(() => admin.disconnect());

  /** An instance with connections of its own. */
  async function instance(
    options: {
      env?: Record<string, string>;
      broadcast?: Broadcast;
      url?: string;
      clock?: Clock;
      commandTimeoutMs?: number;
    } = {},
  ) {
    const url = options.url ?? redisUrl(6);
    const redis = createRedis(url, options.commandTimeoutMs ?? 5_000);
    await connectRedis(redis);
    const broadcast = options.broadcast ?? (await RedisBroadcast.open(redis));
    const store = new CountedSharedCache(redis);
    const made = cacheInstance({
      broadcast,
      clock: options.clock ?? new SystemClock(),
      store,
      jobLock: new RedisJobLock(redis),
      knownIds: new RedisKnownIds(redis),
      ...(options.env ? { env: options.env } : {}),
    });
    closers.push(() => {
      made.cache.onApplicationShutdown();
      if (broadcast instanceof RedisBroadcast) broadcast.onApplicationShutdown();
      redis.disconnect();
    });
    return { ...made, store };
  }

  const one = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;
  const crowd = (caches: readonly TwoLevelCache[], size: number, key: string, load: () => Promise<string>) =>
    Promise.all(Array.from({ length: size }, async (_none, n) => one(caches, n).get('voucher', key, load)));

  it('1,000 clients asking for one hot expired key cause exactly one load', async () => {
    const key = randomUUID();
    const env = { CACHE_SHARED_TTL_MS: String(HOUR_MS) };
    await (await instance({ env })).cache.get('voucher', key, async () => 'old');
    // By the clocks of those who ask it has expired; Redis still has it, as it has for a while after that.
    const later = { env, clock: new SystemClock(HOUR_MS + 1_000) };
    const caches = [(await instance(later)).cache, (await instance(later)).cache];
    const { loads, load } = counted('new');
    expect(new Set(await crowd(caches, 1_000, key, load))).toEqual(new Set(['old'])); // nobody waits
    await until(async () =>
      (await crowd(caches, 2, key, load)).every((answer) => answer === 'new') ? true : undefined,
    );
    expect(loads.count).toBe(1);
  });

  it('1,000 cold reads of a key over four instances load it once, under the lock', async () => {
    const caches = [];
    // Patient, so that a slow machine does not make the waiting ones load by themselves.
    const env = { CACHE_LOCK_WAIT_MS: '5000' };
    for (let n = 0; n < 4; n++) caches.push((await instance({ env })).cache);
    const { loads, load } = counted('value', 100);
    expect(new Set(await crowd(caches, 1_000, randomUUID(), load))).toEqual(new Set(['value']));
    expect(loads.count).toBe(1);
  });

  it('goes on after a brief wait when the holder of the lock has died', async () => {
    const key = randomUUID();
    expect(await new RedisSharedCache(admin).lock(`voucher:${key}:`, HOUR_MS)).toBeDefined(); // never given back
    const { cache, metrics } = await instance();
    const started = performance.now();
    expect(await cache.get('voucher', key, async () => 'value')).toBe('value');
    const tookMs = performance.now() - started;
    say(`a dead holder of the lock: answered after ${tookMs.toFixed(0)} ms`);
    expect(tookMs).toBeGreaterThan(100);
    const { values } = await metrics.cacheLockWaits.get();
    expect(values.map(({ labels }) => labels.outcome)).toEqual(['gave_up']);
  });

  it('10,000 unknown ids cause fewer than 1% database reads', async () => {
    const existing = Array.from({ length: 5_000 }, () => newId('vch', Date.now()));
    const source = {
      count: async () => existing.length,
      async *pages() {
        yield existing;
      },
    };
    const instances = [await instance(), await instance()];
    for (const { cache } of instances) {
      cache.guard('voucher', source);
      cache.onApplicationBootstrap();
    }
    closers.push(() => {
      for (const { cache } of instances) void cache.beforeApplicationShutdown();
    });
    for (const { cache, reads } of instances)
      await until(async () => {
        await cache.get('voucher', newId('vch', Date.now()), async () => null);
        return (await reads('filter')) > 0 ? true : undefined;
      });
    const { loads, load } = counted(null, 0);
    for (let wave = 0; wave < 20; wave++)
      await Promise.all(
        Array.from({ length: 500 }, async (_none, n) =>
          one(instances, n).cache.get('voucher', newId('vch', Date.now()), load),
        ),
      );
    say(`10,000 unknown ids: ${loads.count} reads of the database`);
    expect(loads.count).toBeLessThan(100);
    for (const id of existing.slice(0, 100))
      expect(await instances[0]?.cache.get('voucher', id, async () => id)).toBe(id);
  });

  it('an id that one instance admits is known to another at once, and after Redis was emptied', async () => {
    const existing: string[] = [];
    const source = {
      count: async () => existing.length,
      async *pages() {
        yield existing;
      },
    };
    const [one, two] = [await instance(), await instance()];
    for (const { cache } of [one, two]) {
      cache.guard('voucher', source);
      cache.onApplicationBootstrap();
    }
    const unknown = () => two.cache.get('voucher', newId('vch', Date.now()), async () => null);
    const filters = async () => {
      const before = await two.reads('filter');
      await unknown();
      return (await two.reads('filter')) > before ? true : undefined;
    };
    await until(filters);
    const added = newId('vch', Date.now());
    await one.cache.admit('voucher', added);
    existing.push(added);
    expect(await two.cache.get('voucher', added, async () => 'there')).toBe('there');
    await admin.flushdb();
    for (const { cache } of [one, two]) await cache.invalidate('voucher', added);
    expect(await two.cache.get('voucher', added, async () => 'still there')).toBe('still there');
    await until(filters); // built anew
    await one.cache.invalidate('voucher', added);
    expect(await two.cache.get('voucher', added, async () => 'and now')).toBeTruthy();
    for (const { cache } of [one, two]) await cache.beforeApplicationShutdown();
  });

  it('1,000 keys loaded at once do not expire in one second', async () => {
    const run = randomUUID();
    const { cache } = await instance();
    const names = Array.from({ length: 1_000 }, (_none, n) => `${run}-${n}`);
    await Promise.all(names.map(async (name) => cache.get('voucher', name, async () => name)));
    const lifetimes = await Promise.all(names.map((name) => admin.pttl(`vc:cache:voucher:${name}`)));
    const seconds = new Map<number, number>();
    for (const ms of lifetimes) {
      const second = Math.floor(ms / 1_000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    const most = Math.max(...seconds.values());
    say(`1,000 keys expire over ${seconds.size} different seconds, at most ${most} in one`);
    expect(Math.min(...lifetimes)).toBeGreaterThan(0);
    expect(most).toBeLessThan(50);
  });

  it('an invalidation is heard by the other instance, which does not wait for the end of what it holds', async () => {
    const env = { CACHE_LOCAL_TTL_MS: '600000' };
    const [one, two] = [await instance({ env }), await instance({ env })];
    const took: number[] = [];
    for (let n = 0; n < 50; n++) {
      const key = randomUUID();
      await one.cache.get('voucher', key, async () => 'old');
      await two.cache.get('voucher', key, never);
      const started = performance.now();
      await one.cache.invalidate('voucher', key);
      await until(async () =>
        (await two.cache.get('voucher', key, async () => 'new')) === 'new' ? true : undefined,
      );
      took.push(performance.now() - started);
    }
    took.sort((a, b) => a - b);
    const [median, worst] = [took[25] ?? NaN, took[49] ?? NaN];
    say(`50 invalidations: median ${median.toFixed(1)} ms, worst ${worst.toFixed(1)} ms`);
  });

  it('a lost message is made good by the lifetime of the level in process', async () => {
    const env = { CACHE_LOCAL_TTL_MS: '1000' };
    const deaf = await instance({ env, broadcast: new EmbeddedBroadcast() });
    const other = await instance({ env });
    const key = randomUUID();
    await deaf.cache.get('voucher', key, async () => 'old');
    const started = performance.now();
    await other.cache.invalidate('voucher', key);
    expect(await deaf.cache.get('voucher', key, never)).toBe('old');
    await until(async () =>
      (await deaf.cache.get('voucher', key, async () => 'new')) === 'new' ? true : undefined,
    );
    const tookMs = performance.now() - started;
    say(`a lost message: new after ${tookMs.toFixed(0)} ms of at most 1,000`);
  });

  it('a Redis that hangs, dies and comes back is asked once a second, by one read, and no other waits', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'voucherconnect-redis-'));
    const server = new RedisServer(dir);
    try {
      await server.start();
      await server.waitReady();
      const clock = new ManualClock();
      const { cache, reads, store } = await instance({ url: server.url, clock, commandTimeoutMs: HOUR_MS });
      /** How often twenty reads asked it. */
      const readMany = async (): Promise<number> => {
        clock.pass(1_000);
        const before = store.asked;
        for (let n = 0; n < 20; n += 1) {
          const key = randomUUID();
          expect(await cache.get('voucher', key, async () => key)).toBe(key);
        }
        return store.asked - before;
      };
      await until(async () => ((await readMany()) > 1 ? true : undefined));
      server.signal('SIGSTOP');
      expect(await readMany()).toBe(1);
      expect(await readMany()).toBe(1);
      server.signal('SIGCONT');
      await server.stop('SIGKILL');
      expect(await readMany()).toBe(1);
      await server.start();
      await server.waitReady();
      const key = randomUUID();
      const other = await instance({ url: server.url });
      await until(async () => {
        clock.pass(1_000);
        await cache.invalidate('voucher', key);
        await cache.get('voucher', key, async () => 'back');
        await other.cache.get('voucher', key, async () => 'loaded');
        return (await other.reads('shared')) > 0 ? true : undefined;
      });
      expect(await reads('load')).toBeGreaterThan(0);
    } finally {
      server.signal('SIGCONT');
      await server.stop('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    }
  });
});
