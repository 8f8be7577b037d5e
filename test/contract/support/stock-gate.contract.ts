import { beforeEach, describe, expect, it } from '@jest/globals';
import { GateLostError } from '../../../src/claim/gate/gate-errors.js';
import type { RebuildCounters, RebuildUser, RebuildUsers } from '../../../src/claim/gate/gate-rebuild.js';
import {
  UNKNOWN_VOUCHER,
  type ClaimEnd,
  type GateDecision,
  type GateRequest,
  type StockGate,
  type StockGateOptions,
} from '../../../src/claim/gate/stock-gate.js';
import type { WaitingListAtGate } from '../../../src/claim/gate/gate-offers.js';
import { newId } from '../../../src/common/ids.js';
import { SlotSet } from '../../../src/redis/slots.js';
import type { EpochOrigin } from '../../../src/claim/domain/epoch-masters.js';
import type { GateVoucher } from '../../../src/voucher/index.js';

export interface GateHarness {
  /** An adapter that holds no epoch yet. */
  create(options: StockGateOptions): StockGate;
  /** A number that no other test uses. */
  epoch(): number;
}

const KEY_TTL_MS = 3_600_000;
export const HOUR = 3_600_000;
export const OPTIONS: StockGateOptions = { maxPending: 1_000, keyTtlMs: KEY_TTL_MS };

/** A voucher that is open now, by the gate's clock. */
export async function openVoucher(gate: StockGate, terms: Partial<GateVoucher> = {}): Promise<GateVoucher> {
  const now = await gate.now();
  return {
    id: newId('vch', now),
    state: 'open',
    opensAt: now - HOUR,
    closesAt: now + HOUR,
    total: 10,
    perUserLimit: 1,
    version: 1,
    ...terms,
  };
}

export async function* chunks(...users: RebuildUser[][]): AsyncIterable<readonly RebuildUser[]> {
  for (const chunk of users) yield chunk;
}

export const wish = (userId: string, key?: string, fingerprint = 'f'): GateRequest => ({
  userId,
  ...(key === undefined ? {} : { idempotency: { key, fingerprint } }),
});

export async function decide(
  gate: StockGate,
  epoch: number,
  voucherId: string,
  ...requests: GateRequest[]
): Promise<readonly GateDecision[]> {
  const decisions = await gate.claim(epoch, voucherId, requests);
  if (decisions === UNKNOWN_VOUCHER) throw new Error('the gate does not know the voucher');
  return decisions;
}

export const kinds = (decisions: readonly GateDecision[]): string[] =>
  decisions.map((decision) => decision.kind);

export interface Rebuilt extends RebuildCounters {
  readonly users: RebuildUsers['users'];
}

/** Loads one voucher, as a leader does that leads all the time. */
export async function rebuild(
  gate: StockGate,
  epoch: number,
  { users, ...counters }: Rebuilt,
): Promise<void> {
  await gate.announce(epoch, [counters]);
  await gate.load(epoch, [{ voucherId: counters.voucher.id, users }]);
}

/** @returns what other instances have to be told of the epoch */
export async function beginAndFinish(gate: StockGate, epoch: number): Promise<EpochOrigin> {
  const origin = await gate.begin(epoch);
  await gate.finish(epoch);
  return origin;
}

/** What every gate promises, whatever it is made of. */
export function stockGateContract(harness: GateHarness): void {
  let gate: StockGate;
  let epoch: number;
  const prepared = async (terms: Partial<GateVoucher> = {}): Promise<GateVoucher> => {
    const voucher = await openVoucher(gate, terms);
    await gate.prepare(epoch, voucher);
    return voucher;
  };
  const ask = (voucher: GateVoucher, ...requests: GateRequest[]) =>
    decide(gate, epoch, voucher.id, ...requests);
  const ended = (userId: string, ordinal: number, result: ClaimEnd['result'], reason?: string): ClaimEnd => ({
    userId,
    ordinal,
    result,
    at: 1_700_000_000_000,
    ...(reason === undefined ? {} : { reason }),
  });

  beforeEach(async () => {
    gate = harness.create(OPTIONS);
    epoch = harness.epoch();
    await beginAndFinish(gate, epoch);
  });

  describe('a waiting list', () => {
    const LATER = 10_000;
    const tell = async (
      voucher: GateVoucher,
      version: number,
      waiting: boolean,
      ...offers: readonly (readonly [user: string, number: number, inMs?: number])[]
    ): Promise<WaitingListAtGate> => {
      const now = await gate.now();
      const list = {
        version,
        waiting,
        offers: offers.map(([userId, number, inMs = LATER]) => ({ userId, number, until: now + inMs })),
      };
      const found = await gate.offer(epoch, voucher.id, list);
      if (found === UNKNOWN_VOUCHER) throw new Error('the gate does not know the voucher');
      return found;
    };
    const shown = ({ remaining, version, waiting, offers }: WaitingListAtGate) => ({
      remaining,
      version,
      waiting,
      offers: offers.map(({ userId, number, used }) => [userId, number, used]).sort(),
    });

    it('keeps units for those who have an offer, which is good for one', async () => {
      const voucher = await prepared({ total: 3, perUserLimit: 2 });
      expect(shown(await tell(voucher, 1, true, ['a', 1], ['b', 2]))).toEqual({
        remaining: 3,
        version: 1,
        waiting: true,
        offers: [
          ['a', 1, false],
          ['b', 2, false],
        ],
      });
      expect(await gate.remaining(epoch, voucher.id)).toBe(0);
      expect(kinds(await ask(voucher, wish('x'), wish('a'), wish('a'), wish('x')))).toEqual([
        'sold-out',
        'accepted',
        'sold-out',
        'sold-out',
      ]);
      expect(kinds(await ask(voucher, wish('a'), wish('b')))).toEqual(['sold-out', 'accepted']);
      const found = await gate.offer(epoch, voucher.id);
      if (found === UNKNOWN_VOUCHER) throw new Error(found);
      expect(shown(found)).toEqual({
        remaining: 1,
        version: 1,
        waiting: true,
        offers: [
          ['a', 1, true],
          ['b', 2, true],
        ],
      });
    });

    it('is for everybody again once nobody waits', async () => {
      const voucher = await prepared({ total: 2 });
      await tell(voucher, 1, true);
      expect(await ask(voucher, wish('x'))).toMatchObject([{ kind: 'sold-out', stockVersion: 1 }]);
      await tell(voucher, 2, false);
      expect(await gate.remaining(epoch, voucher.id)).toBe(2);
      expect(kinds(await ask(voucher, wish('x')))).toEqual(['accepted']);
    });

    it('keeps the newest that it was told, and an offer that was used stays used', async () => {
      const voucher = await prepared({ total: 3, perUserLimit: 3 });
      await tell(voucher, 2, true, ['a', 1]);
      expect((await tell(voucher, 1, false)).version).toBe(2);
      expect((await tell(voucher, 2, true, ['x', 9])).offers).toMatchObject([{ userId: 'a' }]);
      expect(kinds(await ask(voucher, wish('a')))).toEqual(['accepted']);
      expect((await tell(voucher, 3, true, ['a', 1], ['b', 2])).offers).toHaveLength(2);
      expect(kinds(await ask(voucher, wish('a'), wish('b')))).toEqual(['sold-out', 'accepted']);
      await tell(voucher, 4, true, ['a', 3]);
      expect(kinds(await ask(voucher, wish('b'), wish('a')))).toEqual(['sold-out', 'accepted']);
    });

    it('ends an offer that is over, or told no longer', async () => {
      const voucher = await prepared({ total: 2 });
      await tell(voucher, 1, true, ['a', 1, 0], ['b', 2]);
      expect(kinds(await ask(voucher, wish('a')))).toEqual(['sold-out']);
      await tell(voucher, 2, true);
      expect(kinds(await ask(voucher, wish('b')))).toEqual(['sold-out']);
    });

    it('grants offers in their order as far as there are units', async () => {
      const voucher = await prepared({ total: 2 });
      expect(shown(await tell(voucher, 1, true, ['a', 1], ['b', 2], ['c', 3])).offers).toEqual([
        ['a', 1, false],
        ['b', 2, false],
      ]);
      expect(kinds(await ask(voucher, wish('c'), wish('b'), wish('a')))).toEqual([
        'sold-out',
        'accepted',
        'accepted',
      ]);
    });

    it('gets what is given back, and no stock is taken away that was offered', async () => {
      const voucher = await prepared({ total: 2 });
      await ask(voucher, wish('a'), wish('b'));
      await tell(voucher, 1, true);
      await gate.giveBack(epoch, voucher.id, {
        number: 1,
        units: 2,
        claims: [
          { userId: 'a', ordinal: 1 },
          { userId: 'b', ordinal: 1 },
        ],
      });
      expect(kinds(await ask(voucher, wish('a')))).toEqual(['sold-out']);
      expect((await tell(voucher, 2, true, ['c', 1])).remaining).toBe(2);
      expect(await gate.adjust(epoch, voucher.id, 1, -2)).toBe('refused');
      expect(await gate.adjust(epoch, voucher.id, 2, -1)).toBe('applied');
      expect(kinds(await ask(voucher, wish('x'), wish('c')))).toEqual(['sold-out', 'accepted']);
    });

    it('is part of what a gate is rebuilt from', async () => {
      const voucher = await openVoucher(gate, { total: 3 });
      const next = harness.epoch();
      await gate.revokeBelow(next);
      await gate.begin(next);
      const until = (await gate.now()) + LATER;
      await rebuild(gate, next, {
        voucher,
        remaining: 2,
        sequence: 1,
        adjusted: 0,
        returned: 0,
        list: { version: 7, waiting: true, offers: [{ userId: 'b', number: 4, until }] },
        users: (async function* () {
          yield [{ userId: 'a', live: 1, last: 1, keys: [] }];
        })(),
      });
      await gate.finish(next);
      expect(await gate.remaining(next, voucher.id)).toBe(0);
      expect(await gate.offer(next, voucher.id)).toMatchObject({
        remaining: 2,
        version: 7,
        waiting: true,
        offers: [{ userId: 'b', number: 4, until, used: false }],
      });
      expect(kinds(await decide(gate, next, voucher.id, wish('x'), wish('b')))).toEqual([
        'sold-out',
        'accepted',
      ]);
    });

    it('is none of a voucher or of an epoch that the gate does not hold', async () => {
      const voucher = await openVoucher(gate);
      expect(await gate.offer(epoch, voucher.id)).toBe(UNKNOWN_VOUCHER);
      const known = await prepared();
      const later = harness.epoch();
      const found = await gate.offer(later, known.id).catch((error: unknown) => error);
      expect(found === UNKNOWN_VOUCHER || found instanceof GateLostError).toBe(true);
    });
  });

  describe('a decision', () => {
    it('accepts with the next sequence number and the first ordinal of the user', async () => {
      const voucher = await prepared();
      const before = await gate.now();
      const decisions = await ask(voucher, wish('a'), wish('b'));
      const after = await gate.now();
      expect(decisions).toMatchObject([
        { kind: 'accepted', ordinal: 1, sequence: 1 },
        { kind: 'accepted', ordinal: 1, sequence: 2 },
      ]);
      for (const decision of decisions) {
        if (decision.kind !== 'accepted') throw new Error(decision.kind);
        expect(decision.at).toBeGreaterThanOrEqual(before);
        expect(decision.at).toBeLessThanOrEqual(after);
      }
      expect(await gate.remaining(epoch, voucher.id)).toBe(8);
    });

    it('gives the last unit to the first of a batch and tells the rest that all are sold', async () => {
      const voucher = await prepared({ total: 2 });
      expect(kinds(await ask(voucher, wish('a'), wish('b'), wish('c'), wish('d')))).toEqual([
        'accepted',
        'accepted',
        'sold-out',
        'sold-out',
      ]);
      expect(await gate.remaining(epoch, voucher.id)).toBe(0);
    });

    it('is not-started before the window, with its opening and the gate time', async () => {
      const now = await gate.now();
      const voucher = await prepared({ opensAt: now + HOUR, closesAt: now + 2 * HOUR });
      const [decision] = await ask(voucher, wish('a'));
      expect(decision).toMatchObject({ kind: 'not-started', opensAt: now + HOUR });
      if (decision?.kind !== 'not-started') throw new Error('unreachable');
      expect(decision.now).toBeGreaterThanOrEqual(now);
      expect(decision.now).toBeLessThan(now + HOUR);
    });

    it('is ended from the moment the window closes', async () => {
      const now = await gate.now();
      const voucher = await prepared({ opensAt: now - HOUR, closesAt: now });
      expect(await ask(voucher, wish('a'))).toEqual([{ kind: 'ended' }]);
    });

    it('is ended for a voucher that was ended early, and before its window too', async () => {
      const now = await gate.now();
      const early = await prepared({ state: 'ended' });
      const before = await prepared({ state: 'ended', opensAt: now + HOUR, closesAt: now + 2 * HOUR });
      expect(await ask(early, wish('a'))).toEqual([{ kind: 'ended' }]);
      expect(await ask(before, wish('a'))).toEqual([{ kind: 'ended' }]);
    });

    it('is paused while the voucher is', async () => {
      expect(await ask(await prepared({ state: 'paused' }), wish('a'))).toEqual([{ kind: 'paused' }]);
    });

    it('names the claim that is held when the limit is reached, before it says sold out', async () => {
      const voucher = await prepared({ total: 1 });
      await ask(voucher, wish('a'));
      expect(await ask(voucher, wish('a'), wish('b'))).toEqual([
        { kind: 'limit-reached', ordinal: 1 },
        { kind: 'sold-out', stockVersion: 0, closesInMs: expect.any(Number) },
      ]);
    });

    it('is overloaded when too many claims are pending, until some end', async () => {
      gate = harness.create({ ...OPTIONS, maxPending: 2 });
      await beginAndFinish(gate, epoch);
      const voucher = await prepared();
      expect(kinds(await ask(voucher, wish('a'), wish('b'), wish('c')))).toEqual([
        'accepted',
        'accepted',
        'overloaded',
      ]);
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'issued')]);
      expect(kinds(await ask(voucher, wish('c'), wish('d')))).toEqual(['accepted', 'overloaded']);
    });

    it('changes nothing when it refuses', async () => {
      const voucher = await prepared({ total: 1 });
      await ask(voucher, wish('a'));
      const before = await gate.snapshot(epoch, voucher.id);
      await ask(voucher, wish('a', 'k'), wish('b', 'l'), wish('c'));
      expect(await gate.snapshot(epoch, voucher.id)).toEqual({ ...before, now: expect.any(Number) });
      // The keys of refused requests were not kept: with room they are decided anew.
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'rejected')]);
      expect(kinds(await ask(voucher, wish('b', 'l', 'other')))).toEqual(['accepted']);
    });

    it('knows no voucher that was not prepared', async () => {
      const voucher = await openVoucher(gate);
      expect(await gate.claim(epoch, voucher.id, [wish('a')])).toBe(UNKNOWN_VOUCHER);
      expect(await gate.remaining(epoch, voucher.id)).toBeUndefined();
      expect(await gate.snapshot(epoch, voucher.id)).toBeUndefined();
      expect(await gate.pendingSize(epoch, voucher.id)).toEqual({ size: 0 });
      expect(await gate.pendingBefore(epoch, voucher.id, Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
      expect(await gate.status(epoch, voucher.id, 'a', 1)).toBe(UNKNOWN_VOUCHER);
    });
  });

  describe('one user', () => {
    it('gets one unit of a batch that asks twice', async () => {
      const voucher = await prepared();
      expect(await ask(voucher, wish('a'), wish('a'))).toMatchObject([
        { kind: 'accepted', ordinal: 1 },
        { kind: 'limit-reached', ordinal: 1 },
      ]);
      expect(await gate.remaining(epoch, voucher.id)).toBe(9);
    });

    it('gets as many as the limit allows, in one batch and over several', async () => {
      const voucher = await prepared({ perUserLimit: 3 });
      expect(await ask(voucher, wish('a'), wish('a'))).toMatchObject([{ ordinal: 1 }, { ordinal: 2 }]);
      expect(await ask(voucher, wish('a'), wish('b'), wish('a'))).toMatchObject([
        { kind: 'accepted', ordinal: 3, sequence: 3 },
        { kind: 'accepted', ordinal: 1, sequence: 4 },
        { kind: 'limit-reached', ordinal: 3 },
      ]);
    });

    it('may have claims of every kind, each with its own end, key and details', async () => {
      const voucher = await prepared({ perUserLimit: 4, total: 20 });
      const keyed = (n: number) => wish('a', `k${n}`);
      const taken = await ask(voucher, keyed(1), wish('b'), keyed(2), keyed(3));
      await gate.confirm(epoch, voucher.id, [
        ended('a', 3, 'rejected', 'stock_exhausted'),
        ended('b', 1, 'issued'),
        ended('a', 1, 'issued'),
      ]);
      expect(await ask(voucher, keyed(4), keyed(5), wish('a'))).toMatchObject([
        { kind: 'accepted', ordinal: 4, sequence: 5 },
        { kind: 'accepted', ordinal: 5, sequence: 6 },
        { kind: 'limit-reached', ordinal: 5 },
      ]);
      const claims = [1, 2, 3, 4, 5].map((ordinal) => gate.status(epoch, voucher.id, 'a', ordinal));
      expect(await Promise.all(claims)).toMatchObject([
        { status: 'issued', sequence: 1, endedAt: 1_700_000_000_000 },
        { status: 'pending', sequence: 3 },
        { status: 'rejected', sequence: 4, reason: 'stock_exhausted' },
        { status: 'pending', sequence: 5 },
        { status: 'pending', sequence: 6 },
      ]);
      expect(await gate.status(epoch, voucher.id, 'a', 6)).toBeUndefined();
      const [first, , second, third] = taken.map((decision) => ('at' in decision ? decision.at : 0));
      expect(await ask(voucher, keyed(3), keyed(1), keyed(2), keyed(5))).toEqual([
        { kind: 'replayed', ordinal: 3, sequence: 4, at: third, pending: false },
        { kind: 'replayed', ordinal: 1, sequence: 1, at: first, pending: false },
        { kind: 'replayed', ordinal: 2, sequence: 3, at: second, pending: true },
        { kind: 'replayed', ordinal: 5, sequence: 6, at: expect.any(Number), pending: true },
      ]);
      await gate.confirm(epoch, voucher.id, [ended('a', 2, 'rejected'), ended('a', 5, 'rejected')]);
      expect(await ask(voucher, wish('a'), wish('a'), wish('a'))).toMatchObject([
        { kind: 'accepted', ordinal: 6 },
        { kind: 'accepted', ordinal: 7 },
        { kind: 'limit-reached', ordinal: 7 },
      ]);
    });

    it('may have a hundred claims: every one has its own number, key and end', async () => {
      const limit = 100;
      const voucher = await prepared({ perUserLimit: limit, total: 500 });
      const ordinals = Array.from({ length: limit }, (_, n) => n + 1);
      const requests = ordinals.map((n) => wish('a', `k${n}`));
      await ask(voucher, ...requests.slice(0, 30));
      await ask(voucher, ...requests.slice(30));
      expect(await ask(voucher, wish('a'))).toEqual([{ kind: 'limit-reached', ordinal: limit }]);
      const rejected = (ordinal: number): boolean => ordinal % 3 === 0;
      const ends = ordinals.map((n) => ended('a', n, rejected(n) ? 'rejected' : 'issued')).reverse();
      await gate.confirm(epoch, voucher.id, ends);
      const statuses = await Promise.all(ordinals.map((n) => gate.status(epoch, voucher.id, 'a', n)));
      expect(
        statuses.map((claim) => (typeof claim === 'object' ? [claim.status, claim.sequence] : claim)),
      ).toEqual(ordinals.map((n) => [rejected(n) ? 'rejected' : 'issued', n]));
      expect(await ask(voucher, ...requests)).toMatchObject(
        ordinals.map((n) => ({ kind: 'replayed', ordinal: n, sequence: n, pending: false })),
      );
      const again = await ask(voucher, ...Array.from({ length: 40 }, () => wish('a')));
      expect(kinds(again)).toEqual([
        ...Array<string>(33).fill('accepted'),
        ...Array<string>(7).fill('limit-reached'),
      ]);
      expect(await gate.remaining(epoch, voucher.id)).toBe(400);
      expect((await gate.holders(epoch, voucher.id)).count).toBe(1);
    });

    it('does not use up the quota of another voucher', async () => {
      const [one, two] = [await prepared(), await prepared()];
      expect(kinds(await ask(one, wish('a')))).toEqual(['accepted']);
      expect(kinds(await ask(two, wish('a')))).toEqual(['accepted']);
    });
  });

  describe('an adjustment of the stock', () => {
    const adjust = (voucher: GateVoucher, number: number, delta: number) =>
      gate.adjust(epoch, voucher.id, number, delta);
    const counters = async (voucher: GateVoucher) => {
      const { total, remaining, adjusted, refused } = (await gate.snapshot(epoch, voucher.id)) ?? {};
      return { total, remaining, adjusted, refused };
    };

    it('adds units that can be claimed at once, and takes away what nobody holds', async () => {
      const voucher = await prepared({ total: 1 });
      await ask(voucher, wish('a'));
      expect(await adjust(voucher, 1, 2)).toBe('applied');
      expect(kinds(await ask(voucher, wish('b'), wish('c'), wish('d')))).toEqual([
        'accepted',
        'accepted',
        'sold-out',
      ]);
      expect(await adjust(voucher, 2, 5)).toBe('applied');
      expect(await adjust(voucher, 3, -5)).toBe('applied');
      expect(await counters(voucher)).toEqual({ total: 3, remaining: 0, adjusted: 3, refused: 0 });
    });

    it('never goes below what is committed, pending claims among it, and changes nothing then', async () => {
      const voucher = await prepared({ total: 10 });
      await ask(voucher, wish('a'), wish('b'), wish('c'));
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'issued')]);
      expect(await adjust(voucher, 1, -8)).toBe('refused');
      expect(await counters(voucher)).toEqual({ total: 10, remaining: 7, adjusted: 1, refused: 1 });
      expect(await adjust(voucher, 2, -7)).toBe('applied');
      expect(await counters(voucher)).toEqual({ total: 3, remaining: 0, adjusted: 2, refused: 1 });
    });

    it('is judged once a number: a retry hears the same, also when it would be judged otherwise by now', async () => {
      const voucher = await prepared({ total: 5 });
      await ask(voucher, wish('a'));
      expect([await adjust(voucher, 1, 3), await adjust(voucher, 1, 3)]).toEqual(['applied', 'applied']);
      expect(await adjust(voucher, 2, -8)).toBe('refused');
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'rejected')]);
      expect(await adjust(voucher, 2, -8)).toBe('refused');
      expect(await adjust(voucher, 1, 3)).toBe('judged-earlier');
      expect(await counters(voucher)).toEqual({ total: 8, remaining: 8, adjusted: 2, refused: 2 });
    });

    it('after one that the gate never heard of is lost', async () => {
      const voucher = await prepared();
      await expect(adjust(voucher, 2, 1)).rejects.toBeInstanceOf(GateLostError);
      expect(await counters(voucher)).toEqual({ total: 10, remaining: 10, adjusted: 0, refused: 0 });
    });

    it('is not undone by a late prepare', async () => {
      const voucher = await prepared();
      await adjust(voucher, 1, -4);
      await gate.prepare(epoch, voucher);
      expect(await counters(voucher)).toMatchObject({ total: 6, remaining: 6 });
    });

    it('goes on after a rebuild from the number that the rebuilt total has', async () => {
      const voucher = await openVoucher(gate, { total: 12 });
      const next = harness.epoch();
      await gate.begin(next);
      await rebuild(gate, next, {
        voucher,
        remaining: 12,
        sequence: 0,
        adjusted: 4,
        returned: 0,
        users: chunks(),
      });
      await gate.finish(next);
      expect(await gate.adjust(next, voucher.id, 4, 2)).toBe('applied');
      expect(await gate.snapshot(next, voucher.id)).toMatchObject({ total: 12, remaining: 12, adjusted: 4 });
      expect(await gate.adjust(next, voucher.id, 5, -12)).toBe('applied');
      expect(await gate.snapshot(next, voucher.id)).toMatchObject({ total: 0, remaining: 0 });
    });

    it('needs an epoch that is held and a voucher that it knows', async () => {
      const voucher = await prepared();
      expect(await gate.adjust(epoch, newId('vch', 1), 1, 5)).toBe(UNKNOWN_VOUCHER);
      await expect(gate.adjust(harness.epoch(), voucher.id, 1, 5)).rejects.toBeInstanceOf(GateLostError);
      await gate.revokeBelow(epoch + 1);
      const outcome = await adjust(voucher, 1, 5).catch((error: unknown) => error);
      if (outcome !== UNKNOWN_VOUCHER) expect(outcome).toBeInstanceOf(GateLostError);
    });
  });

  describe('a give-back', () => {
    const giveBack = (
      voucher: GateVoucher,
      number: number,
      units: number,
      ...claims: readonly (readonly [string, number])[]
    ) =>
      gate.giveBack(epoch, voucher.id, {
        number,
        units,
        claims: claims.map(([userId, ordinal]) => ({ userId, ordinal })),
      });
    const counters = async (voucher: GateVoucher) => {
      const { remaining, returned, pending } = (await gate.snapshot(epoch, voucher.id)) ?? {};
      return { remaining, returned, pending: pending?.length };
    };

    it('frees the unit and the place in the limit of its user, for the next ordinal', async () => {
      const voucher = await prepared({ total: 2 });
      await ask(voucher, wish('a'), wish('b'));
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'issued'), ended('b', 1, 'issued')]);
      expect(await giveBack(voucher, 1, 1, ['a', 1])).toBe('taken');
      expect(await counters(voucher)).toEqual({ remaining: 1, returned: 1, pending: 0 });
      expect(await ask(voucher, wish('b'), wish('a'), wish('c'))).toMatchObject([
        { kind: 'limit-reached', ordinal: 1 },
        { kind: 'accepted', ordinal: 2, sequence: 3 },
        { kind: 'sold-out', stockVersion: 1 },
      ]);
    });

    it('is taken once a number, whoever brings it again', async () => {
      const voucher = await prepared({ total: 3, perUserLimit: 2 });
      await ask(voucher, wish('a'), wish('a'), wish('b'));
      expect([await giveBack(voucher, 1, 1, ['a', 1]), await giveBack(voucher, 1, 1, ['a', 1])]).toEqual([
        'taken',
        'taken-earlier',
      ]);
      expect(await giveBack(voucher, 2, 1, ['b', 1])).toBe('taken');
      expect(await giveBack(voucher, 1, 1, ['a', 1])).toBe('taken-earlier');
      expect(await counters(voucher)).toEqual({ remaining: 2, returned: 2, pending: 1 });
      expect(kinds(await ask(voucher, wish('a'), wish('a')))).toEqual(['accepted', 'limit-reached']);
    });

    it('takes many claims in one number, those of one user among them', async () => {
      const voucher = await prepared({ total: 4, perUserLimit: 3 });
      await ask(voucher, wish('a'), wish('a'), wish('a'), wish('b'));
      await gate.confirm(epoch, voucher.id, [ended('a', 2, 'issued')]);
      expect(await giveBack(voucher, 1, 3, ['a', 2], ['b', 1], ['a', 1])).toBe('taken');
      expect(await counters(voucher)).toEqual({ remaining: 3, returned: 1, pending: 1 });
      const statuses = await Promise.all(
        [1, 2, 3].map((ordinal) => gate.status(epoch, voucher.id, 'a', ordinal)),
      );
      expect(statuses).toMatchObject([
        { status: 'given-back', sequence: 1 },
        { status: 'given-back', sequence: 2 },
        { status: 'pending', sequence: 3 },
      ]);
      expect(await ask(voucher, wish('a'), wish('a'), wish('a'))).toMatchObject([
        { kind: 'accepted', ordinal: 4 },
        { kind: 'accepted', ordinal: 5 },
        { kind: 'limit-reached', ordinal: 5 },
      ]);
    });

    it('may free places without units, and units without places', async () => {
      const voucher = await prepared({ total: 2 });
      await ask(voucher, wish('a'), wish('b'));
      expect(await giveBack(voucher, 1, 0, ['a', 1])).toBe('taken');
      expect(await ask(voucher, wish('a'))).toMatchObject([{ kind: 'sold-out', stockVersion: 0 }]);
      expect(await giveBack(voucher, 2, 1)).toBe('taken');
      expect(kinds(await ask(voucher, wish('b'), wish('a')))).toEqual(['limit-reached', 'accepted']);
    });

    it('ends a claim for good: it is not issued or rejected by a late word', async () => {
      const voucher = await prepared({ total: 2, perUserLimit: 2 });
      await ask(voucher, wish('a'));
      await giveBack(voucher, 1, 1, ['a', 1]);
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'issued')]);
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'rejected', 'stock_exhausted')]);
      expect(await gate.status(epoch, voucher.id, 'a', 1)).toMatchObject({ status: 'given-back' });
      expect(await counters(voucher)).toEqual({ remaining: 2, returned: 1, pending: 0 });
      expect(kinds(await ask(voucher, wish('a'), wish('a'), wish('a')))).toEqual([
        'accepted',
        'accepted',
        'limit-reached',
      ]);
    });

    it('ends a claim that was held, which counted like an issued one', async () => {
      const voucher = await prepared({ total: 1 });
      await ask(voucher, wish('a', 'k'));
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'held')]);
      expect(await gate.status(epoch, voucher.id, 'a', 1)).toMatchObject({ status: 'held', sequence: 1 });
      expect(await counters(voucher)).toEqual({ remaining: 0, returned: 0, pending: 0 });
      expect(await ask(voucher, wish('a'), wish('b'), wish('a', 'k'))).toMatchObject([
        { kind: 'limit-reached' },
        { kind: 'sold-out' },
        { kind: 'replayed', ordinal: 1, pending: false },
      ]);
      const counted: unknown[] = [];
      for await (const users of gate.issued(epoch, voucher.id)) counted.push(...users);
      expect(counted).toEqual([{ userId: 'a', count: 1, ordinals: [1] }]);
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'issued')]);
      expect(await gate.status(epoch, voucher.id, 'a', 1)).toMatchObject({ status: 'held' });
      expect(await giveBack(voucher, 1, 1, ['a', 1])).toBe('taken');
      expect(await gate.status(epoch, voucher.id, 'a', 1)).toMatchObject({ status: 'given-back' });
      expect(kinds(await ask(voucher, wish('b'), wish('a')))).toEqual(['accepted', 'sold-out']);
    });

    it('leaves the answer to a repeated Idempotency-Key as it was', async () => {
      const voucher = await prepared({ total: 2, perUserLimit: 2 });
      await ask(voucher, wish('a', 'k'));
      await giveBack(voucher, 1, 1, ['a', 1]);
      expect(await ask(voucher, wish('a', 'k'))).toMatchObject([
        { kind: 'replayed', ordinal: 1, sequence: 1, pending: false },
      ]);
    });

    it('before which one is missing finds a state that has forgotten', async () => {
      const voucher = await prepared();
      await ask(voucher, wish('a'));
      await expect(giveBack(voucher, 2, 1, ['a', 1])).rejects.toBeInstanceOf(GateLostError);
      expect(await counters(voucher)).toEqual({ remaining: 9, returned: 0, pending: 1 });
    });

    it('is contained in what a rebuild loads, up to the number that it names', async () => {
      const voucher = await openVoucher(gate, { total: 3 });
      const next = harness.epoch();
      await gate.begin(next);
      const users = chunks([
        { userId: 'a', live: 0, last: 1, keys: [] },
        { userId: 'b', live: 1, last: 1, keys: [] },
      ]);
      await rebuild(gate, next, { voucher, remaining: 2, sequence: 2, adjusted: 0, returned: 7, users });
      await gate.finish(next);
      const again = { number: 7, units: 1, claims: [{ userId: 'a', ordinal: 1 }] };
      expect(await gate.giveBack(next, voucher.id, again)).toBe('taken-earlier');
      const behind = { number: 8, units: 1, claims: [{ userId: 'b', ordinal: 1 }] };
      expect(await gate.giveBack(next, voucher.id, behind)).toBe('taken');
      expect(await gate.snapshot(next, voucher.id)).toMatchObject({ remaining: 3, returned: 8 });
      expect(await decide(gate, next, voucher.id, wish('a'), wish('b'))).toMatchObject([
        { kind: 'accepted', ordinal: 2 },
        { kind: 'accepted', ordinal: 2 },
      ]);
    });

    it('needs an epoch that is held and a voucher that it knows', async () => {
      const voucher = await prepared();
      const one = { number: 1, units: 1, claims: [] };
      expect(await gate.giveBack(epoch, newId('vch', 1), one)).toBe(UNKNOWN_VOUCHER);
      await gate.revokeBelow(epoch + 1);
      const outcome = await gate.giveBack(epoch, voucher.id, one).catch((error: unknown) => error);
      if (outcome !== UNKNOWN_VOUCHER) expect(outcome).toBeInstanceOf(GateLostError);
    });
  });

  describe('sold out', () => {
    const soldOut = async (voucher: GateVoucher) => {
      const [decision] = await ask(voucher, wish('late'));
      if (decision?.kind !== 'sold-out') throw new Error(decision?.kind);
      return decision;
    };

    it('says until when it can be believed: a version that rises with every freed unit, and the end', async () => {
      const voucher = await prepared({ total: 1 });
      await ask(voucher, wish('a'));
      const first = await soldOut(voucher);
      expect(await soldOut(voucher)).toMatchObject({ stockVersion: first.stockVersion });
      expect(first.closesInMs).toBeGreaterThan(HOUR - 60_000);
      expect(first.closesInMs).toBeLessThanOrEqual(HOUR);
      await gate.adjust(epoch, voucher.id, 1, 1);
      await ask(voucher, wish('b'));
      const second = await soldOut(voucher);
      expect(second.stockVersion).toBeGreaterThan(first.stockVersion);
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'rejected')]);
      await ask(voucher, wish('c'));
      expect((await soldOut(voucher)).stockVersion).toBeGreaterThan(second.stockVersion);
    });

    it('knows who holds or held a claim', async () => {
      gate = harness.create({ ...OPTIONS, maxPending: 5_000 });
      await beginAndFinish(gate, epoch);
      const voucher = await prepared({ total: 2_500 });
      expect((await gate.holders(epoch, voucher.id)).count).toBe(0);
      const users = Array.from({ length: 2_500 }, (_, n) => `u${n}`);
      for (let from = 0; from < users.length; from += 500)
        await ask(voucher, ...users.slice(from, from + 500).map((id) => wish(id)));
      await gate.confirm(epoch, voucher.id, [ended('u7', 1, 'rejected')]);
      const { count, ids } = await gate.holders(epoch, voucher.id);
      const found = new Set<string>();
      for await (const chunk of ids) for (const id of chunk) found.add(id);
      expect(count).toBe(2_500);
      expect(found).toEqual(new Set(users));
    });
  });

  describe('what it was told is a row', () => {
    const issued = async (voucher: GateVoucher) => {
      const found = new Map<string, { count: number; ordinals: readonly number[] }>();
      for await (const chunk of gate.issued(epoch, voucher.id))
        for (const { userId, count, ordinals } of chunk) found.set(userId, { count, ordinals });
      return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
    };

    it('is counted by user, without what is pending or rejected', async () => {
      const voucher = await prepared({ total: 10, perUserLimit: 3 });
      expect(await issued(voucher)).toEqual({});
      await ask(voucher, wish('a'), wish('b'), wish('b'), wish('b'), wish('c'), wish('d'));
      expect(await issued(voucher)).toEqual({});
      await gate.confirm(epoch, voucher.id, [
        ended('a', 1, 'issued'),
        ended('b', 1, 'issued'),
        ended('b', 2, 'rejected'),
        ended('d', 1, 'rejected'),
      ]);
      expect(await issued(voucher)).toEqual({
        a: { count: 1, ordinals: [1] },
        b: { count: 1, ordinals: [1] },
      });
    });

    it('is only counted after a rebuild, which knows no records', async () => {
      const voucher = await openVoucher(gate, { perUserLimit: 3 });
      const next = harness.epoch();
      await gate.begin(next);
      await rebuild(gate, next, {
        voucher,
        remaining: 6,
        sequence: 4,
        adjusted: 0,
        returned: 0,
        users: chunks([
          { userId: 'a', live: 2, last: 3, keys: [] },
          { userId: 'b', live: 2, last: 2, keys: [], pending: [{ ordinal: 2, sequence: 4, at: 1 }] },
          { userId: 'c', live: 0, last: 1, keys: [] },
        ]),
      });
      await gate.finish(next);
      epoch = next;
      expect(await issued(voucher)).toEqual({
        a: { count: 2, ordinals: [] },
        b: { count: 1, ordinals: [] },
      });
    });
  });

  describe('the rate of one user', () => {
    const limited = async (limit: number, terms: Partial<GateVoucher> = {}): Promise<GateVoucher> => {
      gate = harness.create({ ...OPTIONS, rate: { limit, windowMs: HOUR } });
      await beginAndFinish(gate, epoch);
      return prepared(terms);
    };

    it('lets so many attempts through, whatever they are answered, and tells the next how long to wait', async () => {
      const voucher = await limited(3, { perUserLimit: 2 });
      expect(kinds(await ask(voucher, wish('a'), wish('a'), wish('b')))).toEqual([
        'accepted',
        'accepted',
        'accepted',
      ]);
      const decisions = await ask(voucher, wish('a'), wish('a'), wish('b'));
      expect(kinds(decisions)).toEqual(['limit-reached', 'rate-limited', 'accepted']);
      const [, refused] = decisions;
      if (refused?.kind !== 'rate-limited') throw new Error('unreachable');
      expect(refused.retryAfterMs).toBeGreaterThan(HOUR - 60_000);
      expect(refused.retryAfterMs).toBeLessThanOrEqual(HOUR);
    });

    it('comes before window, state and stock', async () => {
      const voucher = await limited(1, { state: 'paused' });
      expect(kinds(await ask(voucher, wish('a'), wish('a')))).toEqual(['paused', 'rate-limited']);
    });

    it('neither counts nor limits a replay', async () => {
      const voucher = await limited(2, { perUserLimit: 5 });
      await ask(voucher, wish('a', 'k'));
      expect(kinds(await ask(voucher, ...Array.from({ length: 5 }, () => wish('a', 'k'))))).toEqual(
        Array<string>(5).fill('replayed'),
      );
      expect(kinds(await ask(voucher, wish('a'), wish('a'), wish('a', 'k'), wish('a', 'new')))).toEqual([
        'accepted',
        'rate-limited',
        'replayed',
        'rate-limited',
      ]);
    });

    it('is counted for each voucher and user apart, and takes no unit from anybody', async () => {
      const one = await limited(1);
      const two = await prepared();
      expect(kinds(await ask(one, wish('a'), wish('a'), wish('b')))).toEqual([
        'accepted',
        'rate-limited',
        'accepted',
      ]);
      expect(kinds(await ask(two, wish('a')))).toEqual(['accepted']);
      expect(await gate.snapshot(epoch, one.id)).toMatchObject({ remaining: 8, sequence: 2 });
    });
  });

  describe('an Idempotency-Key', () => {
    it('replays a pending claim without taking a second unit', async () => {
      const voucher = await prepared({ perUserLimit: 5 });
      const [first] = await ask(voucher, wish('a', 'k'));
      if (first?.kind !== 'accepted') throw new Error('not accepted');
      expect(await ask(voucher, wish('a', 'k'))).toEqual([
        { kind: 'replayed', ordinal: 1, sequence: 1, at: first.at, pending: true },
      ]);
      expect(await gate.remaining(epoch, voucher.id)).toBe(9);
    });

    it('replays a claim that has ended, with the details of the first answer', async () => {
      const voucher = await prepared();
      const [first] = await ask(voucher, wish('a', 'k'));
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'issued')]);
      expect(await ask(voucher, wish('a', 'k'))).toEqual([{ ...first, kind: 'replayed', pending: false }]);
    });

    it('replays within one batch', async () => {
      const voucher = await prepared({ perUserLimit: 5 });
      expect(await ask(voucher, wish('a', 'k'), wish('a', 'k'), wish('a'))).toMatchObject([
        { kind: 'accepted', ordinal: 1, sequence: 1 },
        { kind: 'replayed', ordinal: 1, sequence: 1, pending: true },
        { kind: 'accepted', ordinal: 2, sequence: 2 },
      ]);
    });

    it('is refused for another request, within one batch too', async () => {
      const voucher = await prepared({ perUserLimit: 5 });
      expect(kinds(await ask(voucher, wish('a', 'k', 'one'), wish('a', 'k', 'two')))).toEqual([
        'accepted',
        'key-reused',
      ]);
      expect(kinds(await ask(voucher, wish('a', 'k', 'two'), wish('a', 'k', 'one')))).toEqual([
        'key-reused',
        'replayed',
      ]);
    });

    it('belongs to its user', async () => {
      const voucher = await prepared();
      expect(kinds(await ask(voucher, wish('a', 'k', 'one'), wish('b', 'k', 'two')))).toEqual([
        'accepted',
        'accepted',
      ]);
    });

    it('is answered after the window, while paused and when all is sold', async () => {
      const voucher = await prepared({ total: 1 });
      await ask(voucher, wish('a', 'k'));
      expect(kinds(await ask(voucher, wish('a', 'k')))).toEqual(['replayed']);
      for (const state of ['paused', 'ended'] as const) {
        await gate.configure(epoch, { ...voucher, state, version: 2 });
        expect(kinds(await ask(voucher, wish('a', 'k')))).toEqual(['replayed']);
      }
    });

    it('is remembered across a rebuild, without the details', async () => {
      const voucher = await openVoucher(gate, { perUserLimit: 2 });
      const next = harness.epoch();
      const at = await gate.now();
      const keys = [{ key: 'k', fingerprint: 'f', ordinal: 1, at }];
      await gate.begin(next);
      const users = chunks([{ userId: 'a', live: 1, last: 1, keys }]);
      await rebuild(gate, next, { voucher, remaining: 9, sequence: 1, adjusted: 0, returned: 0, users });
      await gate.finish(next);
      expect(await decide(gate, next, voucher.id, wish('a', 'k'), wish('a', 'k', 'g'))).toMatchObject([
        { kind: 'replayed', ordinal: 1, sequence: 0, pending: false },
        { kind: 'key-reused', ordinal: 1 },
      ]);
      expect(await gate.remaining(next, voucher.id)).toBe(9);
    });

    it('is forgotten when its time is over, and not before', async () => {
      const voucher = await openVoucher(gate, { perUserLimit: 5 });
      const next = harness.epoch();
      const now = await gate.now();
      const held = (key: string, ordinal: number, at: number) => ({ key, fingerprint: 'f', ordinal, at });
      await gate.begin(next);
      const keys = [held('old', 1, now - KEY_TTL_MS), held('young', 2, now - KEY_TTL_MS + 60_000)];
      const users = chunks([{ userId: 'a', live: 2, last: 2, keys }]);
      await rebuild(gate, next, { voucher, remaining: 8, sequence: 2, adjusted: 0, returned: 0, users });
      await gate.finish(next);
      expect(await decide(gate, next, voucher.id, wish('a', 'young'), wish('a', 'old', 'new'))).toMatchObject(
        [
          { kind: 'replayed', ordinal: 2 },
          { kind: 'accepted', ordinal: 3 },
        ],
      );
      // The new use of the old key is the one that counts now.
      expect(kinds(await decide(gate, next, voucher.id, wish('a', 'old', 'new')))).toEqual(['replayed']);
    });
  });

  describe('confirm', () => {
    it('makes results readable and empties the pending ledger', async () => {
      const voucher = await prepared();
      await ask(voucher, wish('a'), wish('b'));
      expect(await gate.status(epoch, voucher.id, 'a', 1)).toMatchObject({ status: 'pending', sequence: 1 });
      await gate.confirm(epoch, voucher.id, [
        ended('a', 1, 'issued'),
        ended('b', 1, 'rejected', 'stock_exhausted'),
      ]);
      expect(await gate.status(epoch, voucher.id, 'a', 1)).toMatchObject({
        status: 'issued',
        sequence: 1,
        endedAt: 1_700_000_000_000,
      });
      expect(await gate.status(epoch, voucher.id, 'b', 1)).toMatchObject({
        status: 'rejected',
        sequence: 2,
        reason: 'stock_exhausted',
      });
      expect(await gate.pendingSize(epoch, voucher.id)).toEqual({ size: 0 });
    });

    it('is idempotent', async () => {
      const voucher = await prepared();
      await ask(voucher, wish('a'), wish('b'));
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'issued'), ended('a', 1, 'issued')]);
      const before = await gate.snapshot(epoch, voucher.id);
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'issued')]);
      expect(await gate.snapshot(epoch, voucher.id)).toEqual({ ...before, now: expect.any(Number) });
      expect(await gate.pendingSize(epoch, voucher.id)).toMatchObject({ size: 1 });
    });

    it('of a rejection gives the unit and the quota back once', async () => {
      const voucher = await prepared();
      await ask(voucher, wish('a'));
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'rejected'), ended('a', 1, 'rejected')]);
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'rejected')]);
      expect(await gate.remaining(epoch, voucher.id)).toBe(10);
      // A new claim has a new ordinal, so a new id.
      expect(await ask(voucher, wish('a'), wish('a'))).toMatchObject([
        { kind: 'accepted', ordinal: 2, sequence: 2 },
        { kind: 'limit-reached', ordinal: 2 },
      ]);
    });

    it('does not turn an end into another', async () => {
      const voucher = await prepared();
      await ask(voucher, wish('a'), wish('b'));
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'issued'), ended('b', 1, 'rejected')]);
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'rejected'), ended('b', 1, 'issued')]);
      expect(await gate.status(epoch, voucher.id, 'a', 1)).toMatchObject({ status: 'issued' });
      expect(await gate.status(epoch, voucher.id, 'b', 1)).toMatchObject({ status: 'rejected' });
      expect(await gate.remaining(epoch, voucher.id)).toBe(9);
    });

    it('ignores claims, vouchers and epochs that the gate does not know', async () => {
      const voucher = await prepared();
      await ask(voucher, wish('a'));
      const before = await gate.snapshot(epoch, voucher.id);
      await gate.confirm(epoch, voucher.id, [ended('stranger', 1, 'rejected'), ended('a', 7, 'rejected')]);
      await gate.confirm(epoch, newId('vch', 1), [ended('a', 1, 'rejected')]);
      await gate.confirm(harness.epoch(), voucher.id, [ended('a', 1, 'rejected')]);
      await gate.confirm(epoch, voucher.id, []);
      expect(await gate.snapshot(epoch, voucher.id)).toEqual({ ...before, now: expect.any(Number) });
    });
  });

  describe('the pending ledger', () => {
    it('lists what was taken before a time, oldest first, at most so many', async () => {
      const voucher = await prepared({ perUserLimit: 2 });
      await ask(voucher, wish('a', 'k', 'print'));
      await ask(voucher, wish('b'), wish('a'));
      const later = (await gate.now()) + 1;
      const all = await gate.pendingBefore(epoch, voucher.id, later, 10);
      expect(all).toHaveLength(3);
      expect(all.map((entry) => entry.at)).toEqual(all.map((entry) => entry.at).sort((x, y) => x - y));
      expect(all.find((entry) => entry.userId === 'a' && entry.ordinal === 1)).toMatchObject({
        sequence: 1,
        idempotency: 'k.print',
      });
      expect(all.find((entry) => entry.userId === 'b')).not.toHaveProperty('idempotency');
      const oldest = Math.min(...all.map((entry) => entry.at));
      expect(await gate.pendingBefore(epoch, voucher.id, oldest, 10)).toEqual([]);
      expect(await gate.pendingBefore(epoch, voucher.id, later, 2)).toEqual(all.slice(0, 2));
      expect(await gate.pendingSize(epoch, voucher.id)).toEqual({ size: 3, oldestAt: oldest });
    });

    it('tells the claims of one user, and no other or ended ones', async () => {
      const voucher = await prepared({ perUserLimit: 3 });
      await ask(voucher, wish('a'), wish('b'), wish('a', 'k', 'print'), wish('a'));
      await gate.confirm(epoch, voucher.id, [ended('a', 1, 'issued')]);
      const found = await gate.pendingOf(epoch, voucher.id, 'a');
      const at = expect.any(Number);
      expect(found).toEqual([
        { ordinal: 2, sequence: 3, at },
        { ordinal: 3, sequence: 4, at },
      ]);
      expect(await gate.pendingOf(epoch, voucher.id, 'c')).toEqual([]);
      expect(await gate.pendingOf(epoch, newId('vch', 1), 'a')).toEqual([]);
      expect(await gate.pendingOf(epoch - 1, voucher.id, 'a')).toEqual([]);
    });

    it('is empty for a voucher without claims', async () => {
      const voucher = await prepared();
      expect(await gate.pendingSize(epoch, voucher.id)).toEqual({ size: 0 });
      expect(await gate.pendingBefore(epoch, voucher.id, (await gate.now()) + 1, 10)).toEqual([]);
    });

    it('shows in the snapshot with the counters', async () => {
      const voucher = await prepared();
      await ask(voucher, wish('a'), wish('b'), wish('c'));
      await gate.confirm(epoch, voucher.id, [ended('b', 1, 'issued')]);
      const snapshot = await gate.snapshot(epoch, voucher.id);
      expect(snapshot).toMatchObject({ total: 10, remaining: 7, sequence: 3 });
      expect(snapshot?.pending.map(({ userId, ordinal }) => `${userId}:${ordinal}`).sort()).toEqual([
        'a:1',
        'c:1',
      ]);
      expect(snapshot?.now).toBeGreaterThanOrEqual(
        Math.max(...(snapshot?.pending ?? []).map((entry) => entry.at)),
      );
    });
  });

  describe('prepare and configure', () => {
    it('prepare again changes nothing but the terms once a unit was taken', async () => {
      const voucher = await prepared({ perUserLimit: 1 });
      await ask(voucher, wish('a'));
      await gate.prepare(epoch, { ...voucher, perUserLimit: 2, total: 500, version: 2 });
      expect(await gate.snapshot(epoch, voucher.id)).toMatchObject({ total: 10, remaining: 9, sequence: 1 });
      expect(await ask(voucher, wish('a'))).toMatchObject([{ kind: 'accepted', ordinal: 2, sequence: 2 }]);
    });

    it('prepare again with an older version leaves the terms of a used voucher alone', async () => {
      const voucher = await prepared({ version: 5 });
      await ask(voucher, wish('a'));
      await gate.prepare(epoch, { ...voucher, state: 'ended', version: 4 });
      expect(kinds(await ask(voucher, wish('b')))).toEqual(['accepted']);
    });

    it('prepare again takes a new total while nothing was taken', async () => {
      const voucher = await prepared();
      await gate.prepare(epoch, { ...voucher, total: 3, version: 2 });
      expect(await gate.snapshot(epoch, voucher.id)).toMatchObject({ total: 3, remaining: 3, sequence: 0 });
    });

    it('configure is false for a voucher that this epoch does not know, and makes none', async () => {
      const voucher = await openVoucher(gate);
      expect(await gate.configure(epoch, voucher)).toBe(false);
      expect(await gate.claim(epoch, voucher.id, [wish('a')])).toBe(UNKNOWN_VOUCHER);
      const known = await prepared();
      expect(await gate.configure(harness.epoch(), known)).toBe(false);
    });

    it('configure takes a newer version and ignores an older one', async () => {
      const voucher = await prepared({ version: 3 });
      expect(await gate.configure(epoch, { ...voucher, state: 'paused', version: 4 })).toBe(true);
      expect(kinds(await ask(voucher, wish('a')))).toEqual(['paused']);
      expect(await gate.configure(epoch, { ...voucher, state: 'open', version: 3 })).toBe(true);
      expect(kinds(await ask(voucher, wish('a')))).toEqual(['paused']);
      expect(await gate.configure(epoch, { ...voucher, state: 'open', version: 5 })).toBe(true);
      expect(kinds(await ask(voucher, wish('a')))).toEqual(['accepted']);
    });

    it('configure moves window and limit and leaves the counters', async () => {
      const voucher = await prepared();
      await ask(voucher, wish('a'));
      const now = await gate.now();
      await gate.configure(epoch, { ...voucher, perUserLimit: 2, total: 99, version: 2 });
      expect(await gate.snapshot(epoch, voucher.id)).toMatchObject({ total: 10, remaining: 9, sequence: 1 });
      expect(kinds(await ask(voucher, wish('a')))).toEqual(['accepted']);
      await gate.configure(epoch, { ...voucher, opensAt: now + HOUR, closesAt: now + 2 * HOUR, version: 3 });
      expect(kinds(await ask(voucher, wish('b')))).toEqual(['not-started']);
      await gate.configure(epoch, { ...voucher, closesAt: now, version: 4 });
      expect(kinds(await ask(voucher, wish('b')))).toEqual(['ended']);
    });

    it('a limit that was lowered below what a user holds refuses more', async () => {
      const voucher = await prepared({ perUserLimit: 3 });
      await ask(voucher, wish('a'), wish('a'));
      await gate.configure(epoch, { ...voucher, perUserLimit: 1, version: 2 });
      expect(await ask(voucher, wish('a'))).toEqual([{ kind: 'limit-reached', ordinal: 2 }]);
    });

    it('forget drops all that is known of a voucher', async () => {
      const [gone, kept] = [await prepared(), await prepared()];
      await ask(gone, wish('a'));
      await gate.forget(epoch, gone.id);
      expect(await gate.claim(epoch, gone.id, [wish('a')])).toBe(UNKNOWN_VOUCHER);
      expect(await gate.status(epoch, gone.id, 'a', 1)).toBe(UNKNOWN_VOUCHER);
      expect(await gate.vouchers(epoch)).toEqual([kept.id]);
    });
  });

  describe('an epoch', () => {
    it('is held from its finish to its revocation', async () => {
      expect(await gate.holds(epoch)).toBe(true);
      expect(await gate.lossOf(epoch)).toBeUndefined();
      await gate.requireWritable();
      const other = harness.epoch();
      expect(await gate.holds(other)).toBe(false);
      expect(await gate.lossOf(other)).toMatchObject({ why: expect.any(String), slots: SlotSet.ALL });
    });

    it('is begun on a history that fits its row, and is not harmed by being told of it again', async () => {
      const next = harness.epoch();
      const origin = await beginAndFinish(gate, next);
      expect(origin.history.length).toBeGreaterThan(0);
      expect(origin.history.length).toBeLessThanOrEqual(100);
      gate.trust(next, origin);
      expect(await gate.holds(next)).toBe(true);
    });

    it('that was never begun accepts nothing', async () => {
      const voucher = await prepared();
      await expect(gate.claim(harness.epoch(), voucher.id, [wish('a')])).rejects.toBeInstanceOf(
        GateLostError,
      );
      expect(await gate.remaining(epoch, voucher.id)).toBe(10);
    });

    it('that was revoked accepts nothing', async () => {
      const voucher = await prepared();
      await ask(voucher, wish('a', 'k'));
      await gate.revokeBelow(epoch + 1);
      for (const request of [wish('a', 'k'), wish('b')]) {
        const outcome = await gate.claim(epoch, voucher.id, [request]).catch((error: unknown) => error);
        if (outcome !== UNKNOWN_VOUCHER) expect(outcome).toBeInstanceOf(GateLostError);
      }
      expect(await gate.vouchers(epoch)).toEqual([]);
      expect(await gate.configure(epoch, voucher)).toBe(false);
      expect(await gate.remaining(epoch, voucher.id)).toBeUndefined();
      expect(await gate.keptMasters(epoch)).toEqual([]);
    });

    it('begins empty', async () => {
      const voucher = await prepared();
      const next = harness.epoch();
      await beginAndFinish(gate, next);
      expect(await gate.vouchers(next)).toEqual([]);
      expect(await gate.claim(next, voucher.id, [wish('a')])).toBe(UNKNOWN_VOUCHER);
    });

    it('is rebuilt from the ledger with ordinals above the live count, over several chunks', async () => {
      const voucher = await openVoucher(gate, { perUserLimit: 2 });
      const next = harness.epoch();
      await gate.begin(next);
      await rebuild(gate, next, {
        voucher,
        remaining: 7,
        sequence: 41,
        adjusted: 0,
        returned: 0,
        users: chunks(
          [
            { userId: 'full', live: 2, last: 2, keys: [] },
            { userId: 'gap', live: 1, last: 3, keys: [] },
          ],
          [],
          [{ userId: 'rejected', live: 0, last: 2, keys: [] }],
        ),
      });
      await gate.finish(next);
      expect(await gate.holds(next)).toBe(true);
      expect(await gate.vouchers(next)).toEqual([voucher.id]);
      expect(await gate.snapshot(next, voucher.id)).toMatchObject({
        total: 10,
        remaining: 7,
        sequence: 41,
        adjusted: 0,
        pending: [],
      });
      expect(
        await decide(
          gate,
          next,
          voucher.id,
          wish('full'),
          wish('gap'),
          wish('gap'),
          wish('rejected'),
          wish('new'),
        ),
      ).toMatchObject([
        { kind: 'limit-reached', ordinal: 2 },
        { kind: 'accepted', ordinal: 4, sequence: 42 },
        { kind: 'limit-reached', ordinal: 4 },
        { kind: 'accepted', ordinal: 3, sequence: 43 },
        { kind: 'accepted', ordinal: 1, sequence: 44 },
      ]);
      expect(await gate.remaining(next, voucher.id)).toBe(4);
    });

    it('is rebuilt with claims that stay pending among others that only the ledger knows', async () => {
      const voucher = await openVoucher(gate, { perUserLimit: 3 });
      const next = harness.epoch();
      const at = (await gate.now()) - 5_000;
      const pending = [
        { ordinal: 1, sequence: 4, at },
        { ordinal: 3, sequence: 6, at: at + 1, idempotency: 'k.f' },
      ];
      const keys = [
        { key: 'k', fingerprint: 'f', ordinal: 3, at },
        { key: 'row', fingerprint: 'f', ordinal: 2, at },
      ];
      await gate.begin(next);
      await rebuild(gate, next, {
        voucher,
        remaining: 6,
        sequence: 9,
        adjusted: 0,
        returned: 0,
        users: chunks(
          [{ userId: 'a', live: 3, last: 5, keys, pending }],
          [{ userId: 'b', live: 1, last: 1, keys: [], pending: [{ ordinal: 1, sequence: 5, at: at + 2 }] }],
        ),
      });
      await gate.finish(next);
      expect(await gate.pendingBefore(next, voucher.id, at + 9, 10)).toEqual([
        { userId: 'a', ...pending[0] },
        { userId: 'a', ...pending[1] },
        { userId: 'b', ordinal: 1, sequence: 5, at: at + 2 },
      ]);
      expect(
        await decide(gate, next, voucher.id, wish('a', 'k'), wish('a', 'row'), wish('a'), wish('b')),
      ).toMatchObject([
        { kind: 'replayed', ordinal: 3, sequence: 6, at: at + 1, pending: true },
        { kind: 'replayed', ordinal: 2, sequence: 0, pending: false },
        { kind: 'limit-reached', ordinal: 5 },
        { kind: 'accepted', ordinal: 2 },
      ]);
      await gate.confirm(next, voucher.id, [
        ended('a', 3, 'rejected', 'discarded'),
        ended('a', 2, 'rejected'),
        ended('a', 1, 'issued'),
        ended('b', 1, 'issued'),
      ]);
      expect(await gate.status(next, voucher.id, 'a', 3)).toMatchObject({
        status: 'rejected',
        reason: 'discarded',
      });
      expect(await gate.status(next, voucher.id, 'a', 2)).toBeUndefined();
      expect(await gate.status(next, voucher.id, 'a', 1)).toMatchObject({ status: 'issued', sequence: 4 });
      expect(await gate.status(next, voucher.id, 'b', 1)).toMatchObject({ status: 'issued', sequence: 5 });
      expect(await decide(gate, next, voucher.id, wish('a'), wish('a'))).toMatchObject([
        { kind: 'accepted', ordinal: 6 },
        { kind: 'limit-reached', ordinal: 6 },
      ]);
      expect(await gate.remaining(next, voucher.id)).toBe(5);
    });

    it('loads many vouchers at once, each with its own counters', async () => {
      const next = harness.epoch();
      await gate.begin(next);
      const vouchers = [];
      for (let n = 0; n < 3; n++) vouchers.push(await openVoucher(gate, { total: 5 + n }));
      await gate.announce(next, []);
      await gate.load(next, []);
      await gate.announce(
        next,
        vouchers.map((voucher, n) => ({ voucher, remaining: 5 + n, sequence: 0, adjusted: n, returned: 0 })),
      );
      await gate.load(
        next,
        vouchers.map(({ id }) => ({ voucherId: id, users: chunks() })),
      );
      await gate.finish(next);
      expect((await gate.vouchers(next)).sort()).toEqual(vouchers.map(({ id }) => id).sort());
      for (const [n, voucher] of vouchers.entries()) {
        const [first] = await decide(gate, next, voucher.id, wish('a'));
        expect(first).toMatchObject({ kind: 'accepted', ordinal: 1, sequence: 1 });
        expect(await gate.snapshot(next, voucher.id)).toMatchObject({
          total: 5 + n,
          remaining: 4 + n,
          adjusted: n,
        });
      }
    });

    it('is rebuilt sold out', async () => {
      const voucher = await openVoucher(gate, { total: 1 });
      const next = harness.epoch();
      await gate.begin(next);
      const users = chunks([{ userId: 'a', live: 1, last: 1, keys: [] }]);
      await rebuild(gate, next, { voucher, remaining: 0, sequence: 1, adjusted: 0, returned: 0, users });
      await gate.finish(next);
      expect(kinds(await decide(gate, next, voucher.id, wish('a'), wish('b')))).toEqual([
        'limit-reached',
        'sold-out',
      ]);
    });

    it('is rebuilt with claims that stay pending, and they end as any other', async () => {
      const voucher = await openVoucher(gate, { total: 5, perUserLimit: 2 });
      const next = harness.epoch();
      const now = await gate.now();
      await gate.begin(next);
      const held = (ordinal: number, sequence: number, at: number) => ({ ordinal, sequence, at });
      const users = chunks(
        [
          {
            userId: 'a',
            live: 2,
            last: 2,
            keys: [{ key: 'k', fingerprint: 'f', ordinal: 2, at: now }],
            pending: [{ ...held(2, 7, now - 10), idempotency: 'k.f' }],
          },
        ],
        [{ userId: 'b', live: 1, last: 1, keys: [], pending: [held(1, 5, now - 20)] }],
      );
      await rebuild(gate, next, { voucher, remaining: 2, sequence: 7, adjusted: 0, returned: 0, users });
      await gate.finish(next);
      expect(await gate.pendingSize(next, voucher.id)).toEqual({ size: 2, oldestAt: now - 20 });
      expect(await gate.pendingBefore(next, voucher.id, now, 10)).toEqual([
        { userId: 'b', ...held(1, 5, now - 20) },
        { userId: 'a', ...held(2, 7, now - 10), idempotency: 'k.f' },
      ]);
      expect(await decide(gate, next, voucher.id, wish('a', 'k'), wish('a'))).toMatchObject([
        { kind: 'replayed', ordinal: 2, sequence: 7, pending: true },
        { kind: 'limit-reached' },
      ]);
      const end = { at: now, ordinal: 1 };
      await gate.confirm(next, voucher.id, [
        { ...end, userId: 'b', result: 'rejected', reason: 'discarded' },
        { ...end, userId: 'a', ordinal: 2, result: 'issued' },
      ]);
      expect(await gate.pendingSize(next, voucher.id)).toEqual({ size: 0 });
      expect(await gate.remaining(next, voucher.id)).toBe(3);
      expect(await gate.status(next, voucher.id, 'b', 1)).toMatchObject({
        status: 'rejected',
        reason: 'discarded',
      });
      expect(await decide(gate, next, voucher.id, wish('b'))).toMatchObject([
        { kind: 'accepted', ordinal: 2, sequence: 8 },
      ]);
    });

    it('opens each voucher as it is loaded, and knows those that are not loaded yet as unknown', async () => {
      const [first, second] = [await openVoucher(gate, { total: 5 }), await openVoucher(gate, { total: 5 })];
      const next = harness.epoch();
      await gate.begin(next);
      const counted = (voucher: GateVoucher) => ({
        voucher,
        remaining: 4,
        sequence: 1,
        adjusted: 0,
        returned: 0,
      });
      const users = () => chunks([{ userId: 'a', live: 1, last: 1, keys: [] }]);
      await gate.announce(next, [counted(first), counted(second)]);
      expect(await gate.claim(next, first.id, [wish('b')])).toBe(UNKNOWN_VOUCHER);
      await gate.load(next, [{ voucherId: first.id, users: users() }]);
      expect(await gate.lossOf(next, 'opening')).toBeUndefined();
      expect(await gate.holds(next)).toBe(false);
      expect(kinds(await decide(gate, next, first.id, wish('a'), wish('b')))).toEqual([
        'limit-reached',
        'accepted',
      ]);
      // Of the other one nothing happens, and nothing is believed to be lost.
      expect(await gate.claim(next, second.id, [wish('b')])).toBe(UNKNOWN_VOUCHER);
      expect(await gate.adjust(next, second.id, 1, 1)).toBe(UNKNOWN_VOUCHER);
      expect(await gate.giveBack(next, second.id, { number: 1, units: 1, claims: [] })).toBe(UNKNOWN_VOUCHER);
      expect(await gate.offer(next, second.id)).toBe(UNKNOWN_VOUCHER);
      expect(await gate.configure(next, second)).toBe(false);
      expect(await gate.snapshot(next, second.id)).toBeUndefined();
      expect((await gate.vouchers(next)).sort()).toEqual([first.id, second.id].sort());
      await gate.load(next, [{ voucherId: second.id, users: users() }]);
      expect(await decide(gate, next, second.id, wish('b'))).toMatchObject([
        { kind: 'accepted', ordinal: 1, sequence: 2 },
      ]);
      await gate.finish(next);
      expect(await gate.holds(next)).toBe(true);
    });

    it('opens nothing that was not announced, or that was announced before a revocation', async () => {
      const voucher = await openVoucher(gate, { total: 5 });
      const next = harness.epoch();
      await gate.begin(next);
      const load = () => gate.load(next, [{ voucherId: voucher.id, users: chunks() }]);
      await expect(load()).rejects.toBeInstanceOf(GateLostError);
      await gate.announce(next, [{ voucher, remaining: 5, sequence: 0, adjusted: 0, returned: 0 }]);
      const later = harness.epoch();
      await gate.revokeBelow(later);
      await gate.begin(later);
      await expect(load()).rejects.toBeInstanceOf(GateLostError);
      const heard = await gate.claim(next, voucher.id, [wish('a')]).catch((error: unknown) => error);
      expect(heard === UNKNOWN_VOUCHER || heard instanceof GateLostError).toBe(true);
    });

    it('prepares nothing until all is loaded: it could be a voucher whose claims are still to come', async () => {
      const voucher = await openVoucher(gate, { total: 5 });
      const next = harness.epoch();
      await gate.begin(next);
      await expect(gate.prepare(next, voucher)).rejects.toBeInstanceOf(GateLostError);
      await rebuild(gate, next, {
        voucher,
        remaining: 4,
        sequence: 1,
        adjusted: 0,
        returned: 0,
        users: chunks([{ userId: 'a', live: 1, last: 1, keys: [] }]),
      });
      await gate.finish(next);
      await gate.prepare(next, voucher);
      expect(await gate.remaining(next, voucher.id)).toBe(4);
    });

    it('a prepare after the rebuild leaves a used voucher alone', async () => {
      const voucher = await openVoucher(gate);
      const next = harness.epoch();
      await gate.begin(next);
      const users = chunks([{ userId: 'a', live: 1, last: 1, keys: [] }]);
      await rebuild(gate, next, { voucher, remaining: 9, sequence: 1, adjusted: 0, returned: 0, users });
      await gate.finish(next);
      await gate.prepare(next, voucher);
      expect(await gate.remaining(next, voucher.id)).toBe(9);
    });
  });
}
