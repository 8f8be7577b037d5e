import fc from 'fast-check';
import type { RateLimitDecision } from '../../src/rate-limit/index.js';

/** One call: after a wait, as a fraction of the window, with a cost. */
export interface Step {
  readonly wait: number;
  readonly cost: number;
}

/** Bursts, trickles, and waits about the length of the window. */
export const steps = (): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      wait: fc.oneof(
        fc.constant(0),
        fc.double({ min: 0, max: 0.2, noNaN: true }),
        fc.double({ min: 0.9, max: 1.3, noNaN: true }),
      ),
      cost: fc.integer({ min: 1, max: 4 }),
    }),
    { minLength: 1, maxLength: 60 },
  );

/** What was allowed, and when. */
export interface Taken {
  readonly at: number;
  readonly cost: number;
}

/** Makes the calls; a cost above the limit is asked for as the limit. */
export function admitted(
  calls: readonly Step[],
  limit: number,
  windowMs: number,
  start: number,
  take: (now: number, cost: number) => RateLimitDecision,
): Taken[] {
  let now = start;
  return calls.flatMap(({ wait, cost }) => {
    now += Math.round(wait * windowMs);
    const wanted = Math.min(cost, limit);
    return take(now, wanted).allowed ? [{ at: now, cost: wanted }] : [];
  });
}

/** The most that any span of `windowMs` holds: by brute force over the spans that begin with something taken. */
export const widestSum = (taken: readonly Taken[], windowMs: number): number =>
  Math.max(
    0,
    ...taken.map(({ at: from }) =>
      taken.filter(({ at }) => at >= from && at < from + windowMs).reduce((sum, { cost }) => sum + cost, 0),
    ),
  );

/** A token bucket in exact fractions: numerators over `windowMs`, of any size. */
export function bucketModel(
  limit: number,
  windowMs: number,
): (now: number, cost: number) => RateLimitDecision {
  const [rate, whole] = [BigInt(limit), BigInt(windowMs)];
  const full = rate * whole;
  let tokens = full;
  let last: number | undefined;
  const up = (numerator: bigint): number => Number((numerator + rate - 1n) / rate);
  return (now, cost) => {
    const refilled = tokens + BigInt(now - (last ?? now)) * rate;
    tokens = refilled > full ? full : refilled;
    last = now;
    const wanted = BigInt(cost) * whole;
    const allowed = wanted <= tokens;
    const retryAfterMs = allowed ? 0 : up(wanted - tokens);
    if (allowed) tokens -= wanted;
    return { allowed, limit, remaining: Number(tokens / whole), resetMs: up(full - tokens), retryAfterMs };
  };
}
