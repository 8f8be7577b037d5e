import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisSessionStore } from '../../src/auth/adapters/session-store.redis.js';
import { connectRedis, createRedis, type RedisClient } from '../../src/redis/redis.js';
import { SystemClock } from '../../src/common/clock.js';
import { newId } from '../../src/common/ids.js';
import { CLIENT, SESSION_OPTIONS, sessionStoreContract } from '../contract/support/session-store.contract.js';

const url = process.env['REDIS_URL'];
if (!url) throw new Error('REDIS_URL is not set: this suite needs a real Redis');

class FixedClock extends SystemClock {
  override now(): number {
    return 1_800_000_000_000;
  }
  override monotonic(): number {
    return 0;
  }
}

const clock = new FixedClock();
const key = (id: string): string => `vc:session:{${id}}`;
let redis: RedisClient;

beforeAll(async () => {
  redis = createRedis(url, 1_000);
  await connectRedis(redis);
});

afterAll(() => redis.disconnect());

sessionStoreContract(() => ({
  store: new RedisSessionStore(redis, clock, SESSION_OPTIONS),
  now: () => clock.now(),
  // Redis owns the time to live; taking it away is the same as waiting.
  pass: async (id, ms) => {
    const left = await redis.pttl(key(id));
    if (left - ms > 0) await redis.pexpire(key(id), left - ms);
    else await redis.del(key(id));
    const spent = await redis.hget(key(id), 'spent');
    if (spent)
      await redis.hset(
        key(id),
        'spent',
        spent.replace(/:(\d+)/g, (_, at: string) => `:${Number(at) - ms}`),
      );
  },
}));

describe('session store on Redis', () => {
  const open = async (store: RedisSessionStore): Promise<string> => {
    const id = newId('ses', Date.now());
    await store.open({ id, userId: 'usr_1', ...CLIENT, refreshHash: 'first' });
    return id;
  };

  it('lets one of twenty refreshes win that race over two connections', async () => {
    const other = createRedis(url, 1_000);
    await connectRedis(other);
    const stores = [redis, other].map((client) => new RedisSessionStore(client, clock, SESSION_OPTIONS));
    const id = await open(stores[0] as RedisSessionStore);
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (stores[n % 2] as RedisSessionStore).rotate(id, 'first', 'second'),
      ),
    );
    other.disconnect();
    expect(results.filter((result) => result === 'rotated')).toHaveLength(1);
    expect(results.filter((result) => result === 'repeated')).toHaveLength(19);
  });

  it('goes on after Redis has forgotten its scripts', async () => {
    const store = new RedisSessionStore(redis, clock, SESSION_OPTIONS);
    const id = await open(store);
    await redis.script('FLUSH');
    expect(await store.rotate(id, 'first', 'second')).toBe('rotated');
    await redis.script('FLUSH');
    expect(await store.renew(id)).toBe(true);
  });

  it('gives every session an expiry', async () => {
    const store = new RedisSessionStore(redis, clock, SESSION_OPTIONS);
    const id = await open(store);
    const full = SESSION_OPTIONS.ttlS * 1_000;
    expect(await redis.pttl(key(id))).toBeGreaterThan(full - 5_000);
    await store.rotate(id, 'first', 'second');
    const left = await redis.pttl(key(id));
    expect(left).toBeGreaterThan(full - 5_000);
    expect(left).toBeLessThanOrEqual(full);
  });

  it('lets the index of a user end with the last of the sessions', async () => {
    const store = new RedisSessionStore(redis, clock, SESSION_OPTIONS);
    const userId = newId('usr', Date.now());
    const id = newId('ses', Date.now());
    const index = `vc:user-sessions:{${userId}}`;
    await store.open({ id, userId, ...CLIENT, refreshHash: 'first' });
    expect(await redis.pttl(index)).toBeGreaterThan(SESSION_OPTIONS.ttlS * 1_000 - 5_000);
    await redis.pexpire(index, 5_000);
    await store.renew(id);
    expect(await redis.pttl(index)).toBeGreaterThan(SESSION_OPTIONS.ttlS * 1_000 - 5_000);
    await store.end(id);
    expect(await redis.exists(index)).toBe(0);
  });

  it('keeps no token, only its hash, and what the port names', async () => {
    const id = await open(new RedisSessionStore(redis, clock, SESSION_OPTIONS));
    expect(await redis.hgetall(key(id))).toEqual({
      user_id: 'usr_1',
      refresh: 'first',
      address: CLIENT.address,
      user_agent: CLIENT.userAgent,
      created_at: String(clock.now()),
      seen_at: String(clock.now()),
    });
  });

  it('refuses with dependency_unavailable while Redis is away', async () => {
    const away = createRedis('redis://127.0.0.1:1/0', 200);
    const store = new RedisSessionStore(away, clock, SESSION_OPTIONS);
    away.on('error', () => undefined);
    const calls = [
      () => store.open({ id: 'ses_1', userId: 'usr_1', ...CLIENT, refreshHash: 'first' }),
      () => store.find('ses_1'),
      () => store.ofUser('usr_1'),
      () => store.rotate('ses_1', 'first', 'second'),
      () => store.renew('ses_1'),
      () => store.end('ses_1'),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'dependency_unavailable' });
    away.disconnect();
  });
});
