import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisAttempts } from '../../src/auth/adapters/attempts.redis.js';
import { RedisKnownPlaces } from '../../src/auth/adapters/known-places.redis.js';
import { RedisPhoneCodes } from '../../src/auth/adapters/phone-codes.redis.js';
import { RedisRevocationLog } from '../../src/auth/adapters/revocation-log.redis.js';
import type { AttemptPolicy, AttemptSubject } from '../../src/auth/index.js';
import { connectRedis, createRedis, type RedisClient } from '../../src/redis/redis.js';
import { ACCOUNT, attemptsContract } from '../contract/support/attempts.contract.js';
import { knownPlacesContract, PLACES_TTL_S } from '../contract/support/known-places.contract.js';
import { CODE_OPTIONS, phoneCodesContract } from '../contract/support/phone-codes.contract.js';
import { revocationLogContract } from '../contract/support/revocation-log.contract.js';
import { ManualClock } from '../support/manual-clock.js';
import { required } from '../support/stack-env.js';

const url = new URL('/3', required('REDIS_URL')).toString();
const REVOKED = 'vc:{revoked-sessions}';
let redis: RedisClient;
let other: RedisClient;

beforeAll(async () => {
  [redis, other] = [createRedis(url, 2_000), createRedis(url, 2_000)];
  await connectRedis(redis);
  await connectRedis(other);
  await redis.flushdb();
});

afterAll(() => {
  redis.disconnect();
  other.disconnect();
});

const attemptsKey = ({ policy, subject }: AttemptSubject) => `vc:attempts:${policy.name}:{${subject}}`;
const underWayKey = ({ policy, subject }: AttemptSubject) =>
  `vc:attempts-under-way:${policy.name}:{${subject}}`;
const codeKey = (phone: string) => `vc:phone-code:{${phone}}`;

/** Redis owns the time to live; taking it away is the same as waiting. */
async function age(key: string, ms: number): Promise<void> {
  const left = await redis.pttl(key);
  if (left - ms > 0) await redis.pexpire(key, left - ms);
  else await redis.del(key);
}

attemptsContract(() => ({
  attempts: new RedisAttempts(redis),
  pass: async (whose, ms) => {
    const key = attemptsKey(whose);
    if ((await redis.exists(key)) === 1) await redis.hincrby(key, 'next_at', -ms);
    await age(key, ms);
    for (const id of await redis.zrange(underWayKey(whose), 0, '-1'))
      await redis.zincrby(underWayKey(whose), -ms, id);
    await age(underWayKey(whose), ms);
  },
}));

knownPlacesContract((clock) => new RedisKnownPlaces(redis, clock, PLACES_TTL_S), new ManualClock());

phoneCodesContract(() => ({
  codes: new RedisPhoneCodes(redis, CODE_OPTIONS),
  pass: (phone, ms) => age(codeKey(phone), ms),
}));

revocationLogContract(() => ({
  log: new RedisRevocationLog(redis, 60_000),
  elsewhere: new RedisRevocationLog(other, 60_000),
}));

describe('what Redis keeps of logins', () => {
  const policy: AttemptPolicy = ACCOUNT;
  const of = (subject: string): AttemptSubject => ({ policy, subject });

  it('counts a hundred guesses over two connections as one count', async () => {
    const both = [new RedisAttempts(redis), new RedisAttempts(other)] as const;
    const turns = await Promise.all(
      Array.from({ length: 100 }, (_, n) => both[n % 2 === 0 ? 0 : 1].begin(of('racing'), `guess ${n}`)),
    );
    expect(turns.filter((turn) => turn === 'judge')).toHaveLength(policy.freeTries);
  });

  it('never makes anybody wait longer than the longest delay, whatever its clock did', async () => {
    await redis.hset(attemptsKey(of('clock')), { tries: 50, next_at: Date.now() + 86_400_000 });
    expect(await new RedisAttempts(redis).begin(of('clock'), 'a guess')).toEqual({
      waitMs: policy.maxDelayMs,
    });
  });

  it('ends by itself', async () => {
    const attemptsOf = new RedisAttempts(redis);
    for (const id of ['judged', 'under way']) await attemptsOf.begin(of('expiry'), id);
    await attemptsOf.end(of('expiry'), 'judged', 'wrong');
    await new RedisKnownPlaces(redis, new ManualClock(), PLACES_TTL_S).remember('expiry', 'home');
    await new RedisPhoneCodes(redis, CODE_OPTIONS).put('expiry', 'code');
    await new RedisRevocationLog(redis, 60_000).add(['ses_1']);
    const [attempts, underWay, places, code, revoked] = await Promise.all([
      redis.pttl(attemptsKey(of('expiry'))),
      redis.pttl(underWayKey(of('expiry'))),
      redis.pttl('vc:known-places:{expiry}'),
      redis.pttl(codeKey('expiry')),
      redis.pttl(REVOKED),
    ]);
    for (const [left, full] of [
      [attempts, policy.memoryMs],
      [underWay, 30_000],
      [places, PLACES_TTL_S * 1_000],
      [code, CODE_OPTIONS.ttlS * 1_000],
      [revoked, 60_000],
    ] as const) {
      expect(left).toBeGreaterThan(full - 10_000);
      expect(left).toBeLessThanOrEqual(full);
    }
  });

  it('drops revocations that are older than an access token can be', async () => {
    await redis.del(REVOKED);
    await redis.xadd(REVOKED, `${Date.now() - 70_000}-0`, 's', 'old');
    await redis.xadd(REVOKED, `${Date.now() - 50_000}-0`, 's', 'young');
    const log = new RedisRevocationLog(redis, 60_000);
    await log.add(['new']);
    expect((await log.since(undefined)).sessionIds).toEqual(['young', 'new']);
  });

  it('goes on after Redis has forgotten its scripts', async () => {
    const attempts = new RedisAttempts(redis);
    const codes = new RedisPhoneCodes(redis, CODE_OPTIONS);
    await codes.put('forgotten', 'code');
    const calls: [() => Promise<unknown>, unknown][] = [
      [() => attempts.begin(of('forgotten'), 'x'), 'judge'],
      [() => attempts.end(of('forgotten'), 'x', 'wrong'), undefined],
      [() => codes.check('forgotten', 'code'), 'right'],
      [() => new RedisRevocationLog(redis, 60_000).add(['ses_1']), undefined],
    ];
    for (const [call, answer] of calls) {
      await redis.script('FLUSH');
      expect(await call()).toEqual(answer);
    }
  });

  it('is refused with dependency_unavailable while Redis is away', async () => {
    const away = createRedis('redis://127.0.0.1:1/0', 200);
    away.on('error', () => undefined);
    const codes = new RedisPhoneCodes(away, CODE_OPTIONS);
    const places = new RedisKnownPlaces(away, new ManualClock(), PLACES_TTL_S);
    const log = new RedisRevocationLog(away, 60_000);
    const calls = [
      () => new RedisAttempts(away).begin(of('x'), 'x'),
      () => new RedisAttempts(away).end(of('x'), 'x', 'right'),
      () => places.remember('x', 'y'),
      () => places.knows('x', 'y'),
      () => codes.put('x', 'code'),
      () => codes.check('x', 'code'),
      () => log.add(['ses_1']),
      () => log.since(undefined),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'dependency_unavailable' });
    away.disconnect();
  });

  it.each(['begin-attempt-2', 'end-attempt-2', 'check-code-1', 'revoke-1'])(
    '%s refuses arguments that are not valid, and writes nothing',
    async (name) => {
      const { readFile } = await import('node:fs/promises');
      const script = await readFile(`lua/${name}.lua`, 'utf8');
      const before = await redis.dbsize();
      expect(
        Number(await redis.eval(script, 2, 'vc:{bad}', 'vc:{bad}:2', 'x', 'x', 'x', 'x', 'x')),
      ).toBeLessThanOrEqual(0);
      expect(await redis.dbsize()).toBe(before);
    },
  );
});
