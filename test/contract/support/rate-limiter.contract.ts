import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RateLimiter, RateLimitRule } from '../../../src/rate-limit/index.js';

export interface RateLimiterHarness {
  readonly limiter: RateLimiter;
  /** Lets `ms` pass as the limiter sees it, and little more. */
  pass(ms: number): Promise<void>;
}

export const rule = (change: Partial<RateLimitRule> = {}): RateLimitRule => ({
  name: 'test',
  algorithm: 'sliding-window',
  limit: 5,
  windowMs: 2_000,
  scope: 'shared',
  whenAway: 'refuse',
  ...change,
});

let subjects = 0;
/** Somebody whom no test counted before. */
export const somebody = (): string => `subject-${process.pid}-${Date.now()}-${(subjects += 1)}`;

/** What every rate limiter promises. */
export function rateLimiterContract(make: () => RateLimiterHarness): void {
  describe.each(['sliding-window', 'token-bucket'] as const)('a limit by %s', (algorithm) => {
    let harness: RateLimiterHarness;
    let limiter: RateLimiter;
    let who: string;

    beforeEach(() => {
      harness = make();
      limiter = harness.limiter;
      who = somebody();
    });

    it('allows as many as the limit, then says how long to wait', async () => {
      // A day: what flows back during the test is less than one.
      const daily = rule({ algorithm, windowMs: 86_400_000 });
      for (let left = 4; left >= 0; left--) {
        const decision = await limiter.take(daily, who);
        expect(decision).toMatchObject({ allowed: true, limit: 5, remaining: left, retryAfterMs: 0 });
        expect(decision.resetMs).toBeGreaterThan(0);
        expect(decision.resetMs).toBeLessThanOrEqual(86_400_000 * 1.1);
      }
      const refused = await limiter.take(daily, who);
      expect(refused).toMatchObject({ allowed: false, limit: 5, remaining: 0 });
      expect(refused.retryAfterMs).toBeGreaterThan(0);
      expect(refused.retryAfterMs).toBeLessThanOrEqual(refused.resetMs);
    });

    it('allows it again after the time it named', async () => {
      const limit = rule({ algorithm });
      for (let n = 0; n < 5; n++) await limiter.take(limit, who);
      const refused = await limiter.take(limit, who, 3);
      expect(refused.allowed).toBe(false);
      await harness.pass(refused.retryAfterMs);
      expect((await limiter.take(limit, who, 3)).allowed).toBe(true);
    });

    it('has all of the limit again after the reset', async () => {
      const limit = rule({ algorithm });
      const { resetMs } = await limiter.take(limit, who, 3);
      await harness.pass(resetMs);
      expect(await limiter.take(limit, who, 5)).toMatchObject({ allowed: true, remaining: 0 });
    });

    it('does not count what it refuses', async () => {
      const daily = rule({ algorithm, windowMs: 86_400_000 });
      expect((await limiter.take(daily, who, 4)).allowed).toBe(true);
      for (let n = 0; n < 10; n++) expect((await limiter.take(daily, who, 2)).allowed).toBe(false);
      expect(await limiter.take(daily, who)).toMatchObject({ allowed: true, remaining: 0 });
    });

    it('lets exactly the limit through where many ask at once', async () => {
      const daily = rule({ algorithm, limit: 20, windowMs: 86_400_000 });
      const decisions = await Promise.all(Array.from({ length: 100 }, () => limiter.take(daily, who)));
      expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(20);
    });

    it('counts subjects and policies apart', async () => {
      const daily = rule({ algorithm, windowMs: 86_400_000 });
      const other = { ...daily, name: 'other' };
      expect(await limiter.take(daily, who, 5)).toMatchObject({ allowed: true, remaining: 0 });
      expect((await limiter.take(daily, `${who}x`)).allowed).toBe(true);
      expect((await limiter.take(other, who)).allowed).toBe(true);
      expect((await limiter.take(daily, who)).allowed).toBe(false);
    });

    it('tells long subjects apart by all of their bytes', async () => {
      const daily = rule({ algorithm, windowMs: 86_400_000 });
      const long = 'é'.repeat(5_000) + who;
      expect((await limiter.take(daily, long, 5)).allowed).toBe(true);
      expect((await limiter.take(daily, long)).allowed).toBe(false);
      expect((await limiter.take(daily, `${long}x`)).allowed).toBe(true);
    });

    it('forgets the counts of a rule whose numbers change', async () => {
      const daily = rule({ algorithm, windowMs: 86_400_000 });
      await limiter.take(daily, who, 5);
      expect(await limiter.take({ ...daily, limit: 6 }, who)).toMatchObject({ allowed: true, remaining: 5 });
    });

    it.each([0, -1, 1.5, 6, NaN])('refuses a cost that no wait makes room for: %p', async (cost) => {
      await expect(limiter.take(rule({ algorithm }), who, cost)).rejects.toThrow(RangeError);
    });

    it('keeps the largest numbers exact', async () => {
      const largest = rule({ algorithm, limit: 1_000_000, windowMs: 604_800_000 });
      expect(await limiter.take(largest, who, 999_999)).toMatchObject({ allowed: true, remaining: 1 });
      expect(await limiter.take(largest, who, 1)).toMatchObject({ allowed: true });
    });
  });
}
