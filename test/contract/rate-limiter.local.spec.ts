import { expect, it } from '@jest/globals';
import { LocalRateLimiter } from '../../src/rate-limit/adapters/rate-limiter.local.js';
import { ManualClock } from '../support/manual-clock.js';
import { rateLimiterContract, rule } from './support/rate-limiter.contract.js';

rateLimiterContract(() => {
  const clock = new ManualClock();
  return { limiter: new LocalRateLimiter(clock, 1_000), pass: async (ms) => clock.pass(ms) };
});

it('forgets who was not seen for longest when there are too many', async () => {
  const limiter = new LocalRateLimiter(new ManualClock(), 2);
  const once = rule({ limit: 1 });
  for (const who of ['a', 'b', 'a', 'c']) limiter.judge(once, who);
  expect(limiter.judge(once, 'a').allowed).toBe(false);
  expect(limiter.judge(once, 'c').allowed).toBe(false);
  expect(limiter.judge(once, 'b').allowed).toBe(true);
});
