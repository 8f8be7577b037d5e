import type { RateLimitRule } from '../../config/index.js';

export type { RateLimitRule };

export interface RateLimitDecision {
  readonly allowed: boolean;
  readonly limit: number;
  /** How many more would be allowed now, at least 0. */
  readonly remaining: number;
  /** Until all of `limit` is there again, if nothing more is taken. */
  readonly resetMs: number;
  /** 0 when allowed; else until a call with this cost can be allowed. */
  readonly retryAfterMs: number;
}

/** Counts what subjects do. Never rejects: a store that is away is the rule's `whenAway`. */
export abstract class RateLimiter {
  /**
   * Judges and counts in one atomic step; what is refused is not counted.
   * @param subject whose rate it is, for example a client key or a user id; it is never stored in plain text longer than 128 bytes
   * @param cost how much it counts, 1 to the rule's limit
   * @throws RangeError for another cost
   */
  abstract take(rule: RateLimitRule, subject: string, cost?: number): Promise<RateLimitDecision>;
}
