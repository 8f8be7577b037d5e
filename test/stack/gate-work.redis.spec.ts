import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RedisStockGate } from '../../src/claim/gate/redis/stock-gate.redis.js';
import { ROOT } from '../../src/common/root.js';
import { redisUrl } from '../support/stack-env.js';

const PENDING = 100_000;
const VOUCHERS = 10_000;
const EPOCH = 1;
const ID = 'vch_0000000000000001';
const KEYS = ['state', 'claims', 'pending', 'keys', 'rate-even', 'rate-odd'].map(
  (part) => `vc:{${ID}}:${EPOCH}:${part}`,
);
const [STATE = '', CLAIMS = '', WAITING = '', KEYED = '', EVEN = '', ODD = ''] = KEYS;
const USER = 'usr_1';

let redis: Redis;
let gate: RedisStockGate;

beforeAll(async () => {
  redis = new Redis(redisUrl(13));
  await redis.flushdb();
  gate = new RedisStockGate(redis, {
    maxPending: 2 * PENDING,
    keyTtlMs: 60_000,
    rate: { limit: 10, windowMs: 1_000 },
  });
  await redis.hset(STATE, {
    epoch: EPOCH,
    status: 'open',
    opens_at: 0,
    closes_at: 9_999_999_999_999,
    limit: 5,
    total: 2 * PENDING,
    remaining: PENDING,
    sequence: PENDING,
    version: 1,
    adjusted: 0,
    stock_version: 0,
  });
  for (let from = 0; from < PENDING; from += 1_000) {
    const users = Array.from({ length: 1_000 }, (_none, n) => `usr_${from + n}`);
    await redis.zadd(WAITING, ...users.flatMap((user, n) => [from + n, `${user}:1`]));
    await redis.hset(CLAIMS, ...users.flatMap((user, n) => [user, `1P${from + n + 1}|${from + n}`]));
  }
});

afterAll(async () => {
  await redis.flushdb();
  redis.disconnect();
});

/** Entries that the commands of a script hand over to it, and how many commands there are. */
async function work(file: string, keys: readonly string[], argv: readonly (string | number)[]) {
  const text = readFileSync(join(ROOT, 'lua', file), 'utf8');
  const counted = `
    local EPOCH = '${EPOCH}'
    local HISTORY = ''
    local entries, commands, real = 0, 0, redis
    local redis = setmetatable({ call = function(...)
      local reply = real.call(...)
      commands = commands + 1
      entries = entries + (type(reply) == 'table' and #reply or 1)
      return reply
    end }, { __index = real })
    local function script()
      ${text}
    end
    script()
    return { entries, commands }`;
  const [entries = 0, commands = 0] = (await redis.eval(counted, keys.length, ...keys, ...argv)) as number[];
  return { entries, commands };
}

/** A client that keeps the names of its calls. Each is a round trip: a pipeline goes out at once, and only its `exec` counts. */
function counting(real: Redis): { client: Redis; calls: string[] } {
  const calls: string[] = [];
  const client = new Proxy(real, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        calls.push(String(name));
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
  return { client, calls };
}

describe(`with ${PENDING} claims pending`, () => {
  const calls: readonly (readonly [string, readonly string[], readonly (string | number)[]])[] = [
    ['snapshot-2.lua', [STATE, WAITING], [EPOCH]],
    ['configure-1.lua', [STATE], [EPOCH, 'open', 0, 9_999_999_999_999, 5, 1]],
    ['prepare-4.lua', [STATE, CLAIMS, WAITING, KEYED], [EPOCH, 'open', 0, 9_999_999_999_999, 5, 10, 1]],
    ['confirm-3.lua', [STATE, CLAIMS, WAITING], [EPOCH, USER, '', 1, 'I', 5, '']],
    ['seal-3.lua', [STATE, CLAIMS, KEYED], [EPOCH, 0, 0]],
    ['tidy-3.lua', [STATE, EVEN, ODD], [EPOCH, 1_000]],
  ];

  it.each(calls)('%s reads no more than it is asked about', async (file, keys, argv) => {
    const { entries, commands } = await work(file, keys, argv);
    expect(entries).toBeLessThanOrEqual(50);
    expect(commands).toBeLessThanOrEqual(10);
  });

  it('the snapshot of an audit holds them all, read in pieces', async () => {
    const counters = await gate.counters(EPOCH, ID);
    const snapshot = await gate.snapshot(EPOCH, ID);
    expect(snapshot?.pending).toHaveLength(counters?.pending ?? 0);
    expect(counters?.pending).toBeGreaterThan(PENDING - 10);
  });

  it('the snapshot leaves out what was taken after its counters', async () => {
    const before = await gate.counters(EPOCH, ID);
    await redis.zadd(WAITING, PENDING, 'usr_late:1');
    await redis.hset(CLAIMS, 'usr_late', `1P${PENDING + 1}|${PENDING}`);
    const snapshot = await gate.snapshot(EPOCH, ID);
    expect(snapshot?.pending).toHaveLength(before?.pending ?? 0);
    expect(snapshot?.pending.some(({ userId }) => userId === 'usr_late')).toBe(false);
  });
});

describe(`a sweep over ${VOUCHERS} vouchers`, () => {
  it('asks for all of them in at most 0.01 round trips a voucher', async () => {
    const ids = Array.from({ length: VOUCHERS - 1 }, (_none, n) => `vch_x${n}`);
    const { client, calls } = counting(redis);
    const asking = new RedisStockGate(client, {
      maxPending: 1,
      keyTtlMs: 1,
      rate: { limit: 1, windowMs: 1_000 },
    });
    const sizes = await asking.pendingSizes(EPOCH, [...ids, ID]);
    await asking.tidy(EPOCH, [...ids, ID]);
    expect(sizes).toHaveLength(VOUCHERS);
    expect(sizes[0]).toEqual({ size: 0 });
    expect(sizes.at(-1)?.size).toBeGreaterThan(PENDING - 10);
    expect(calls.length).toBeLessThanOrEqual(VOUCHERS / 100);
  });
});

describe(`a rebuild of ${VOUCHERS} small vouchers`, () => {
  it('takes at most 0.01 round trips a voucher, revocation included, and looks at no other key', async () => {
    const { client, calls } = counting(redis);
    const rebuilding = new RedisStockGate(client, { maxPending: 1, keyTtlMs: 1 });
    const now = await rebuilding.now();
    const vouchers = Array.from({ length: VOUCHERS }, (_none, n) => ({
      voucher: {
        id: `vch_${String(n).padStart(16, '0')}`,
        state: 'open' as const,
        opensAt: now - 1_000,
        closesAt: now + 3_600_000,
        total: 3,
        perUserLimit: 1,
        version: 1,
      },
      remaining: 3,
      sequence: 0,
      adjusted: 0,
      returned: 0,
    }));
    // As small vouchers come: in batches, every second with a user.
    const users = vouchers.map(({ voucher: { id } }, n) => ({
      voucherId: id,
      users: (async function* () {
        if (n % 2 === 0) yield [{ userId: `usr_${n}`, live: 1, last: 1, keys: [] }];
      })(),
    }));
    for (const epoch of [EPOCH + 1, EPOCH + 2]) {
      calls.length = 0;
      await rebuilding.revokeBelow(epoch);
      await rebuilding.begin(epoch);
      await rebuilding.announce(epoch, vouchers);
      await rebuilding.load(epoch, users);
      await rebuilding.finish(epoch);
    }
    expect(calls.length).toBeLessThanOrEqual(VOUCHERS / 100);
    expect(calls).not.toContain('scan');
    const last = vouchers.at(-1)?.voucher.id ?? '';
    expect(await rebuilding.claim(EPOCH + 2, last, [{ userId: USER }])).toMatchObject([{ kind: 'accepted' }]);
    expect(await redis.exists(`vc:{${last}}:${EPOCH + 1}:state`)).toBe(0);
    expect(await redis.exists(`vc:gate:${EPOCH + 1}:vouchers`, `vc:gate:${EPOCH + 1}:mark`)).toBe(0);
  });

  it('removes what an older program left, which kept no set of epochs', async () => {
    await redis.del('vc:gate:epochs');
    await redis.set(`vc:gate:${EPOCH}:mark`, 'open');
    await redis.hset(STATE, 'epoch', EPOCH);
    await gate.revokeBelow(EPOCH + 1);
    expect(await redis.exists(STATE, `vc:gate:${EPOCH}:mark`)).toBe(0);
  });

  it('removes what a process wrote late under an epoch that was revoked before', async () => {
    await redis.del('vc:gate:epochs');
    await gate.begin(EPOCH + 5);
    await gate.revokeBelow(EPOCH + 6);
    await redis.sadd(`vc:gate:${EPOCH + 5}:vouchers`, ID);
    await redis.hset(`vc:{${ID}}:${EPOCH + 5}:state`, 'epoch', EPOCH + 5);
    await gate.begin(EPOCH + 6);
    await gate.revokeBelow(EPOCH + 7);
    expect(await redis.exists(`vc:{${ID}}:${EPOCH + 5}:state`)).toBe(0);
  });
});
