/**
 * Latencies in buckets of a logarithmic scale: each is a fifth wider than the one before, so a quantile read from them is
 * wrong by a tenth at most. Counting one costs no allocation, and the counts of many processes add up.
 */
const SHORTEST_MS = 0.1;
const STEPS_PER_DOUBLING = 4;
/** Up to 105 s; what took longer is counted there. */
export const BUCKETS = 80;

export const bucketOf = (ms: number): number => {
  if (!(ms > SHORTEST_MS)) return 0;
  return Math.min(BUCKETS - 1, Math.floor(Math.log2(ms / SHORTEST_MS) * STEPS_PER_DOUBLING));
};

/** The middle of a bucket, on the scale's own terms. */
const middleMs = (bucket: number): number => SHORTEST_MS * 2 ** ((bucket + 0.5) / STEPS_PER_DOUBLING);

export interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** Quantiles in milliseconds; `null` where nothing was counted. */
export function quantilesOf(counts: readonly number[]): Quantiles | null {
  const count = counts.reduce((sum, n) => sum + n, 0);
  if (count === 0) return null;
  const at = (share: number): number => {
    let below = 0;
    const bucket = counts.findIndex((n) => (below += n) >= share * count);
    return Math.round(middleMs(bucket) * 100) / 100;
  };
  return { count, p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}
