import { describe, expect, it } from '@jest/globals';
import { pairedRuns, figure } from '../../bench/paired-runs.js';
import {
  latencyOf,
  measure,
  median,
  merge,
  percentileMs,
  ratio,
  thereAndBack,
  total,
} from '../../bench/statistics.js';

describe('statistics of a benchmark', () => {
  it('takes the middle value, and of an even number the mean of the two in the middle', () => {
    expect(median([5])).toBe(5);
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 6])).toBe(5.5);
    expect(() => median([])).toThrow(RangeError);
  });

  it('keeps the range beside the median', () => {
    expect(measure([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3, values: [3, 1, 2] });
  });

  it('compares medians', () => {
    expect(ratio(measure([10, 20, 900]), measure([40]))).toBe(0.5);
  });

  it('lets contestants go there and back', () => {
    expect(thereAndBack(['a', 'b', 'c'])).toEqual(['a', 'b', 'c', 'c', 'b', 'a']);
  });

  it('reads percentiles from buckets as the bound that the share stays within', () => {
    const buckets = [
      [100, 50],
      [200, 49],
      [10_000, 1],
    ] as const;
    expect(percentileMs(buckets, 0.5)).toBe(0.1);
    expect(percentileMs(buckets, 0.51)).toBe(0.2);
    expect(percentileMs(buckets, 0.99)).toBe(0.2);
    expect(percentileMs(buckets, 1)).toBe(10);
    expect(percentileMs([], 0.5)).toBeUndefined();
    expect(latencyOf(buckets)).toEqual({ p50: 0.1, p90: 0.2, p99: 0.2, p999: 10 });
    expect(latencyOf([])).toBeUndefined();
  });

  it('adds histograms up without losing a value', () => {
    const all = merge([
      [
        [1, 2],
        [8, 1],
      ],
      [
        [1, 1],
        [4, 5],
      ],
    ]);
    expect(all).toEqual([
      [1, 3],
      [4, 5],
      [8, 1],
    ]);
    expect(total(all)).toBe(9);
  });

  it('warms every contestant up once, before the first of them is measured', async () => {
    const said: string[] = [];
    const contestant = (name: string) => ({
      name,
      warmUp: async () => void said.push(`warm ${name}`),
      measure: async () => said.push(name),
    });
    const runs = await pairedRuns([contestant('a'), contestant('b')], 2, () => undefined);
    expect(said.join(' ')).toBe('warm a warm b a b b a a b b a');
    expect(figure(runs, 'a', (value) => value).values).toHaveLength(4);
  });
});
