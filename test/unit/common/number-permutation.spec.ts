import { describe, expect, it } from '@jest/globals';
import { NumberPermutation } from '../../../src/common/number-permutation.js';

const KEY = Buffer.alloc(32, 7);
const all = (permutation: NumberPermutation, size: number): bigint[] =>
  Array.from({ length: size }, (_none, place) => permutation.at(BigInt(place)));

describe('a permutation of numbers', () => {
  it.each([1, 2, 3, 10, 97, 1_000, 1_024, 4_099])('has each of %d numbers once', (size) => {
    const numbers = all(new NumberPermutation(KEY, BigInt(size)), size);
    expect(numbers.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
      Array.from({ length: size }, (_none, n) => BigInt(n)),
    );
  });

  it('is the same whenever it is made, and another one for another key', () => {
    const [first, again, other] = [KEY, Buffer.from(KEY), Buffer.alloc(32, 8)].map((key) =>
      all(new NumberPermutation(key, 1_000_000n), 1_000),
    );
    expect(first).toEqual(again);
    // By chance one of a million is the same now and then.
    expect(first?.filter((number, at) => number === other?.[at]).length).toBeLessThan(5);
  });

  it('puts neighbours anywhere: in each tenth there are about as many', () => {
    const tenths = Array<number>(10).fill(0);
    for (const number of all(new NumberPermutation(KEY, 10_000_000_000n), 10_000)) {
      const tenth = Number(number / 1_000_000_000n);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    // 1,000 each; six standard deviations are 180.
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(180);
  });

  it('takes numbers of any size, and no place beyond them', () => {
    const size = 22n ** 32n;
    const permutation = new NumberPermutation(KEY, size);
    const numbers = [0n, 1n, size - 1n].map((place) => permutation.at(place));
    expect(new Set(numbers).size).toBe(3);
    expect(numbers.every((number) => number >= 0n && number < size)).toBe(true);
    expect(() => permutation.at(size)).toThrow(RangeError);
    expect(() => permutation.at(-1n)).toThrow(RangeError);
  });
});
