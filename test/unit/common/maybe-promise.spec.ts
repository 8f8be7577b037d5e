import { describe, expect, it } from '@jest/globals';
import { all, chain } from '../../../src/common/maybe-promise.js';

const double = (value: number): number => value * 2;

describe('a value that may have to be waited for', () => {
  it('is used at once where it is at hand', () => {
    expect(chain(2, double)).toBe(4);
    expect(all([1, 2])).toEqual([1, 2]);
    expect(all([])).toEqual([]);
  });

  it('is used once it is there', async () => {
    const waiting = chain(Promise.resolve(2), double);
    expect(waiting).toBeInstanceOf(Promise);
    expect(await waiting).toBe(4);
    expect(await all([1, Promise.resolve(2)])).toEqual([1, 2]);
  });

  it('rejects as the promise does', async () => {
    const lost = Promise.reject(new Error('away'));
    await expect(chain(lost, double)).rejects.toThrow('away');
    await expect(all([1, Promise.reject(new Error('away'))])).rejects.toThrow('away');
  });
});
