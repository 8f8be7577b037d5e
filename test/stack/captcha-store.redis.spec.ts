import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisCaptchaStore } from '../../src/challenge/adapters/captcha-store.redis.js';
import { connectRedis, createRedis, type RedisClient } from '../../src/redis/redis.js';
import { captchaStoreContract } from '../contract/support/captcha-store.contract.js';
import { required } from '../support/stack-env.js';

const url = new URL('/5', required('REDIS_URL')).toString();
const key = (subject: string): string => `vc:captcha:{${subject}}`;
let redis: RedisClient;

beforeAll(async () => {
  redis = createRedis(url, 1_000);
  await connectRedis(redis);
});
afterAll(() => redis.disconnect());

captchaStoreContract(() => ({
  store: new RedisCaptchaStore(redis),
  // Redis owns the time to live; taking it away is the same as waiting.
  pass: async (subject, ms) => {
    const left = await redis.pttl(key(subject));
    if (left - ms > 0) await redis.pexpire(key(subject), left - ms);
    else await redis.del(key(subject));
  },
}));

describe('captchas in Redis', () => {
  it('go to one of forty takers over two connections', async () => {
    const other = createRedis(url, 1_000);
    await connectRedis(other);
    const [a, b] = [new RedisCaptchaStore(redis), new RedisCaptchaStore(other)];
    await a.put('race', { id: 'cap_1', answerHash: 'h' }, 60_000);
    const taken = await Promise.all(Array.from({ length: 40 }, (_none, n) => (n % 2 ? a : b).take('race')));
    other.disconnect();
    expect(taken.filter((one) => one !== undefined)).toHaveLength(1);
  });

  it('have an expiry from the first moment', async () => {
    await new RedisCaptchaStore(redis).put('expiring', { id: 'cap_1', answerHash: 'h' }, 60_000);
    const left = await redis.pttl(key('expiring'));
    expect(left).toBeGreaterThan(50_000);
    expect(left).toBeLessThanOrEqual(60_000);
  });

  it('are refused with dependency_unavailable while Redis is away', async () => {
    const away = createRedis('redis://127.0.0.1:1/0', 200);
    away.on('error', () => undefined);
    const store = new RedisCaptchaStore(away);
    const refusal = { code: 'dependency_unavailable' };
    await expect(store.put('s', { id: 'cap_1', answerHash: 'h' }, 1_000)).rejects.toMatchObject(refusal);
    await expect(store.take('s')).rejects.toMatchObject(refusal);
    away.disconnect();
  });
});
