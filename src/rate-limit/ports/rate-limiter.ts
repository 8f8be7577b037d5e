/**
 * How often something may happen.
 * `sliding-window`: in no span of `windowMs`, wherever it begins, more than `limit`.
 * `token-bucket`: `limit` at once, refilled evenly so that an empty bucket is full after `windowMs`.
 */
export interface RateLimitRule {
  /** Name of the policy, part of the key and of the `RateLimit-Policy` header: lower case letters, digits, `-`. */
  readonly name: string;
  readonly algorithm: 'sliding-window' | 'token-bucket';
  /** 1 to 1,000,000. */
  readonly limit: number;
  /** 100 ms to 7 days. */
  readonly windowMs: number;
  /**
   * Where it is counted. `shared`: for all instances together. `local`: in this process alone, without a round trip.
   */
  readonly scope: 'shared' | 'local';
  /** With the shared store away: refuse, or count in this process meanwhile. */
  readonly whenAway: 'refuse' | 'count-locally';
}

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
   */
  abstract take(rule: RateLimitRule, subject: string, cost?: number): Promise<RateLimitDecision>;
}
