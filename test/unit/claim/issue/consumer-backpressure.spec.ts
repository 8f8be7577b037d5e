import { describe, expect, it } from '@jest/globals';
import { ConsumerBackpressure } from '../../../../src/claim/issue/consumer-backpressure.js';
import { LeapingClock } from '../../../support/manual-clock.js';

interface How {
  readonly inFlight?: number;
  readonly ageMs?: number;
  readonly role?: 'all' | 'consumer';
  readonly durability?: 'log' | 'gate';
  readonly limitMs?: number;
}

/** Three batches of 100 ms, one after the other. @returns when each began, in ms from the first */
async function batches({
  inFlight = 100,
  ageMs = 0,
  role = 'all',
  durability = 'log',
  limitMs = 5_000,
}: How): Promise<number[]> {
  const clock = new LeapingClock();
  const first = new ConsumerBackpressure(
    {
      APP_ROLE: role,
      CONSUMER_YIELD_UNTIL_CLAIM_AGE_MS: limitMs,
      CLAIM_DURABILITY: durability,
      MAX_IN_FLIGHT_REQUESTS: 100,
    },
    { now: inFlight },
    clock,
  );
  const began: number[] = [];
  const start = clock.monotonic();
  for (let n = 0; n < 3; n++) {
    await first.run(clock.now() - ageMs, () => {
      began.push(clock.monotonic() - start);
      return clock.sleep(100);
    });
  }
  return began;
}

describe('back-pressure on the consumer', () => {
  it('leaves three quarters of the time to those who wait for answers where the process is full', async () => {
    expect(await batches({})).toEqual([0, 400, 800]);
  });

  it('leaves them less where it is less full', async () => {
    expect(await batches({ inFlight: 75 })).toEqual([0, 250, 500]);
    expect(await batches({ inFlight: 60 })).toEqual([0, 160, 320]);
  });

  it('yields earlier with CLAIM_DURABILITY=gate', async () => {
    expect(await batches({ durability: 'gate', inFlight: 40 })).toEqual([0, 400, 800]);
    expect(await batches({ durability: 'gate', inFlight: 25 })).toEqual([0, 250, 500]);
    expect(await batches({ durability: 'gate', inFlight: 10 })).toEqual([0, 100, 200]);
  });

  it.each([
    ['there are few', { inFlight: 50 }],
    ['the claims have waited long enough', { ageMs: 6_000 }],
    ['another process gives the answers', { role: 'consumer' }],
    ['it is switched off', { limitMs: 0 }],
  ] as const)('goes on at once where %s', async (_where, how) => {
    expect(await batches(how)).toEqual([0, 100, 200]);
  });

  describe('where the consumer yields', () => {
    const clock = new LeapingClock();
    const requests = { now: 0 };
    const first = new ConsumerBackpressure(
      {
        APP_ROLE: 'all',
        CONSUMER_YIELD_UNTIL_CLAIM_AGE_MS: 5_000,
        CLAIM_DURABILITY: 'log',
        MAX_IN_FLIGHT_REQUESTS: 100,
      },
      requests,
      clock,
    );

    it('asks for small batches, of young claims alone', () => {
      requests.now = 50;
      expect(first.batchMax(clock.now())).toBe(Infinity);
      requests.now = 51;
      expect(first.batchMax(clock.now())).toBe(250);
      expect(first.batchMax(clock.now() - 5_000)).toBe(Infinity);
    });

    it('lets one be written at a time, and goes on after one that failed', async () => {
      requests.now = 100;
      let now = 0;
      let most = 0;
      const work = async (fails: boolean): Promise<void> => {
        most = Math.max(most, ++now);
        await Promise.resolve();
        now -= 1;
        if (fails) throw new Error('the database is away');
      };
      const ends = await Promise.allSettled(
        [true, false, true].map((fails) => first.run(clock.now(), () => work(fails))),
      );
      expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
      expect(most).toBe(1);
      requests.now = 0;
      await Promise.all([false, false].map((fails) => first.run(clock.now(), () => work(fails))));
      expect(most).toBe(2);
    });
  });
});
