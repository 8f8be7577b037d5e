import { describe, expect, it } from '@jest/globals';
import { AnswersFirst } from '../../src/claim/answers-first.js';
import { Metrics } from '../../src/platform/ops/metrics.js';
import { ManualClock } from '../support/manual-clock.js';

/** Whoever sleeps wakes at once, later. */
class LeapingClock extends ManualClock {
  override async sleep(ms: number): Promise<void> {
    this.pass(ms);
  }
}

interface How {
  readonly inFlight?: number;
  readonly ageMs?: number;
  readonly role?: 'all' | 'consumer';
  readonly limitMs?: number;
}

/** Three batches of 100 ms, one after the other. @returns when each began, in ms from the first */
async function batches({ inFlight = 100, ageMs = 0, role = 'all', limitMs = 5_000 }: How): Promise<number[]> {
  const clock = new LeapingClock();
  const metrics = new Metrics();
  metrics.inFlight = inFlight;
  const first = new AnswersFirst(
    { APP_ROLE: role, CLAIM_ANSWERS_FIRST_MS: limitMs, MAX_IN_FLIGHT_REQUESTS: 100 },
    metrics,
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

describe('answers first', () => {
  it('leaves three quarters of the time to those who wait for answers where the process is full', async () => {
    expect(await batches({})).toEqual([0, 400, 800]);
  });

  it('leaves them less where it is less full', async () => {
    expect(await batches({ inFlight: 50 })).toEqual([0, 200, 400]);
    expect(await batches({ inFlight: 75 })).toEqual([0, 300, 600]);
  });

  it.each([
    ['there are few', { inFlight: 25 }],
    ['the claims have waited long enough', { ageMs: 6_000 }],
    ['another process gives the answers', { role: 'consumer' }],
    ['it is switched off', { limitMs: 0 }],
  ] as const)('goes on at once where %s', async (_where, how) => {
    expect(await batches(how)).toEqual([0, 100, 200]);
  });
});
