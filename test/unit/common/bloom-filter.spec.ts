import { describe, expect, test } from '@jest/globals';
import { BloomFilter } from '../../../src/common/bloom-filter.js';

const ids = (prefix: string, count: number) =>
  Array.from({ length: count }, (_none, index) => `${prefix}${String(index).padStart(16, '0')}`);

describe('a Bloom filter', () => {
  test.each([0.1, 0.01, 0.001])(
    'sized for a wrong-answer rate of %p keeps about to it, and forgets nothing',
    (rate) => {
      const filter = BloomFilter.sized(20_000, rate);
      const inside = ids('vch_', 20_000);
      for (const id of inside) filter.add(id);
      expect(inside.filter((id) => !filter.has(id))).toEqual([]);
      const wrong = ids('vch_x', 100_000).filter((id) => filter.has(id)).length / 100_000;
      expect(wrong).toBeGreaterThan(rate / 3);
      expect(wrong).toBeLessThan(rate * 1.5);
    },
  );

  test('takes the number of bits of the formula', () => {
    // n = 1,000, p = 0.01: m = 9,586 bits, k = 7
    const filter = BloomFilter.sized(1_000, 0.01);
    expect(filter.bits.length).toBe(Math.ceil(9_586 / 8));
    expect(filter.probes).toBe(7);
  });

  test('answers the same after its bits were stored', () => {
    const filter = BloomFilter.sized(100, 0.01);
    for (const id of ids('a', 100)) filter.add(id);
    const copy = BloomFilter.from(filter.probes, new Uint8Array(filter.bits));
    for (const id of [...ids('a', 100), ...ids('b', 100)]) expect(copy.has(id)).toBe(filter.has(id));
  });

  test('an empty one has nothing', () => {
    expect(BloomFilter.sized(1, 0.01).has('x')).toBe(false);
  });
});
