import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SessionStore } from '../../../src/auth/index.js';
import { SPENT_TOKENS_MAX } from '../../../src/auth/ports/session-store.js';
import { newId } from '../../../src/common/ids.js';

export interface SessionStoreHarness {
  readonly store: SessionStore;
  /** Milliseconds since 1970, as the store sees them. */
  now(): number;
  /** Lets `ms` of the session's stored times pass: to live, and of its spent tokens. */
  pass(sessionId: string, ms: number): Promise<void>;
}

/** What the stores under test are made with. */
export const SESSION_OPTIONS = { ttlS: 600, perUser: 5, graceS: 30 };
const GRACE_MS = SESSION_OPTIONS.graceS * 1_000;
const TTL_MS = SESSION_OPTIONS.ttlS * 1_000;

export const CLIENT = { address: '203.0.113.7', userAgent: 'a browser' };

/** What every session store promises. */
export function sessionStoreContract(make: () => SessionStoreHarness): void {
  describe('session store', () => {
    let harness: SessionStoreHarness;
    let store: SessionStore;
    let id: string;
    let userId: string;

    beforeEach(async () => {
      harness = make();
      store = harness.store;
      id = newId('ses', Date.now());
      userId = newId('usr', Date.now());
      await store.open({ id, userId, ...CLIENT, refreshHash: 'first' });
    });

    it('finds a session that was opened', async () => {
      const now = harness.now();
      expect(await store.find(id)).toEqual({ id, userId, ...CLIENT, createdAt: now, lastSeenAt: now });
    });

    it('finds nothing under an unknown id', async () => {
      expect(await store.find('ses_unknown')).toBeUndefined();
    });

    it('rotates the current token to the next, again and again', async () => {
      expect(await store.rotate(id, 'first', 'second')).toBe('rotated');
      expect(await store.rotate(id, 'second', 'third')).toBe('rotated');
      expect(await store.find(id)).toMatchObject({ userId });
    });

    it('ends the session when an older token comes again', async () => {
      await store.rotate(id, 'first', 'second');
      await harness.pass(id, GRACE_MS + 1);
      expect(await store.rotate(id, 'first', 'second')).toBe('reused');
      expect(await store.find(id)).toBeUndefined();
      expect(await store.rotate(id, 'second', 'third')).toBe('ended');
    });

    it('lets a token come again for a moment, also behind its successor', async () => {
      await store.rotate(id, 'first', 'second');
      await harness.pass(id, GRACE_MS - 5_000);
      expect(await store.rotate(id, 'first', 'second')).toBe('repeated');
      expect(await store.rotate(id, 'second', 'third')).toBe('rotated');
      expect(await store.rotate(id, 'first', 'second')).toBe('repeated');
      expect(await store.rotate(id, 'second', 'third')).toBe('repeated');
      expect(await store.rotate(id, 'third', 'fourth')).toBe('rotated');
    });

    it('counts the moment from the first use', async () => {
      await store.rotate(id, 'first', 'second');
      await harness.pass(id, GRACE_MS - 5_000);
      expect(await store.rotate(id, 'first', 'second')).toBe('repeated');
      await harness.pass(id, 5_001);
      expect(await store.rotate(id, 'first', 'second')).toBe('reused');
    });

    it('ends the session for a token that never was its own', async () => {
      await store.rotate(id, 'first', 'second');
      expect(await store.rotate(id, 'invented', 'other')).toBe('reused');
      expect(await store.find(id)).toBeUndefined();
    });

    it('remembers so many spent tokens', async () => {
      for (let n = 0; n <= SPENT_TOKENS_MAX; n++)
        await store.rotate(id, n === 0 ? 'first' : `token-${n}`, `token-${n + 1}`);
      expect(await store.rotate(id, 'token-1', 'token-2')).toBe('repeated');
      expect(await store.rotate(id, 'first', 'token-1')).toBe('reused');
    });

    it('lets one of twenty racing refreshes rotate, and repeats it to the others', async () => {
      const results = await Promise.all(
        Array.from({ length: 20 }, () => store.rotate(id, 'first', 'second')),
      );
      expect(results.filter((result) => result === 'rotated')).toHaveLength(1);
      expect(results.filter((result) => result === 'repeated')).toHaveLength(19);
      expect(await store.rotate(id, 'second', 'third')).toBe('rotated');
    });

    it('answers ended for a session that is unknown', async () => {
      expect(await store.rotate('ses_unknown', 'first', 'second')).toBe('ended');
      expect(await store.find('ses_unknown')).toBeUndefined();
    });

    it('ends a session on demand, twice without harm', async () => {
      await store.end(id);
      await store.end(id);
      expect(await store.find(id)).toBeUndefined();
      expect(await store.rotate(id, 'first', 'second')).toBe('ended');
    });

    it('ends a session that is not used for its time to live', async () => {
      await harness.pass(id, TTL_MS + 1);
      expect(await store.find(id)).toBeUndefined();
      expect(await store.rotate(id, 'first', 'second')).toBe('ended');
    });

    it('keeps a session that is renewed within its time to live', async () => {
      await harness.pass(id, TTL_MS - 5_000);
      expect(await store.renew(id)).toBe(true);
      expect(await store.find(id)).toMatchObject({ lastSeenAt: harness.now() });
      await harness.pass(id, TTL_MS - 5_000);
      expect(await store.find(id)).toMatchObject({ userId });
      await harness.pass(id, 5_001);
      expect(await store.find(id)).toBeUndefined();
    });

    it('starts the time to live anew with a rotation', async () => {
      await harness.pass(id, TTL_MS - 5_000);
      await store.rotate(id, 'first', 'second');
      await harness.pass(id, TTL_MS - 5_000);
      expect(await store.rotate(id, 'second', 'third')).toBe('rotated');
    });

    it('never brings an ended session back by renewing it', async () => {
      await store.end(id);
      expect(await store.renew(id)).toBe(false);
      expect(await store.find(id)).toBeUndefined();
    });

    it('leaves other sessions of the user alone', async () => {
      const other = newId('ses', Date.now());
      await store.open({ id: other, userId, ...CLIENT, refreshHash: 'other' });
      await store.rotate(id, 'not the current one', 'second');
      expect(await store.rotate(other, 'other', 'next')).toBe('rotated');
    });

    describe('of one user', () => {
      /** Opens one more, made `later` ms after the first: ids of one millisecond have no order. */
      const openAnother = async (later: number): Promise<string> => {
        const another = newId('ses', Date.now() + later);
        await store.open({ id: another, userId, address: null, userAgent: null, refreshHash: 'first' });
        return another;
      };
      const idsOf = async (user = userId): Promise<string[]> =>
        (await store.ofUser(user)).map((session) => session.id);

      it('are listed, the latest login first, and nobody else’s', async () => {
        const second = await openAnother(1_000);
        const stranger = newId('usr', Date.now());
        await store.open({
          id: newId('ses', Date.now()),
          userId: stranger,
          ...CLIENT,
          refreshHash: 'first',
        });
        expect(await idsOf()).toEqual([second, id]);
        expect((await store.ofUser(userId))[0]).toMatchObject({ userId, address: null, userAgent: null });
        expect(await idsOf(newId('usr', Date.now()))).toEqual([]);
      });

      it('are listed no more once they were ended, rotated by an old token, or idle for too long', async () => {
        const second = await openAnother(1_000);
        const third = await openAnother(2_000);
        await store.end(second);
        expect(await idsOf()).toEqual([third, id]);
        await store.rotate(third, 'not the current one', 'next');
        expect(await idsOf()).toEqual([id]);
        await harness.pass(id, TTL_MS + 1);
        expect(await idsOf()).toEqual([]);
      });

      it('stay listed through rotation and renewal', async () => {
        await store.rotate(id, 'first', 'second');
        await store.renew(id);
        expect(await idsOf()).toEqual([id]);
      });

      it('are so many at most: one more ends the one that was idle longest', async () => {
        const more = [];
        for (let n = 1; n < SESSION_OPTIONS.perUser; n++) more.push(await openAnother(n * 1_000));
        expect(await idsOf()).toHaveLength(SESSION_OPTIONS.perUser);
        const last = await openAnother(60_000);
        expect(await idsOf()).toEqual([last, ...more.reverse()]);
        expect(await store.find(id)).toBeUndefined();
        expect(await store.rotate(id, 'first', 'second')).toBe('ended');
      });
    });
  });
}
