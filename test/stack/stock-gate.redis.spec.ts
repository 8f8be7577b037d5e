import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedStockGate } from '../../src/claim/gate/embedded/stock-gate.embedded.js';
import { shortUserId } from '../../src/claim/gate/redis/short-user-ids.js';
import type { EpochOrigin } from '../../src/claim/domain/epoch-masters.js';
import { RedisStockGate } from '../../src/claim/gate/redis/stock-gate.redis.js';
import { GateLostError, GateUnreachableError } from '../../src/claim/gate/gate-errors.js';
import { UNKNOWN_VOUCHER, type GateDecision } from '../../src/claim/gate/stock-gate.js';
import { ROOT } from '../../src/common/root.js';
import { connectRedis, createRedis, type RedisClient } from '../../src/redis/redis.js';
import type { GateVoucher } from '../../src/voucher/index.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  beginAndFinish,
  chunks,
  decide,
  HOUR,
  kinds,
  openVoucher,
  OPTIONS,
  rebuild,
  stockGateContract,
  wish,
} from '../contract/support/stock-gate.contract.js';

const REDIS_URL = process.env['REDIS_URL'];
if (!REDIS_URL) throw new Error('REDIS_URL is not set: this suite needs a real Redis');

const TIMEOUT_MS = 5_000;
/** As of d6caa13c: how an older process that reads the log beside a newer one ends claims. */
const CONFIRM_OF_VERSION_8 = readFileSync(join(ROOT, 'test/support/confirm-of-version-8.lua'), 'utf8');
/** For the test that flushes: the last of the databases that a Redis has by default. */
const FLUSHED_DATABASE = 15;

// Epochs of this run: no state of an earlier one is met again.
let lastEpoch = randomInt(1, 1_000_000_000);
const newEpoch = (): number => (lastEpoch += 1);

const connections: RedisClient[] = [];
async function open(url = REDIS_URL as string): Promise<RedisClient> {
  const redis = createRedis(url, TIMEOUT_MS);
  connections.push(redis);
  await connectRedis(redis);
  return redis;
}

let redis: RedisClient;
beforeAll(async () => {
  redis = await open();
});
afterAll(() => connections.forEach((connection) => connection.disconnect()));

describe('stock gate on Redis', () => {
  stockGateContract({ create: (options) => new RedisStockGate(redis, options), epoch: newEpoch });

  const key = (voucher: GateVoucher, part: string): string => `vc:{${voucher.id}}:${epoch}:${part}`;
  let gate: RedisStockGate;
  let epoch: number;
  let origin: EpochOrigin;

  beforeEach(async () => {
    gate = new RedisStockGate(redis, OPTIONS);
    epoch = newEpoch();
    origin = await beginAndFinish(gate, epoch);
  });
  /** As another process of the same epoch has it. */
  const another = (connection: RedisClient, options = OPTIONS): RedisStockGate => {
    const other = new RedisStockGate(connection, options);
    other.trust(epoch, origin);
    return other;
  };
  afterEach(() => gate.revokeBelow(epoch + 1));

  /** All that Redis holds of a voucher. */
  async function content(voucher: GateVoucher): Promise<Record<string, string | null>> {
    const parts = ['state', 'claims', 'pending', 'keys', 'rate-even', 'rate-odd'];
    const dumps = await Promise.all(parts.map((part) => redis.dump(key(voucher, part))));
    return Object.fromEntries(parts.map((part, index) => [part, dumps[index] ?? null]));
  }

  async function used(): Promise<GateVoucher> {
    const voucher = await openVoucher(gate, { perUserLimit: 2 });
    await gate.prepare(epoch, voucher);
    await decide(gate, epoch, voucher.id, wish('a', 'k'), wish('b'));
    return voucher;
  }

  async function expectLost(voucher: GateVoucher, reason: 'scripts' | 'state'): Promise<void> {
    const before = await content(voucher);
    const requests = [wish('a', 'k'), wish('a'), wish('c', 'l')];
    await expect(gate.claim(epoch, voucher.id, requests)).rejects.toMatchObject({
      name: 'GateLostError',
      reason,
    });
    expect(await content(voucher)).toEqual(before);
  }

  describe('that forgot', () => {
    it('its scripts is lost, not reloaded by a claim, and writes nothing', async () => {
      const voucher = await used();
      await redis.script('FLUSH');
      await expectLost(voucher, 'scripts');
      await expectLost(voucher, 'scripts');
      expect(await gate.holds(epoch)).toBe(false);
      await expect(gate.finish(epoch)).rejects.toBeInstanceOf(GateLostError);
    });

    it('its scripts goes on confirming, preparing and telling', async () => {
      const voucher = await used();
      for (const call of [
        () => gate.confirm(epoch, voucher.id, [{ userId: 'a', ordinal: 1, result: 'issued', at: 1 }]),
        () => gate.prepare(epoch, voucher),
        () => gate.configure(epoch, voucher),
        () => gate.snapshot(epoch, voucher.id),
      ]) {
        await redis.script('FLUSH');
        await call();
      }
      expect(await gate.snapshot(epoch, voucher.id)).toMatchObject({
        remaining: 8,
        pending: [{ userId: 'b' }],
      });
      // None of them has brought the claim script back: the fence stands.
      expect(await gate.holds(epoch)).toBe(false);
    });

    it('numbers that it has told of is lost', async () => {
      const voucher = await used();
      await redis.hset(key(voucher, 'state'), 'sequence', 1);
      await expectLost(voucher, 'state');
      await expect(gate.adjust(epoch, voucher.id, 1, 1)).rejects.toMatchObject({ reason: 'state' });
    });

    it('who holds units while units are taken is lost', async () => {
      const voucher = await used();
      await redis.del(key(voucher, 'claims'));
      await expectLost(voucher, 'state');
    });

    it.each(['remaining', 'sequence', 'total', 'limit', 'opens_at', 'closes_at', 'status'])(
      'the field %s is lost, without an error of Lua',
      async (field) => {
        const voucher = await used();
        await redis.hdel(key(voucher, 'state'), field);
        await expectLost(voucher, 'state');
      },
    );

    it('the epoch in the state, or has another one there, sells nothing', async () => {
      const voucher = await used();
      await redis.hset(key(voucher, 'state'), 'epoch', String(epoch - 1));
      await expectLost(voucher, 'state');
      await redis.hdel(key(voucher, 'state'), 'epoch');
      const before = await content(voucher);
      expect(await gate.claim(epoch, voucher.id, [wish('c')])).toBe(UNKNOWN_VOUCHER);
      expect(await content(voucher)).toEqual(before);
    });

    it('the whole state of a voucher does not know it', async () => {
      const voucher = await used();
      await redis.del(key(voucher, 'state'));
      expect(await gate.claim(epoch, voucher.id, [wish('c')])).toBe(UNKNOWN_VOUCHER);
      expect(await gate.configure(epoch, voucher)).toBe(false);
    });

    it.each([
      ['state', 'string'],
      ['claims', 'string'],
      ['pending', 'string'],
      ['pending', 'hash'],
      ['keys', 'string'],
    ])('what %s is, and finds a %s there, is lost and changes nothing', async (part, type) => {
      const voucher = await used();
      await redis.del(key(voucher, part));
      if (type === 'string') await redis.set(key(voucher, part), 'garbage');
      else await redis.hset(key(voucher, part), 'garbage', '1');
      await expectLost(voucher, 'state');
    });

    it('the keys, and finds a string there, still decides a batch that brings none, as a whole', async () => {
      const voucher = await used();
      await redis.del(key(voucher, 'keys'));
      await redis.set(key(voucher, 'keys'), 'garbage');
      expect(kinds(await decide(gate, epoch, voucher.id, wish('c')))).toEqual(['accepted']);
      expect(await gate.snapshot(epoch, voucher.id)).toMatchObject({
        remaining: 7,
        sequence: 3,
        pending: { length: 3 },
      });
    });

    it('does not confirm half of a batch when a key is of another type', async () => {
      const voucher = await used();
      await redis.del(key(voucher, 'claims'));
      await redis.set(key(voucher, 'claims'), 'garbage');
      const before = await content(voucher);
      const ends = ['a', 'b'].map((userId) => ({ userId, ordinal: 1, result: 'rejected' as const, at: 1 }));
      await expect(gate.confirm(epoch, voucher.id, ends)).rejects.toBeInstanceOf(GateLostError);
      expect(await content(voucher)).toEqual(before);
    });

    it('everything while it was rebuilt does not open, though its scripts survive', async () => {
      const next = newEpoch();
      await gate.begin(next);
      const voucher = await openVoucher(gate);
      await rebuild(gate, next, {
        voucher,
        remaining: 10,
        sequence: 0,
        adjusted: 0,
        returned: 0,
        users: chunks(),
      });
      await redis.del(`vc:gate:${next}:mark`);
      await expect(gate.finish(next)).rejects.toBeInstanceOf(GateLostError);
      expect(await gate.holds(next)).toBe(false);
    });

    it('its scripts judges no adjustment either: an older state must not', async () => {
      const voucher = await used();
      const before = await content(voucher);
      await redis.script('FLUSH');
      await expect(gate.adjust(epoch, voucher.id, 1, -1)).rejects.toMatchObject({ reason: 'scripts' });
      expect(await content(voucher)).toEqual(before);
    });

    it.each(['total', 'remaining', 'adjusted', 'sequence'])(
      'the field %s judges no adjustment',
      async (field) => {
        const voucher = await used();
        await redis.hdel(key(voucher, 'state'), field);
        const before = await content(voucher);
        await expect(gate.adjust(epoch, voucher.id, 1, 1)).rejects.toMatchObject({ reason: 'state' });
        expect(await content(voucher)).toEqual(before);
      },
    );

    it('a part of what a rebuild had loaded does not open', async () => {
      const voucher = await openVoucher(gate);
      const next = newEpoch();
      await gate.begin(next);
      async function* losing() {
        // So many go out before more are asked for.
        yield Array.from({ length: 5_000 }, (_none, n) => ({ userId: `a${n}`, live: 1, last: 1, keys: [] }));
        await redis.del(`vc:{${voucher.id}}:${next}:claims`);
        yield [{ userId: 'b', live: 1, last: 1, keys: [] }];
      }
      const load = rebuild(gate, next, {
        voucher,
        remaining: 8,
        sequence: 2,
        adjusted: 0,
        returned: 0,
        users: losing(),
      });
      await expect(load).rejects.toBeInstanceOf(GateLostError);
      expect(await gate.claim(next, voucher.id, [wish('c')])).toBe(UNKNOWN_VOUCHER);
    });

    it('accepts nothing for a voucher that is still being loaded', async () => {
      const voucher = await openVoucher(gate);
      const next = newEpoch();
      await gate.begin(next);
      async function* asking() {
        yield [{ userId: 'a', live: 1, last: 1, keys: [] }];
        expect(await gate.claim(next, voucher.id, [wish('b')])).toBe(UNKNOWN_VOUCHER);
      }
      await rebuild(gate, next, {
        voucher,
        remaining: 9,
        sequence: 1,
        adjusted: 0,
        returned: 0,
        users: asking(),
      });
      expect(kinds(await decide(gate, next, voucher.id, wish('b')))).toEqual(['accepted']);
    });
  });

  it('is unreachable where nothing listens, and says that nothing was sent', async () => {
    const away = createRedis('redis://127.0.0.1:1/0', 200);
    away.on('error', () => undefined);
    const lost = another(away);
    const error: unknown = await lost
      .claim(epoch, 'vch_0000000000000000', [wish('a')])
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(GateUnreachableError);
    expect(error).toMatchObject({ sent: false });
    await expect(lost.now()).rejects.toBeInstanceOf(GateUnreachableError);
    away.disconnect();
  });

  describe('the rate of one user', () => {
    const WINDOW_MS = 200;
    const rated = async (limit: number): Promise<GateVoucher> => {
      gate = another(redis, { ...OPTIONS, rate: { limit, windowMs: WINDOW_MS } });
      const voucher = await openVoucher(gate, { total: 100_000, perUserLimit: 1_000 });
      await gate.prepare(epoch, voucher);
      return voucher;
    };

    it('never lets more through than its limit in any window, over 3 connections and many windows', async () => {
      const limit = 4;
      const voucher = await rated(limit);
      const clients = await Promise.all(
        [1, 2, 3].map(async () =>
          another(await open(), { ...OPTIONS, rate: { limit, windowMs: WINDOW_MS } }),
        ),
      );
      const times: number[] = [];
      const until = Date.now() + 12 * WINDOW_MS;
      await Promise.all(
        clients.map(async (client) => {
          while (Date.now() < until) {
            const decisions = await decide(client, epoch, voucher.id, wish('a'), wish('a'), wish('b'));
            const [one, two] = decisions;
            for (const decision of [one, two]) if (decision?.kind === 'accepted') times.push(decision.at);
            await new Promise((resolve) => setTimeout(resolve, randomInt(1, 15)));
          }
        }),
      );
      times.sort((x, y) => x - y);
      expect(times.length).toBeGreaterThan(limit);
      for (let i = limit; i < times.length; i++)
        expect((times[i] as number) - (times[i - limit] as number)).toBeGreaterThanOrEqual(WINDOW_MS);
    });

    it('is allowed again after the wait that it was told', async () => {
      const voucher = await rated(1);
      const [, limited] = await decide(gate, epoch, voucher.id, wish('a'), wish('a'));
      if (limited?.kind !== 'rate-limited') throw new Error(limited?.kind);
      await new Promise((resolve) => setTimeout(resolve, limited.retryAfterMs + 2));
      expect(kinds(await decide(gate, epoch, voucher.id, wish('a')))).toEqual(['accepted']);
    });

    it('is dropped when nobody asks any more, without waiting for Redis to find what has expired', async () => {
      const voucher = await rated(1);
      const rates = [key(voucher, 'rate-even'), key(voucher, 'rate-odd')];
      const [one] = await decide(gate, epoch, voucher.id, wish('a'));
      if (one?.kind !== 'accepted') throw new Error(one?.kind);
      await gate.tidy(epoch, [voucher.id]);
      const windowOver = Math.floor(one.at / WINDOW_MS + 1) * WINDOW_MS;
      if ((await gate.now()) < windowOver) expect(await redis.exists(...rates)).toBe(1);
      await Promise.all(rates.map((rate) => redis.persist(rate)));
      await new Promise((resolve) => setTimeout(resolve, 2 * WINDOW_MS + 10));
      await gate.tidy(newEpoch(), [voucher.id]);
      expect(await redis.exists(...rates)).toBe(1);
      await gate.tidy(epoch, [voucher.id]);
      expect(await redis.exists(...rates)).toBe(0);
      expect(kinds(await decide(gate, epoch, voucher.id, wish('a'), wish('a')))).toEqual([
        'accepted',
        'rate-limited',
      ]);
    });

    it('keeps no more than the users of two windows, and nothing once nobody asks', async () => {
      const voucher = await rated(5);
      const kept = async (): Promise<number> =>
        (await redis.hlen(key(voucher, 'rate-even'))) + (await redis.hlen(key(voucher, 'rate-odd')));
      let most = 0;
      for (let round = 0; round < 8; round++) {
        const users = Array.from({ length: 50 }, (_, n) => wish(`r${round}u${n}`));
        await decide(gate, epoch, voucher.id, ...users);
        most = Math.max(most, await kept());
        await new Promise((resolve) => setTimeout(resolve, WINDOW_MS));
      }
      expect(most).toBeLessThanOrEqual(150);
      await new Promise((resolve) => setTimeout(resolve, 4 * WINDOW_MS));
      expect(await kept()).toBe(0);
    });
  });

  describe('what a user has', () => {
    const textOf = (voucher: GateVoucher, user: string) => redis.hget(key(voucher, 'claims'), user);
    const end = (userId: string, ordinal: number, result: 'issued' | 'rejected' | 'held', at: number) => ({
      userId,
      ordinal,
      result,
      at,
      ...(result === 'rejected' ? { reason: 'stock_exhausted' } : {}),
    });

    it('is one short text: the record alone for one claim that counts, the counts before the records else', async () => {
      const voucher = await openVoucher(gate, { perUserLimit: 3 });
      await gate.prepare(epoch, voucher);
      const [first] = await decide(gate, epoch, voucher.id, wish('a', 'k', 'print'));
      if (first?.kind !== 'accepted') throw new Error(first?.kind);
      const { at } = first;
      expect(await textOf(voucher, 'a')).toBe(`1P1|${at}|k.print`);
      await gate.confirm(epoch, voucher.id, [end('a', 1, 'issued', at + 5)]);
      expect(await textOf(voucher, 'a')).toBe(`1I1|${at}|5`);
      const [second] = await decide(gate, epoch, voucher.id, wish('a'));
      if (second?.kind !== 'accepted') throw new Error(second?.kind);
      expect(await textOf(voucher, 'a')).toBe(`2:2;1I1|${at}|5;2P2|${second.at}`);
      await gate.confirm(epoch, voucher.id, [end('a', 2, 'rejected', second.at + 7)]);
      expect(await textOf(voucher, 'a')).toBe(`1:2;1I1|${at}|5;2R2|${second.at}|7|stock_exhausted`);
    });

    const SOMEBODY = 'usr_01k9z3v8f0abcdef';
    const SHORT = shortUserId(SOMEBODY);
    const fields = async (voucher: GateVoucher): Promise<string[]> => redis.hkeys(key(voucher, 'claims'));
    const packed = (kind: string, sequence: number, at: number, took: number): Buffer => {
      const bytes = Buffer.alloc(14);
      bytes.write(kind);
      bytes.writeUInt32BE(sequence, 1);
      bytes.writeUIntBE(at, 5, 6);
      bytes.writeUIntBE(took, 11, 3);
      return bytes;
    };
    /** A user's only claim, taken and ended. */
    async function ended(
      result: 'issued' | 'rejected' | 'held',
      took: number,
      userId = SOMEBODY,
    ): Promise<{ voucher: GateVoucher; at: number }> {
      const voucher = await openVoucher(gate, { perUserLimit: 3 });
      await gate.prepare(epoch, voucher);
      const [first] = await decide(gate, epoch, voucher.id, wish(userId, 'k', 'print'));
      if (first?.kind !== 'accepted') throw new Error(first?.kind);
      expect(await textOf(voucher, userId)).toBe(`1P1|${first.at}|k.print`);
      await gate.confirm(epoch, voucher.id, [end(userId, 1, result, first.at + took)]);
      return { voucher, at: first.at };
    }

    it.each([
      ['issued', 'I', 0],
      ['issued', 'I', 16_777_215],
      ['held', 'H', 5],
    ] as const)(
      'is packed under the short id when the only claim is %s (%s), %i ms later',
      async (result, kind, took) => {
        const { voucher, at } = await ended(result, took);
        expect(await fields(voucher)).toEqual([SHORT]);
        expect(await redis.hgetBuffer(key(voucher, 'claims'), SHORT)).toEqual(packed(kind, 1, at, took));
        expect(await gate.status(epoch, voucher.id, SOMEBODY, 1)).toEqual({
          ordinal: 1,
          sequence: 1,
          at,
          status: result,
          endedAt: at + took,
        });
        expect(await gate.status(epoch, voucher.id, SOMEBODY, 2)).toBeUndefined();
        const told = [];
        for await (const some of gate.issued(epoch, voucher.id)) told.push(...some);
        expect(told).toEqual([{ userId: SOMEBODY, count: 1, ordinals: [1] }]);
        const holders = await gate.holders(epoch, voucher.id);
        expect(holders.count).toBe(1);
        const ids = [];
        for await (const some of holders.ids) ids.push(...some);
        expect(ids).toEqual([SOMEBODY]);
        // A replay finds it, and its end that is told again changes nothing.
        const replay = await decide(gate, epoch, voucher.id, wish(SOMEBODY, 'k', 'print'));
        expect(replay).toEqual([{ kind: 'replayed', ordinal: 1, sequence: 1, at, pending: false }]);
        await gate.confirm(epoch, voucher.id, [end(SOMEBODY, 1, 'rejected', at)]);
        expect(await gate.snapshot(epoch, voucher.id)).toMatchObject({ remaining: 9, pending: [] });
        expect(await redis.hgetBuffer(key(voucher, 'claims'), SHORT)).toEqual(packed(kind, 1, at, took));
      },
    );

    it.each([
      ['was rejected', 'rejected', 5, SOMEBODY, '0:1;1R1|AT|5|stock_exhausted'],
      ['ended before it was taken, by another clock', 'issued', -3, SOMEBODY, '1I1|AT|-3'],
      ['ended hours later', 'issued', 16_777_216, SOMEBODY, '1I1|AT|16777216'],
      ['is of an id of another form', 'issued', 5, 'usr_01K9Z3V8F0ABCDEF', '1I1|AT|5'],
    ] as const)('stays text under the long id where the claim %s', async (_why, result, took, user, text) => {
      const { voucher, at } = await ended(result, took, user);
      expect(await fields(voucher)).toEqual([user]);
      expect(await textOf(voucher, user)).toBe(text.replace('AT', String(at)));
      const status = { status: result, at, endedAt: at + took };
      expect(await gate.status(epoch, voucher.id, user, 1)).toMatchObject(status);
    });

    it('stays in the one field from then on: with a second claim, given back, with a third', async () => {
      const { voucher, at } = await ended('issued', 5);
      const short = (): Promise<string | null> => textOf(voucher, SHORT);
      const [second] = await decide(gate, epoch, voucher.id, wish(SOMEBODY));
      if (second?.kind !== 'accepted') throw new Error(second?.kind);
      expect(await short()).toBe(`2:2;1I1|${at}|5;2P2|${second.at}`);
      expect(await gate.pendingOf(epoch, voucher.id, SOMEBODY)).toEqual([
        { ordinal: 2, sequence: 2, at: second.at },
      ]);
      await gate.confirm(epoch, voucher.id, [end(SOMEBODY, 2, 'issued', second.at + 7)]);
      expect(await short()).toBe(`2:2;1I1|${at}|5;2I2|${second.at}|7`);
      const claims = [{ userId: SOMEBODY, ordinal: 1 }];
      expect(await gate.giveBack(epoch, voucher.id, { number: 1, units: 1, claims })).toBe('taken');
      expect(await short()).toBe(`1:2;1C1|${at};2I2|${second.at}|7`);
      const [third] = await decide(gate, epoch, voucher.id, wish(SOMEBODY));
      expect(third).toMatchObject({ kind: 'accepted', ordinal: 3, sequence: 3 });
      expect(await fields(voucher)).toEqual([SHORT]);
    });

    it('is taken back where it is packed, and counts no longer', async () => {
      const { voucher, at } = await ended('issued', 5);
      const claims = [{ userId: SOMEBODY, ordinal: 1 }];
      expect(await gate.giveBack(epoch, voucher.id, { number: 1, units: 1, claims })).toBe('taken');
      expect(await fields(voucher)).toEqual([SHORT]);
      expect(await textOf(voucher, SHORT)).toBe(`0:1;1C1|${at}`);
      expect(await gate.status(epoch, voucher.id, SOMEBODY, 1)).toMatchObject({ status: 'given-back' });
    });

    it('is found whichever field it is in when claims end while the holders are read', async () => {
      const count = 3_000;
      const voucher = await openVoucher(gate, { total: count });
      gate = another(redis, { ...OPTIONS, maxPending: count });
      await gate.prepare(epoch, voucher);
      const users = Array.from({ length: count }, (_, n) => `usr_${String(n * 7_919).padStart(16, '0')}`);
      await decide(gate, epoch, voucher.id, ...users.map((user) => wish(user)));
      const { ids } = await gate.holders(epoch, voucher.id);
      const found = new Set<string>();
      let from = 0;
      for await (const some of ids) {
        for (const id of some) found.add(id);
        const next = users.slice(from, (from += 700));
        await gate.confirm(
          epoch,
          voucher.id,
          next.map((user) => end(user, 1, 'issued', Date.now() + 5_000)),
        );
      }
      expect(from).toBeGreaterThan(count);
      expect([...found].sort()).toEqual(users);
    });

    it('is ended by an older program, too, which knows the long ids alone', async () => {
      const voucher = await openVoucher(gate, { perUserLimit: 2 });
      await gate.prepare(epoch, voucher);
      const other = 'usr_7zzzzzzzzz000000';
      const [one, two] = await decide(gate, epoch, voucher.id, wish(SOMEBODY, 'k', 'print'), wish(other));
      if (one?.kind !== 'accepted' || two?.kind !== 'accepted') throw new Error(`${one?.kind} ${two?.kind}`);
      const told = [SOMEBODY, 1, 'I', one.at + 5, '', other, 1, 'R', two.at + 5, 'stock_exhausted'];
      const keys = ['state', 'claims', 'pending'].map((part) => key(voucher, part));
      expect(await redis.eval(CONFIRM_OF_VERSION_8, 3, ...keys, epoch, ...told)).toBe(2);
      expect(await textOf(voucher, SOMEBODY)).toBe(`1I1|${one.at}|5`);
      expect(await gate.status(epoch, voucher.id, SOMEBODY, 1)).toMatchObject({ status: 'issued' });
      expect(await gate.snapshot(epoch, voucher.id)).toMatchObject({ remaining: 9, pending: [] });
      expect(kinds(await decide(gate, epoch, voucher.id, wish(SOMEBODY), wish(SOMEBODY)))).toEqual([
        'accepted',
        'limit-reached',
      ]);
      // With two claims it stays where it is.
      await gate.confirm(epoch, voucher.id, [end(SOMEBODY, 2, 'issued', one.at)]);
      expect((await fields(voucher)).sort()).toEqual([SOMEBODY, other]);
    });

    it('is packed only in an epoch whose scripts can read it', async () => {
      const voucher = await openVoucher(gate);
      await gate.prepare(epoch, voucher);
      await redis.hdel(key(voucher, 'state'), 'packed');
      await decide(gate, epoch, voucher.id, wish(SOMEBODY));
      await gate.confirm(epoch, voucher.id, [end(SOMEBODY, 1, 'issued', Date.now())]);
      expect(await fields(voucher)).toEqual([SOMEBODY]);
      expect(await textOf(voucher, SOMEBODY)).toMatch(/^1I1\|\d+\|-?\d+$/);
    });

    it('has the counts before a first claim that was rejected', async () => {
      const voucher = await openVoucher(gate);
      await gate.prepare(epoch, voucher);
      const [first] = await decide(gate, epoch, voucher.id, wish('a'));
      if (first?.kind !== 'accepted') throw new Error(first?.kind);
      await gate.confirm(epoch, voucher.id, [end('a', 1, 'rejected', first.at)]);
      expect(await textOf(voucher, 'a')).toBe(`0:1;1R1|${first.at}|0|stock_exhausted`);
    });

    it('of an issued claim takes less than 85 bytes with all that Redis needs for it, 95 without jemalloc', async () => {
      const count = 20_000;
      const voucher = await openVoucher(gate, { total: count });
      gate = another(redis, { ...OPTIONS, maxPending: count });
      await gate.prepare(epoch, voucher);
      const users = Array.from({ length: count }, (_, n) => `usr_${String(n * 7_919).padStart(16, '0')}`);
      for (let from = 0; from < count; from += 500) {
        const some = users.slice(from, from + 500);
        const decisions = await decide(gate, epoch, voucher.id, ...some.map((user) => wish(user)));
        const ends = decisions.map((decision, n) => {
          if (decision.kind !== 'accepted') throw new Error(decision.kind);
          return end(some[n] ?? '', decision.ordinal, 'issued', decision.at + 1_234);
        });
        await gate.confirm(epoch, voucher.id, ends);
      }
      const most = (await redis.info('memory')).includes('mem_allocator:jemalloc') ? 85 : 95;
      const keys = await redis.keys(key(voucher, '*'));
      const sizes = await Promise.all(
        keys.map((name) => redis.call('MEMORY', 'USAGE', name, 'SAMPLES', '0')),
      );
      expect(await redis.hlen(key(voucher, 'claims'))).toBe(count);
      expect(sizes.reduce((sum: number, size) => sum + Number(size), 0) / count).toBeLessThan(most);
    });
  });

  it('decides a batch of a thousand claims with keys in one call', async () => {
    const voucher = await openVoucher(gate, { total: 900 });
    await gate.prepare(epoch, voucher);
    const requests = Array.from({ length: 1_000 }, (_, n) => wish(`u${n}`, `k${n}`));
    const decisions = await decide(gate, epoch, voucher.id, ...requests);
    expect(kinds(decisions)).toEqual([
      ...Array<string>(900).fill('accepted'),
      ...Array<string>(100).fill('sold-out'),
    ]);
    const snapshot = await gate.snapshot(epoch, voucher.id);
    expect(snapshot).toMatchObject({ remaining: 0, sequence: 900 });
    expect(snapshot?.pending).toHaveLength(900);
  });

  describe('under racing clients', () => {
    const gates = async (count: number): Promise<RedisStockGate[]> =>
      Promise.all(Array.from({ length: count }, async () => another(await open())));
    const nth = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;

    it('gives one unit to a user of 200 batches over 4 connections', async () => {
      const voucher = await openVoucher(gate, { total: 1_000 });
      await gate.prepare(epoch, voucher);
      const clients = await gates(4);
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, n) => decide(nth(clients, n), epoch, voucher.id, wish('a'))),
      );
      const all = kinds(answers.flat());
      expect(all.filter((kind) => kind === 'accepted')).toHaveLength(1);
      expect(all.filter((kind) => kind === 'limit-reached')).toHaveLength(199);
      expect(await gate.snapshot(epoch, voucher.id)).toMatchObject({ remaining: 999, sequence: 1 });
    });

    it('gives one unit to 100 requests with the same key over 4 connections', async () => {
      const voucher = await openVoucher(gate, { perUserLimit: 50, total: 1_000 });
      await gate.prepare(epoch, voucher);
      const clients = await gates(4);
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, n) => decide(nth(clients, n), epoch, voucher.id, wish('a', 'k'))),
      );
      const all = answers.flat();
      expect(all.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
      expect(all.filter(({ kind }) => kind === 'replayed')).toHaveLength(99);
      for (const decision of all) expect(decision).toMatchObject({ ordinal: 1, sequence: 1 });
    });

    it('gives 100 units to 2,000 users over 2 connections, each number once', async () => {
      const voucher = await openVoucher(gate, { total: 100 });
      await gate.prepare(epoch, voucher);
      const clients = await gates(2);
      const batches = Array.from({ length: 400 }, (_, n) =>
        Array.from({ length: 5 }, (__, m) => wish(`u${n * 5 + m}`)),
      );
      const answers = await Promise.all(
        batches.map((batch, n) => decide(nth(clients, n), epoch, voucher.id, ...batch)),
      );
      const accepted = answers
        .flat()
        .flatMap((decision) => (decision.kind === 'accepted' ? [decision.sequence] : []));
      expect(accepted.sort((x, y) => x - y)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
      const snapshot = await gate.snapshot(epoch, voucher.id);
      expect(snapshot).toMatchObject({ remaining: 0, sequence: 100 });
      expect(new Set(snapshot?.pending.map(({ userId }) => userId)).size).toBe(100);
    });

    it('keeps its counters when other instances prepare it meanwhile', async () => {
      const voucher = await openVoucher(gate, { total: 100 });
      await gate.prepare(epoch, voucher);
      const clients = await gates(2);
      const answers = await Promise.all(
        Array.from({ length: 150 }, async (_, n) => {
          if (n % 10 === 9) await nth(clients, n + 1).prepare(epoch, voucher);
          return decide(nth(clients, n), epoch, voucher.id, wish(`u${n}`));
        }),
      );
      expect(kinds(answers.flat()).filter((kind) => kind === 'accepted')).toHaveLength(100);
      expect(await gate.remaining(epoch, voucher.id)).toBe(0);
    });
  });

  describe('against its model, the embedded gate', () => {
    const USERS = ['u1', 'usr_01k9z3v8f0abcdef', 'usr_7zzzzzzzzz000000', 'u:4'];
    const request = fc.record({
      user: fc.constantFrom(...USERS),
      key: fc.option(fc.constantFrom('k1', 'k2', 'k3'), { nil: undefined }),
      fingerprint: fc.constantFrom('f1', 'f2'),
    });
    const operation = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant('claim' as const),
          requests: fc.array(request, { minLength: 1, maxLength: 8 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('confirm' as const),
          ends: fc.array(
            fc.record({
              userId: fc.constantFrom(...USERS),
              ordinal: fc.integer({ min: 1, max: 4 }),
              result: fc.constantFrom('issued' as const, 'rejected' as const),
            }),
            { minLength: 1, maxLength: 5 },
          ),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constantFrom('configure' as const, 'prepare' as const),
          state: fc.constantFrom('open' as const, 'open' as const, 'paused' as const, 'ended' as const),
          window: fc.constantFrom('open', 'open', 'before', 'after'),
          perUserLimit: fc.integer({ min: 1, max: 3 }),
          version: fc.integer({ min: 1, max: 6 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('adjust' as const),
          delta: fc.integer({ min: -6, max: 4 }),
          again: fc.boolean(),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('give-back' as const),
          units: fc.integer({ min: 0, max: 2 }),
          claims: fc.uniqueArray(
            fc.record({ userId: fc.constantFrom(...USERS), ordinal: fc.integer({ min: 1, max: 4 }) }),
            { maxLength: 5, selector: ({ userId, ordinal }) => `${userId}/${ordinal}` },
          ),
          again: fc.boolean(),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('rebuild' as const), keyAge: fc.constantFrom(0, 2 * HOUR) }),
      },
    );

    const timeless = (decisions: readonly GateDecision[] | typeof UNKNOWN_VOUCHER): unknown =>
      typeof decisions === 'string'
        ? decisions
        : decisions.map((decision) => ({
            ...decision,
            at: undefined,
            now: undefined,
            closesInMs: undefined,
            retryAfterMs: undefined,
          }));

    it('decides the same and holds the same', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 7 }),
          fc.integer({ min: 1, max: 3 }),
          fc.array(operation, { minLength: 1, maxLength: 25 }),
          fc.constantFrom(undefined, 2, 5),
          async (total, perUserLimit, operations, limit) => {
            const rate = limit && { limit, windowMs: HOUR };
            const options = { maxPending: 5, keyTtlMs: HOUR, rate };
            let adjustments = 0;
            let returns = 0;
            const clock = new ManualClock();
            const sides = [
              new RedisStockGate(redis, options),
              new EmbeddedStockGate(clock, options),
            ] as const;
            const [real, model] = sides;
            const both = async <T>(
              call: (side: RedisStockGate | EmbeddedStockGate) => Promise<T>,
            ): Promise<[T, T]> => [await call(real), await call(model)];
            const start = await real.now();
            clock.ms = start;
            let at = newEpoch();
            await both((side) => beginAndFinish(side, at));
            const voucher = await openVoucher(real, { total, perUserLimit });
            await both((side) => side.prepare(at, voucher));

            for (const op of operations) {
              clock.ms = await real.now();
              switch (op.do) {
                case 'claim': {
                  const requests = op.requests.map(({ user, key: held, fingerprint }) =>
                    wish(user, held, fingerprint),
                  );
                  const [got, wanted] = await both((side) => side.claim(at, voucher.id, requests));
                  expect(timeless(got)).toEqual(timeless(wanted));
                  break;
                }
                case 'confirm': {
                  const ends = op.ends.map((end) => ({ ...end, at: start }));
                  await both((side) => side.confirm(at, voucher.id, ends));
                  break;
                }
                case 'configure':
                case 'prepare': {
                  const [opensAt, closesAt] =
                    op.window === 'before'
                      ? [start + HOUR, start + 2 * HOUR]
                      : op.window === 'after'
                        ? [start - 2 * HOUR, start - HOUR]
                        : [start - HOUR, start + HOUR];
                  const terms = {
                    ...voucher,
                    opensAt,
                    closesAt,
                    state: op.state,
                    perUserLimit: op.perUserLimit,
                    version: op.version,
                  };
                  if (op.do === 'prepare') await both((side) => side.prepare(at, terms));
                  else {
                    const [got, wanted] = await both((side) => side.configure(at, terms));
                    expect(got).toBe(wanted);
                  }
                  break;
                }
                case 'adjust': {
                  if (!op.again) adjustments += 1;
                  if (adjustments === 0) break;
                  const [got, wanted] = await both((side) =>
                    side.adjust(at, voucher.id, adjustments, op.delta),
                  );
                  expect(got).toBe(wanted);
                  break;
                }
                case 'give-back': {
                  if (!op.again) returns += 1;
                  const { units, claims } = op;
                  const [got, wanted] = await both((side) =>
                    side
                      .giveBack(at, voucher.id, { number: returns, units, claims })
                      .catch((error: unknown) => String(error)),
                  );
                  expect(got).toBe(wanted);
                  break;
                }
                case 'rebuild': {
                  const next = newEpoch();
                  const keys = [{ key: 'k1', fingerprint: 'f1', ordinal: 2, at: clock.ms - op.keyAge }];
                  await both(async (side) => {
                    await side.begin(next);
                    const users = chunks([
                      { userId: 'u1', live: 1, last: 2, keys },
                      { userId: 'usr_7zzzzzzzzz000000', live: 1, last: 1, keys: [] },
                    ]);
                    const loaded = {
                      voucher,
                      remaining: Math.max(0, total - 2),
                      sequence: 9,
                      adjusted: adjustments,
                      returned: returns,
                      users,
                    };
                    await rebuild(side, next, loaded);
                    await side.finish(next);
                  });
                  await real.revokeBelow(at + 1);
                  at = next;
                  break;
                }
              }
              const [got, wanted] = await both(async (side) => {
                const snapshot = await side.snapshot(at, voucher.id);
                const statuses = [];
                for (const user of USERS) {
                  for (let ordinal = 1; ordinal <= 5; ordinal++) {
                    const claim = await side.status(at, voucher.id, user, ordinal);
                    statuses.push(
                      typeof claim === 'object' ? [user, ordinal, claim.status, claim.sequence] : claim,
                    );
                  }
                }
                return {
                  total: snapshot?.total,
                  adjusted: snapshot?.adjusted,
                  refused: snapshot?.refused,
                  returned: snapshot?.returned,
                  remaining: snapshot?.remaining,
                  sequence: snapshot?.sequence,
                  pending: snapshot?.pending.map(({ userId, ordinal }) => `${userId}/${ordinal}`).sort(),
                  size: (await side.pendingSize(at, voucher.id)).size,
                  statuses,
                };
              });
              expect(got).toEqual(wanted);
            }
            await real.revokeBelow(at + 1);
          },
        ),
        { numRuns: 150, endOnFailure: false },
      );
    });
  });

  it('that was flushed is noticed though its scripts survive, and does not know its vouchers', async () => {
    const url = new URL(REDIS_URL);
    url.pathname = `/${FLUSHED_DATABASE}`;
    const other = await open(url.href);
    const flushed = new RedisStockGate(other, OPTIONS);
    await beginAndFinish(flushed, epoch);
    const voucher = await openVoucher(flushed);
    await flushed.prepare(epoch, voucher);
    expect(kinds(await decide(flushed, epoch, voucher.id, wish('a')))).toEqual(['accepted']);
    await other.flushdb();
    expect(await flushed.holds(epoch)).toBe(false);
    await expect(flushed.prepare(epoch, voucher)).rejects.toThrow(GateLostError);
    expect(await flushed.claim(epoch, voucher.id, [wish('a')])).toBe(UNKNOWN_VOUCHER);
    expect(await flushed.configure(epoch, voucher)).toBe(false);
    expect(await other.dbsize()).toBe(0);
  });
});
