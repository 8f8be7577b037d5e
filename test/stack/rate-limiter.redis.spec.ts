import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { setTimeout as delay } from 'node:timers/promises';
import { Metrics } from '../../src/observability/metrics.js';
import { connectRedis, createRedis, type RedisClient } from '../../src/redis/redis.js';
import { RedisScript } from '../../src/redis/script.js';
import { LocalRateLimiter } from '../../src/rate-limit/adapters/rate-limiter.local.js';
import { decisionOf, RedisRateLimiter } from '../../src/rate-limit/adapters/rate-limiter.redis.js';
import { newMeter } from '../../src/rate-limit/domain/meter.js';
import type { RateLimitDecision, RateLimitRule } from '../../src/rate-limit/index.js';
import { SystemClock } from '../../src/common/clock.js';
import { rateLimiterContract, rule, somebody } from '../contract/support/rate-limiter.contract.js';
import { Api } from '../support/api.js';
import { Instance } from '../support/instance.js';
import { users } from '../support/crowd.js';
import { bucketModel, steps, widestSum, type Taken } from '../support/rate-limits.js';
import { freshSystem, required } from '../support/stack-env.js';

const url = new URL('/4', required('REDIS_URL')).toString();
/** Long enough that no key expires by the real clock while a test runs on its own. */
const HOUR = 3_600_000;
const START = 1_800_000_000_000;

const clients: RedisClient[] = [];
const metrics = new Metrics();

async function client(): Promise<RedisClient> {
  const redis = createRedis(url, 1_000);
  clients.push(redis);
  await connectRedis(redis);
  return redis;
}

const limiterOn = (redis: RedisClient): RedisRateLimiter =>
  new RedisRateLimiter(redis, new LocalRateLimiter(new SystemClock(), 1_000), new SystemClock(), metrics);

let redis: RedisClient;
beforeAll(async () => {
  redis = await client();
});
afterAll(() => clients.forEach((each) => each.disconnect()));

rateLimiterContract(() => ({ limiter: limiterOn(redis), pass: (ms) => delay(ms + 5) }));

/** The script of production, on a clock of the test. */
function scripted(limits: RateLimitRule): (now: number, cost: number) => Promise<RateLimitDecision> {
  const script = new RedisScript(limits.algorithm === 'sliding-window' ? 'slide-1.lua' : 'fill-1.lua');
  const key = `vc:rate:{${somebody()}}`;
  return async (now, cost) =>
    decisionOf(
      limits,
      (await script.run(redis, [key], [limits.limit, limits.windowMs, cost, now])) as number[],
    );
}

describe('the scripts on their own clock', () => {
  it('the sliding window never admits more than its limit in any window', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: HOUR, max: 10 * HOUR }),
        steps(),
        async (limit, windowMs, calls) => {
          const limits = rule({ limit, windowMs });
          const [take, meter] = [scripted(limits), newMeter(limits)];
          const taken: Taken[] = [];
          let now = START;
          for (const { wait, cost } of calls) {
            now += Math.round(wait * windowMs);
            const wanted = Math.min(cost, limit);
            const decision = await take(now, wanted);
            expect(decision).toEqual(meter.take(now, wanted));
            if (decision.allowed) taken.push({ at: now, cost: wanted });
          }
          expect(widestSum(taken, windowMs)).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('token bucket refills exactly', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: HOUR, max: 604_800_000 }),
        steps(),
        async (limit, windowMs, calls) => {
          const take = scripted(rule({ algorithm: 'token-bucket', limit, windowMs }));
          const model = bucketModel(limit, windowMs);
          let now = START;
          // Begins empty: what flows in is less than the key's time to live by the real clock.
          expect(await take(now, limit)).toEqual(model(now, limit));
          for (const { wait, cost } of calls) {
            now += Math.round(wait * windowMs * 0.01);
            const wanted = Math.min(cost * Math.ceil(limit / 200), limit);
            expect(await take(now, wanted)).toEqual(model(now, wanted));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each(['sliding-window', 'token-bucket'] as const)(
    'a clock that is set back a little gives nobody more by %s',
    async (algorithm) => {
      const take = scripted(rule({ algorithm, limit: 5, windowMs: HOUR }));
      for (let n = 0; n < 5; n++) expect((await take(START - n * 1_000, 1)).allowed).toBe(true);
      expect(await take(START - 60_000, 1)).toMatchObject({ allowed: false, remaining: 0 });
      expect(await take(START - 30 * HOUR, 1)).toMatchObject({ allowed: true });
    },
  );

  it.each(['slide-1.lua', 'fill-1.lua'])('%s refuses arguments that make no sense', async (name) => {
    const script = new RedisScript(name);
    for (const args of [[0, 1_000, 1], [5, 0, 1], [5, 1_000, 0], [5, 1_000, 6], ['x', 1_000, 1], [5]])
      expect(await script.run(redis, [`vc:rate:{${somebody()}}`], args)).toEqual([-1]);
  });
});

describe('limits in Redis', () => {
  it('the sliding window never admits more than its limit across clients, by the clock of Redis', async () => {
    const limiters = [limiterOn(redis), limiterOn(await client()), limiterOn(await client())];
    const limits = rule({ limit: 20, windowMs: 1_000 });
    const who = somebody();
    /** From before the question to after the answer: when Redis decided lies between. */
    const taken: { asked: number; answered: number }[] = [];
    const end = performance.now() + 4_000;
    await Promise.all(
      limiters.flatMap((limiter) =>
        Array.from({ length: 4 }, async () => {
          while (performance.now() < end) {
            const asked = performance.now();
            const { allowed } = await limiter.take(limits, who);
            if (allowed) taken.push({ asked, answered: performance.now() });
            await delay(2);
          }
        }),
      ),
    );
    for (const { asked: begin } of taken) {
      // Surely within: asked after the begin, answered before the end.
      const within = taken.filter(({ asked, answered }) => asked >= begin && answered < begin + 1_000);
      expect(within.length).toBeLessThanOrEqual(20);
    }
    expect(taken.length).toBeGreaterThanOrEqual(40);
  });

  it('keeps one key of bounded size for a subject, with an expiry', async () => {
    const limiter = limiterOn(redis);
    for (const algorithm of ['sliding-window', 'token-bucket'] as const) {
      const who = somebody();
      for (let n = 0; n < 300; n++)
        await limiter.take(rule({ algorithm, limit: 1_000, windowMs: 60_000 }), who);
      const keys = await redis.keys(`vc:rate:*${who}*`);
      expect(keys).toHaveLength(1);
      expect(await redis.strlen(keys[0] ?? '')).toBeLessThan(100);
      expect(await redis.pttl(keys[0] ?? '')).toBeGreaterThan(0);
      expect(await redis.pttl(keys[0] ?? '')).toBeLessThanOrEqual(66_000);
    }
  });

  it('goes on after Redis has forgotten its scripts', async () => {
    const limiter = limiterOn(redis);
    const [limits, who] = [rule({ windowMs: HOUR }), somebody()];
    await limiter.take(limits, who, 4);
    await redis.script('FLUSH');
    expect(await limiter.take(limits, who)).toMatchObject({ allowed: true, remaining: 0 });
    expect((await limiter.take(limits, who)).allowed).toBe(false);
  });

  it('counts in this process or refuses, as the policy says, while Redis is away', async () => {
    const away = createRedis('redis://127.0.0.1:1/0', 200);
    away.on('error', () => undefined);
    clients.push(away);
    const limiter = limiterOn(away);
    const [open, closed] = [
      rule({ name: 'open', limit: 2, windowMs: HOUR, whenAway: 'count-locally' }),
      rule({ name: 'closed', whenAway: 'refuse' }),
    ];
    const who = somebody();
    const allowed = [];
    for (let n = 0; n < 3; n++) allowed.push((await limiter.take(open, who)).allowed);
    expect(allowed).toEqual([true, true, false]);
    const refused = await limiter.take(closed, who);
    expect(refused).toMatchObject({ allowed: false, remaining: 0 });
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    const text = await metrics.registry.metrics();
    expect(text).toContain('rate_limit_decisions_total{policy="open",counted="local"} 3');
    expect(text).toContain('rate_limit_decisions_total{policy="closed",counted="none"} 1');
  });
});

describe('limits of two instances', () => {
  it('are one limit', async () => {
    const env = {
      ...(await freshSystem('limits', 4)),
      RATE_LIMIT_STATUS: '10/1h sliding-window shared refuse',
      LOG_LEVEL: 'warn',
    };
    const instances = await Instance.startAll(env, env);
    try {
      const apis = instances.map((instance) => new Api(instance.url));
      const [user] = users(1);
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, n) =>
          (apis[n % 2] as Api).call('GET', '/v1/me/claims', { token: user?.token }),
        ),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(30);
    } finally {
      await Promise.all(instances.map((instance) => instance.kill('SIGTERM')));
    }
  });
});
