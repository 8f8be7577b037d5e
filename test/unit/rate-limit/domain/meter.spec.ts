import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newMeter } from '../../../../src/rate-limit/domain/meter.js';
import { rule } from '../../../contract/support/rate-limiter.contract.js';
import { admitted, bucketModel, steps, widestSum } from '../../../support/rate-limits.js';

const START = 1_800_000_000_000;

describe('the sliding window', () => {
  it('never admits more than its limit in any span of its length, wherever it begins', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 100, max: 5_000 }),
        steps(),
        (limit, windowMs, calls) => {
          const meter = newMeter(rule({ limit, windowMs }));
          const taken = admitted(calls, limit, windowMs, START, (now, cost) => meter.take(now, cost));
          expect(widestSum(taken, windowMs)).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keeps nobody waiting longer than a window and a tenth, and opens at the millisecond it named', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 100, max: 5_000 }),
        steps(),
        (limit, windowMs, calls) => {
          const subject = rule({ limit, windowMs });
          const meter = newMeter(subject);
          let now = START;
          for (const { wait, cost } of calls) {
            now += Math.round(wait * windowMs);
            const wanted = Math.min(cost, limit);
            const decision = meter.take(now, wanted);
            if (decision.allowed) continue;
            expect(decision.retryAfterMs).toBeLessThanOrEqual(windowMs + Math.ceil(windowMs / 10) + 10);
            expect(meter.take(now + decision.retryAfterMs - 1, wanted).allowed).toBe(false);
            now += decision.retryAfterMs;
            expect(meter.take(now, wanted).allowed).toBe(true);
          }
        },
      ),
    );
  });
});

describe('the token bucket', () => {
  it('refills exactly, as fractions without rounding would', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 100, max: 604_800_000 }),
        steps(),
        (limit, windowMs, calls) => {
          const meter = newMeter(rule({ algorithm: 'token-bucket', limit, windowMs }));
          const model = bucketModel(limit, windowMs);
          let now = START;
          for (const { wait, cost } of calls) {
            now += Math.round(wait * windowMs);
            const wanted = Math.min(cost * Math.ceil(limit / 10), limit);
            expect(meter.take(now, wanted)).toEqual(model(now, wanted));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('gives one token each third of a second at three a second, for ever', () => {
    const meter = newMeter(rule({ algorithm: 'token-bucket', limit: 3, windowMs: 1_000 }));
    let taken = 0;
    for (let ms = 0; ms <= 1_000_000; ms++) if (meter.take(START + ms, 1).allowed) taken += 1;
    expect(taken).toBe(3 + 3_000);
  });
});
