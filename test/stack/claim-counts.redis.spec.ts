import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RedisClaimCounts } from '../../src/claim/outcomes/claim-counts.redis.js';
import { connectRedis, createRedis, type RedisClient } from '../../src/redis/redis.js';
import { claimCountsContract } from '../contract/support/claim-counts.contract.js';
import { redisUrl } from '../support/stack-env.js';

const key = (voucherId: string): string => `vc:claim-counts:{${voucherId}}`;
let redis: RedisClient;

beforeAll(async () => {
  redis = createRedis(redisUrl(5), 1_000);
  await connectRedis(redis);
});
afterAll(() => redis.disconnect());

claimCountsContract(() => ({
  store: new RedisClaimCounts(redis),
  // Redis owns the time to live; taking it away is the same as waiting.
  pass: async (voucherId, ms) => {
    const left = await redis.pttl(key(voucherId));
    if (left - ms > 0) await redis.pexpire(key(voucherId), left - ms);
    else await redis.del(key(voucherId));
  },
}));

it('throws while Redis is away, so that nobody takes it for nothing', async () => {
  const away = createRedis('redis://127.0.0.1:1/0', 200);
  away.on('error', () => undefined);
  const store = new RedisClaimCounts(away);
  const counts = { outcomes: {}, accepted: [], refused: [] };
  await expect(store.write([{ voucherId: 'vch_a', writer: 'w', counts }])).rejects.toThrow();
  await expect(store.read('vch_a')).rejects.toThrow();
  away.disconnect();
});
