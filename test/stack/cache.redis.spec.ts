import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { RedisSharedCache } from '../../src/cache/adapters/shared-cache.redis.js';
import { RedisBroadcast } from '../../src/broadcast/broadcast.redis.js';
import { connectRedis, createRedis, type RedisClient } from '../../src/redis/redis.js';
import { SystemClock } from '../../src/common/clock.js';
import { until } from '../support/api.js';
import { cacheInstance, CountedSharedCache, never } from '../support/cache.js';
import { ManualClock } from '../support/manual-clock.js';

const COMMAND_TIMEOUT_MS = 5_000;
const FOREVER_MS = 3_600_000;
/** CACHE_SHARED_TIMEOUT_MS by default. */
const CACHE_TIMEOUT_MS = 200;

describe('the shared cache on Redis', () => {
  const url = process.env['REDIS_URL'];
  let redis: RedisClient;
  let broadcast: RedisBroadcast;
  const key = randomUUID();

  beforeAll(async () => {
    if (!url) throw new Error('REDIS_URL is needed: run this tier with npm run test:stack');
    redis = createRedis(url, COMMAND_TIMEOUT_MS);
    await connectRedis(redis);
    broadcast = await RedisBroadcast.open(redis);
  });

  afterAll(() => {
    broadcast.onApplicationShutdown();
    redis.disconnect();
  });

  const instance = (client: RedisClient = redis) =>
    cacheInstance({ broadcast, clock: new SystemClock(), store: new RedisSharedCache(client) }).cache;

  it('stores entries with a lifetime and tells a missing one', async () => {
    const store = new RedisSharedCache(redis);
    await store.set(`t:${key}`, 'text', 5_000);
    expect(await store.getMany([`t:${key}`, `t:${key}:none`])).toEqual(['text', undefined]);
    const ttl = await redis.pttl(`vc:cache:t:${key}`);
    expect(ttl).toBeGreaterThan(4_000);
    expect(ttl).toBeLessThanOrEqual(5_000);
    expect(await store.delete(`t:${key}`)).toBe(true);
    expect(await store.delete(`t:${key}`)).toBe(false);
  });

  it('gives a lock to one, and to the next when it is given back or has run out', async () => {
    const store = new RedisSharedCache(redis);
    const unlock = await store.lock(key, 60_000);
    expect(await store.lock(key, 60_000)).toBeUndefined();
    await unlock?.();
    expect(await store.lock(key, 50)).toBeDefined();
    await until(() => store.lock(key, 50));
  });

  it('shares a value between instances, null too, and drops it on both', async () => {
    const [one, two] = [instance(), instance()];
    await one.get('voucher', key, async () => ({ title: 'old' }));
    expect(await two.get('voucher', key, never)).toEqual({ title: 'old' });
    await one.get('voucher', `${key}-none`, async () => null);
    expect(await two.get('voucher', `${key}-none`, never)).toBeNull();

    const heard = new Promise<void>((resolve) => broadcast.subscribe('cache', () => resolve()));
    await one.invalidate('voucher', key);
    await heard;
    expect(await two.get('voucher', key, async () => ({ title: 'new' }))).toEqual({ title: 'new' });
    expect(await one.get('voucher', key, never)).toEqual({ title: 'new' });
  });

  it('answers from the loader when nothing listens at the address', async () => {
    // Whoever waited for it would wait longer than this test may take.
    const gone = createRedis('redis://127.0.0.1:1', FOREVER_MS);
    await connectRedis(gone).catch(() => undefined);
    expect(await instance(gone).get('voucher', `${key}-gone`, async () => 1)).toBe(1);
    gone.disconnect();
  });

  it('answers from the loader when the server hangs, after one wait for it and not one a read', async () => {
    // A way to the real server that can be made to swallow everything.
    const { hostname, port } = new URL(url ?? '');
    const open = new Set<Socket>();
    const proxy = createServer((near) => {
      const far = createConnection(Number(port || 6379), hostname);
      for (const socket of [near, far]) open.add(socket.on('error', () => undefined));
      near.pipe(far).pipe(near);
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const hung = createRedis(`redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`, FOREVER_MS);
    await connectRedis(hung);
    const store = new CountedSharedCache(hung);
    // For this clock the second for which a store is left alone does not end.
    const { cache } = cacheInstance({ broadcast, clock: new ManualClock(), store });
    await cache.get('voucher', `${key}-before`, async () => 0);

    for (const socket of open) socket.unpipe().pause();
    const before = store.asked;
    const started = performance.now();
    for (let i = 0; i < 20; i++)
      expect(await cache.get('voucher', `${key}-hung-${i}`, async () => i)).toBe(i);
    const tookMs = performance.now() - started;
    hung.disconnect();
    for (const socket of open) socket.destroy();
    proxy.close();
    expect(tookMs).toBeGreaterThan(CACHE_TIMEOUT_MS / 2);
    expect(store.asked - before).toBe(1);
  });
});
