import { createHash } from 'node:crypto';
import fastify from 'fastify';
import { Redis } from 'ioredis';

/** F1b: as F1, but requests of one turn of the event loop share an EVALSHA. */
const CLAIM = `
local left, replies = tonumber(redis.call('GET', KEYS[3])), {}
local known = redis.call('HMGET', KEYS[1], unpack(ARGV, 2))
local users, pending = {}, {}
for i, held in ipairs(known) do
  local user = ARGV[i + 1]
  if held then replies[i] = 2
  elseif left <= 0 then replies[i] = 3
  else
    left = left - 1
    users[#users + 1], users[#users + 2] = user, 1
    pending[#pending + 1], pending[#pending + 2] = ARGV[1], user
    replies[i] = 1
  end
end
if #users > 0 then
  redis.call('SET', KEYS[3], left)
  redis.call('HSET', KEYS[1], unpack(users))
  redis.call('ZADD', KEYS[2], unpack(pending))
end
return replies`;
const KEYS = ['baseline:users', 'baseline:pending', 'baseline:stock'];
const BATCH_MAX = 200;

const redis = new Redis(process.env['REDIS_URL'] ?? '');
await redis.script('LOAD', CLAIM);
const sha = createHash('sha1').update(CLAIM).digest('hex');

let waiting: { user: string; resolve: (code: number) => void; reject: (error: unknown) => void }[] = [];

function flush(): void {
  const all = waiting;
  waiting = [];
  for (let from = 0; from < all.length; from += BATCH_MAX) {
    const batch = all.slice(from, from + BATCH_MAX);
    const users = batch.map(({ user }) => user);
    redis.evalsha(sha, KEYS.length, ...KEYS, Date.now(), ...users).then(
      (codes) => batch.forEach(({ resolve }, i) => resolve((codes as number[])[i] ?? 0)),
      (error: unknown) => batch.forEach(({ reject }) => reject(error)),
    );
  }
}

const claim = (user: string): Promise<number> =>
  new Promise((resolve, reject) => {
    if (waiting.push({ user, resolve, reject }) === 1) setImmediate(flush);
  });

const app = fastify({ logger: false });
let users = 0;
app.post('/v1/vouchers/:id/claims', async (_request, reply) => {
  const user = `usr_${String(users++).padStart(16, '0')}`;
  const code = await claim(user);
  if (code !== 1) return reply.code(409).send({ code });
  return reply.code(202).send({ object: 'claim', user_id: user, status: 'pending' });
});
await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
