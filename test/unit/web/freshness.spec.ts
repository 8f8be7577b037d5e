import { describe, expect, it } from '@jest/globals';
import { Freshness, OLD_AFTER_MS } from '../../../web/src/lib/freshness.js';

describe('the age of live numbers', () => {
  let time = 0;
  const pass = (ms: number): void => void (time += ms);
  const begun = (): Freshness => {
    const freshness = new Freshness(() => time);
    freshness.restart();
    return freshness;
  };

  it('is too much once nothing was heard for longer than a lost heartbeat explains', () => {
    const freshness = begun();
    pass(OLD_AFTER_MS);
    expect(freshness.old).toBe(false);
    pass(1);
    expect(freshness.old).toBe(true);
  });

  it('begins anew with each sign of life', () => {
    const freshness = begun();
    for (let beat = 0; beat < 10; beat += 1) {
      pass(OLD_AFTER_MS - 1);
      expect(freshness.old).toBe(false);
      freshness.renewed();
    }
    pass(OLD_AFTER_MS + 1);
    expect(freshness.old).toBe(true);
    freshness.renewed();
    expect([freshness.old, freshness.ageMs]).toEqual([false, 0]);
  });

  it('is nothing where nothing is expected', () => {
    const never = new Freshness(() => time);
    pass(60_000);
    expect([never.old, never.ageMs]).toEqual([false, 0]);
    const ended = begun();
    ended.stop();
    pass(60_000);
    expect(ended.old).toBe(false);
  });

  it('leaves room for a heartbeat every 2 s and is told within 5 s', () => {
    expect(OLD_AFTER_MS).toBeGreaterThan(2 * 2_000);
    expect(OLD_AFTER_MS).toBeLessThan(5_000);
  });
});
