import { describe, expect, it } from '@jest/globals';
import { LocalRateLimiter } from '../../../src/rate-limit/adapters/rate-limiter.local.js';
import { goneAfterMs, newMeter } from '../../../src/rate-limit/domain/meter.js';
import { Meters } from '../../../src/rate-limit/domain/meters.js';
import type { RateLimitRule } from '../../../src/rate-limit/index.js';
import { ManualClock } from '../../support/manual-clock.js';

const rule = (change: Partial<RateLimitRule> = {}): RateLimitRule => ({
  name: 'test',
  algorithm: 'sliding-window',
  limit: 3,
  windowMs: 1_000,
  scope: 'local',
  whenAway: 'refuse',
  ...change,
});

describe('limits of this process', () => {
  it.each([
    ['sliding-window', 1_000],
    ['sliding-window', 7],
    ['token-bucket', 1_000],
    ['token-bucket', 7],
  ] as const)('%s of %d ms decide as if nobody were ever forgotten', (algorithm, windowMs) => {
    const clock = new ManualClock();
    const limiter = new LocalRateLimiter(clock, 1_000);
    const judged = rule({ algorithm, windowMs });
    const meters = new Map(Array.from({ length: 12 }, (_none, n) => [`who-${n}`, newMeter(judged)]));
    let state = 17;
    const random = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
    let refused = 0;
    for (let step = 0; step < 5_000; step++) {
      // Some come all the time, others after as long as a generation, or several.
      const who = `who-${Math.min(random(12), random(12))}`;
      clock.pass(random(40) === 0 ? random(3 * windowMs) : random(Math.ceil(windowMs / 8)));
      const expected = meters.get(who)?.take(Math.floor(clock.monotonic()), 1);
      expect(limiter.judge(judged, who)).toEqual(expected);
      if (!expected?.allowed) refused += 1;
    }
    expect(refused).toBeGreaterThan(100);
  });

  it('hold no more subjects than they may, of whichever rule, and keep the others', () => {
    const limiter = new LocalRateLimiter(new ManualClock(), 10);
    const [few, many] = [rule({ name: 'few', limit: 1 }), rule({ name: 'many', limit: 1 })];
    limiter.judge(few, 'a');
    for (let n = 0; n < 200; n++) limiter.judge(many, `b-${n}`);
    expect(limiter.judge(few, 'a').allowed).toBe(false);
    expect(limiter.judge(many, 'b-199').allowed).toBe(false);
    expect(limiter.judge(many, 'b-0').allowed).toBe(true);
  });

  it('forget who has not been seen for so long that nothing counts', () => {
    const meters = new Meters(rule(), 1_000);
    const spanMs = goneAfterMs(rule());
    for (let n = 0; n < 100; n++) meters.begin(`a-${n}`, 1);
    expect(meters.size).toBe(100);
    meters.begin('b', 1 + spanMs);
    meters.begin('c', 1 + 2 * spanMs);
    expect(meters.size).toBe(2);
  });
});
