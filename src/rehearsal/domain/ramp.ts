/** Rates that are tried, as parts of the highest, which is twice of what is expected. */
const SHARES = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1];
const BEYOND = 2;

export type Exceeded = 'shed' | 'refused' | 'latency' | 'lag';

/** What was counted and measured while claims were offered at one rate. Times in ms. */
export interface StepCounts {
  /** Claims a second that were meant to be offered. */
  readonly rate: number;
  /** `accepted + shed + refused` of them. */
  readonly offered: number;
  readonly accepted: number;
  /** Refused by load shedding, before anything else. */
  readonly shed: number;
  /** Other refusals, by the code of their problem. */
  readonly refused: Readonly<Record<string, number>>;
  /** Rows of the ledger. */
  readonly issued: number;
  /** From when a claim was due until its answer; `null` where none was answered. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly loopDelayMs: number;
  /** The longest that a claim waited to be issued. */
  readonly lagMs: number;
}

export interface Step extends StepCounts {
  /** What was too much; `null` where the rate was held. */
  readonly exceeded: Exceeded | null;
}

/** Within which a rate is safe, ms. */
export interface Bounds {
  readonly p99Ms: number;
  readonly lagMs: number;
}

/**
 * Rates that are tried, one after the other, claims a second: from an eighth of what is expected up to twice of it, and where that is more
 * than is allowed, up to what is.
 * @param expected above 0
 * @param most at least 1
 */
export function rampOf(expected: number, most: number): readonly number[] {
  const highest = Math.min(most, BEYOND * expected);
  return [...new Set(SHARES.map((share) => Math.max(1, Math.ceil(share * highest))))];
}

/** Claims of all steps together. */
export const claimsOf = (ramp: readonly number[], seconds: number): number =>
  ramp.reduce((sum, rate) => sum + rate * seconds, 0);

/** What was too much, the most telling first. */
export function exceededBy(counts: StepCounts, bounds: Bounds): Exceeded | null {
  if (counts.shed > 0) return 'shed';
  if (Object.values(counts.refused).some((n) => n > 0)) return 'refused';
  if (counts.lagMs > bounds.lagMs) return 'lag';
  return counts.p99Ms !== null && counts.p99Ms > bounds.p99Ms ? 'latency' : null;
}

/** The highest rate that was held, `null` where none was; `isAtLeast`: no higher one was seen to fail. */
export function safeRateOf(steps: readonly Step[]): { rate: number | null; isAtLeast: boolean } {
  const held = steps.filter(({ exceeded }) => exceeded === null);
  return { rate: held.at(-1)?.rate ?? null, isAtLeast: held.length > 0 && held.length === steps.length };
}

/** Seconds from the opening until the last unit goes; `null` where the crowd leaves some, or nothing is sold. */
export const soldOutAfterS = (units: number, crowd: number, rate: number | null): number | null =>
  rate === null || crowd < units ? null : Math.round((units / rate) * 10) / 10;

/** The value below which `share` of the values are; sorts them. */
export function quantile(values: number[], share: number): number | null {
  values.sort((a, b) => a - b);
  const value = values[Math.min(values.length - 1, Math.floor(share * values.length))];
  return value === undefined ? null : Math.round(value * 10) / 10;
}
