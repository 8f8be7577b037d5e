/** A number from 0 to below 1. */
export type Random = () => number;

/** Around `ms`, up to `share` of it to either side: so that a crowd does not ask in step. */
export const jittered = (ms: number, random: Random, share = 0.2): number =>
  Math.round(ms * (1 - share + 2 * share * random()));

export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * How long to wait before the next try: doubles from `baseMs` up to `maxMs`, never below what `Retry-After` asked for.
 * What the server asked for is only ever made longer, so that nobody comes before the time.
 * @param failures tries that failed in a row, from 1
 */
export function waitBeforeRetry(
  failures: number,
  retryAfterMs: number | undefined,
  { baseMs, maxMs }: Backoff,
  random: Random,
): number {
  const own = Math.min(maxMs, baseMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  if (retryAfterMs === undefined) return jittered(own, random);
  return Math.round(Math.max(retryAfterMs, 250) * (1 + 0.2 * random()));
}
