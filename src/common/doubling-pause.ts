/**
 * A pause that is twice as long each time.
 * @param failures in a row, from 1
 * @param firstMs the pause behind the first one
 * @param mostMs the longest
 * @returns ms
 */
export const doublingPause = (failures: number, firstMs: number, mostMs: number): number =>
  Math.min(mostMs, firstMs * 2 ** (failures - 1));
