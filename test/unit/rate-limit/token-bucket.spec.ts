import { describe, expect, it } from '@jest/globals';
import { TokenBucket } from '../../../src/rate-limit/index.js';
import { ManualClock } from '../../support/manual-clock.js';

function bucket(perSecond: number, burst: number) {
  const clock = new ManualClock();
  const waits: number[] = [];
  const made = new TokenBucket(clock, perSecond, burst, async (ms) => waits.push(ms));
  /** How long a caller waits, ms. */
  const take = async (count: number): Promise<number> => {
    const before = waits.length;
    await made.take(count);
    return waits[before] ?? 0;
  };
  return { clock, take };
}

describe('the token bucket', () => {
  it('gives its burst at once, and then exactly what flows in', async () => {
    const { take, clock } = bucket(100, 10);
    expect(await take(10)).toBe(0);
    expect(await take(1)).toBe(10);
    clock.pass(10); // the token that was waited for
    clock.pass(30);
    expect(await take(3)).toBe(0);
    expect(await take(1)).toBe(10);
  });

  it('makes callers wait one behind the other', async () => {
    const { take } = bucket(100, 10);
    await take(10);
    expect([await take(5), await take(5), await take(10)]).toEqual([50, 100, 200]);
  });

  it('gathers no more than its burst, however long nobody takes', async () => {
    const { take, clock } = bucket(100, 10);
    await take(10);
    clock.pass(3_600_000);
    expect(await take(10)).toBe(0);
    expect(await take(1)).toBe(10);
  });

  it('keeps fractions of a token', async () => {
    const { take, clock } = bucket(1, 1);
    await take(1);
    for (let n = 0; n < 4; n++) clock.pass(125);
    expect(await take(1)).toBe(500);
  });

  it('holds a rate exactly over many takes', async () => {
    const { take, clock } = bucket(1_000, 100);
    const start = clock.ms;
    let taken = 0;
    while (clock.ms - start < 10_000) {
      clock.pass(await take(100));
      taken += 100;
    }
    expect(taken).toBe(100 + 10 * 1_000);
  });

  it('without a rate keeps nobody waiting', async () => {
    const { take } = bucket(0, 0);
    expect(await take(1_000_000)).toBe(0);
  });
});
