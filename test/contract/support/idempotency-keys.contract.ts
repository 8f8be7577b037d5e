import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Database } from '../../../src/database/database.js';
import { IdempotencyKeys, type Admission, type Holder } from '../../../src/http/idempotency/idempotency.js';
import { ManualClock } from '../../support/manual-clock.js';

const TTL_S = 3_600;
const JWT_SECRET = 'a secret of the tests, 32 characters or more';

const holderOf = (admission: Admission): Holder => {
  if (admission.kind !== 'first') throw new Error('expected to be the first');
  return admission.holder;
};

/** What the keys promise on every database. */
export function idempotencyKeysContract(database: () => Database): void {
  describe('idempotency keys', () => {
    const answer = {
      status: 201,
      location: '/v1/things/1',
      headers: { etag: '"1"' },
      body: { token: 'secret', n: 1 },
    };
    let clock: ManualClock;
    let keys: IdempotencyKeys;
    let key: string;
    const admit = (request = 'request', scope = 'usr_1|POST /v1/things') => keys.admit(scope, key, request);

    beforeEach(() => {
      clock = new ManualClock();
      keys = new IdempotencyKeys(database(), clock, { JWT_SECRET, IDEMPOTENCY_TTL_S: TTL_S });
      key = randomUUID();
    });

    it('replay the whole answer', async () => {
      await keys.remember(holderOf(await admit()), answer);
      expect(await admit()).toEqual({ kind: 'replay', answer });
      expect(await admit()).toEqual({ kind: 'replay', answer });
    });

    it('replay the whole answer after JWT_SECRET was changed, while the one before is known', async () => {
      await keys.remember(holderOf(await admit()), answer);
      const rotated = {
        JWT_SECRET: 'another secret, 32 characters or more',
        JWT_SECRET_PREVIOUS: JWT_SECRET,
      };
      keys = new IdempotencyKeys(database(), clock, { ...rotated, IDEMPOTENCY_TTL_S: TTL_S });
      expect(await admit()).toEqual({ kind: 'replay', answer });
      await expect(admit('another')).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    });

    it('replay an answer without body and location', async () => {
      const bare = { status: 200, location: undefined, headers: {}, body: undefined };
      await keys.remember(holderOf(await admit()), bare);
      expect(await admit()).toEqual({ kind: 'replay', answer: bare });
    });

    it('admit one of twenty racing requests', async () => {
      const results = await Promise.allSettled(Array.from({ length: 20 }, () => admit()));
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
      for (const result of results) {
        if (result.status === 'rejected')
          expect(result.reason).toMatchObject({ code: 'idempotency_in_progress' });
      }
    });

    it('refuse another request, while the first is in flight and after', async () => {
      const holder = holderOf(await admit());
      await expect(admit('another')).rejects.toMatchObject({ code: 'idempotency_key_reused' });
      await keys.remember(holder, answer);
      await expect(admit('another')).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    });

    it('are other keys for another caller or route', async () => {
      await admit();
      expect(await admit('request', 'usr_2|POST /v1/things')).toMatchObject({ kind: 'first' });
      expect(await admit('request', 'usr_1|POST /v1/others')).toMatchObject({ kind: 'first' });
    });

    it('judge anew after a refusal, another request too', async () => {
      await keys.forget(holderOf(await admit()));
      await keys.forget(holderOf(await admit('another')));
      expect(await admit()).toMatchObject({ kind: 'first' });
    });

    it('pass to one of several others when the holder is dead', async () => {
      const dead = holderOf(await admit());
      clock.ms += 59_999;
      await expect(admit()).rejects.toMatchObject({ code: 'idempotency_in_progress' });
      clock.ms += 1;
      const results = await Promise.allSettled(Array.from({ length: 5 }, () => admit()));
      const won = results.flatMap((result) =>
        result.status === 'fulfilled' ? [holderOf(result.value)] : [],
      );
      expect(won).toHaveLength(1);
      // The dead one wakes up: it has no say any more.
      await keys.remember(dead, { ...answer, status: 200 });
      await keys.forget(dead);
      await keys.remember(won[0] as Holder, answer);
      expect(await admit()).toEqual({ kind: 'replay', answer });
    });

    it('count as absent after their time to live', async () => {
      await keys.remember(holderOf(await admit()), answer);
      clock.ms += TTL_S * 1_000 - 1;
      expect(await admit()).toMatchObject({ kind: 'replay' });
      clock.ms += 1;
      expect(await admit('another')).toMatchObject({ kind: 'first' });
    });

    it('are pruned after their time to live, the younger ones stay', async () => {
      clock.ms += 10 * TTL_S * 1_000;
      await keys.prune(); // what the other tests left
      await keys.remember(holderOf(await admit()), answer);
      const old = key;
      clock.ms += TTL_S * 1_000 - 1;
      key = randomUUID();
      await keys.remember(holderOf(await admit()), answer);
      expect(await keys.prune()).toBe(0);
      clock.ms += 1;
      expect(await keys.prune()).toBe(1);
      expect(await admit()).toMatchObject({ kind: 'replay' });
      key = old;
      expect(await admit()).toMatchObject({ kind: 'first' });
      clock.ms += 10 * TTL_S * 1_000;
      await keys.prune();
    });

    it('show neither answers nor requests to who reads the table', async () => {
      await keys.remember(holderOf(await admit('password1')), answer);
      const rows: object[] = await database().read.query('SELECT * FROM idempotency_keys');
      const text = JSON.stringify(rows);
      expect(text).not.toContain('secret');
      expect(text).not.toContain('password1');
      expect(text).not.toContain(key);
    });
  });
}
