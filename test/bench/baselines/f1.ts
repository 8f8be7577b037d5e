import { createHash } from 'node:crypto';
import fastify from 'fastify';
import { Redis } from 'ioredis';

/** F1: bare Fastify and one EVALSHA a request. Nobody is asked who they are, and nothing is durable. */
const CLAIM = `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 2 end
local left = tonumber(redis.call('GET', KEYS[3]))
if left <= 0 then return 3 end
redis.call('SET', KEYS[3], left - 1)
redis.call('HSET', KEYS[1], ARGV[1], 1)
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
return 1`;
const KEYS = ['baseline:users', 'baseline:pending', 'baseline:stock'];

const redis = new Redis(process.env['REDIS_URL'] ?? '');
await redis.script('LOAD', CLAIM);
const sha = createHash('sha1').update(CLAIM).digest('hex');

const app = fastify({ logger: false });
let users = 0;
app.post('/v1/vouchers/:id/claims', async (_request, reply) => {
  const user = `usr_${String(users++).padStart(16, '0')}`;
  const code = await redis.evalsha(sha, KEYS.length, ...KEYS, user, Date.now());
  if (code !== 1) return reply.code(409).send({ code });
  return reply.code(202).send({ object: 'claim', user_id: user, status: 'pending' });
});
await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
