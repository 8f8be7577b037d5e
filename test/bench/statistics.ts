/** The middle of the values; of an even number the mean of the two in the middle. @throws RangeError without values */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError('the median of nothing');
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** What repeated measurements of one thing say: never one number without its spread. */
export interface Measure {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly values: readonly number[];
}

/** @throws RangeError without values */
export const measure = (values: readonly number[]): Measure => ({
  median: median(values),
  least: Math.min(...values),
  most: Math.max(...values),
  values,
});

/** Median against median. */
export const ratio = (of: Measure, to: Measure): number => of.median / to.median;

/**
 * The candidates of one round there and back (A B B A), so that a machine that grows slower, or faster, with time favours
 * nobody.
 */
export const thereAndBack = <T>(candidates: readonly T[]): T[] => [
  ...candidates,
  ...[...candidates].reverse(),
];

/** Latencies as counts by upper bound in microseconds, ascending. */
export type Buckets = readonly (readonly [us: number, count: number])[];

/** Adds up histograms of the same bounds. */
export function merge(histograms: readonly Buckets[]): Buckets {
  const counts = new Map<number, number>();
  for (const [us, count] of histograms.flat()) counts.set(us, (counts.get(us) ?? 0) + count);
  return [...counts].sort(([a], [b]) => a - b);
}

export const total = (buckets: Buckets): number => buckets.reduce((sum, [, count]) => sum + count, 0);

/**
 * The bound that at least `share` of the values stay within, in milliseconds.
 * @param share above 0, at most 1
 * @returns `undefined` where there are no values
 */
export function percentileMs(buckets: Buckets, share: number): number | undefined {
  const wanted = Math.ceil(total(buckets) * share);
  let seen = 0;
  for (const [us, count] of buckets) {
    seen += count;
    if (seen >= wanted && seen > 0) return us / 1_000;
  }
  return undefined;
}

/** Milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
}

/** @returns `undefined` where there are no values */
export function latencyOf(buckets: Buckets): Latency | undefined {
  const [p50, p90, p99, p999] = [0.5, 0.9, 0.99, 0.999].map((share) => percentileMs(buckets, share));
  if (p50 === undefined || p90 === undefined || p99 === undefined || p999 === undefined) return undefined;
  return { p50, p90, p99, p999 };
}
