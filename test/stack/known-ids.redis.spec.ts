import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { RedisKnownIds } from '../../src/cache/adapters/known-ids.redis.js';
import { connectRedis, createRedis, type RedisClient } from '../../src/redis/redis.js';
import { knownIdsContract } from '../contract/support/known-ids.contract.js';
import { redisUrl } from '../support/stack-env.js';

let redis: RedisClient;

beforeAll(async () => {
  redis = createRedis(redisUrl(6), 5_000);
  await connectRedis(redis);
});
afterAll(() => redis.disconnect());

knownIdsContract(async () => {
  const keys = await redis.keys('vc:cache:{ids:voucher}:*');
  if (keys.length > 0) await redis.del(...keys);
  return new RedisKnownIds(redis);
});

it('lets the bits of the build before go', async () => {
  const ids = new RedisKnownIds(redis);
  for (const generation of [101, 102]) {
    const head = { generation, probes: 1, since: await ids.place('voucher') };
    await ids.publish('voucher', head, new Uint8Array(1));
  }
  expect(await redis.ttl('vc:cache:{ids:voucher}:bits:101')).toBeGreaterThan(0);
  expect(await redis.ttl('vc:cache:{ids:voucher}:bits:102')).toBe(-1);
});
