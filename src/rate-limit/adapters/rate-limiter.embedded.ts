import { LRUCache } from 'lru-cache';
import type { Clock } from '../../shared/clock.js';
import { RateLimiter, type RateLimitDecision, type RateLimitRule } from '../ports/rate-limiter.js';

/** More subjects than this and the one that was quiet longest is forgotten: memory is bounded. */
const MAX_SUBJECTS = 200_000;

/** Sliding windows counted in this process: the times of what was taken within the window. */
export class EmbeddedRateLimiter extends RateLimiter {
  private readonly taken = new LRUCache<string, readonly number[]>({ max: MAX_SUBJECTS });

  constructor(private readonly clock: Clock) {
    super();
  }

  async take(rule: RateLimitRule, subject: string, cost = 1): Promise<RateLimitDecision> {
    const now = this.clock.monotonic();
    const key = `${rule.name}:${subject}`;
    const before = (this.taken.get(key) ?? []).filter((at) => at + rule.windowMs > now);
    const allowed = before.length + cost <= rule.limit;
    const times = allowed ? [...before, ...Array<number>(cost).fill(now)] : before;
    this.taken.set(key, times);
    const until = (at: number | undefined): number => (at === undefined ? 0 : at + rule.windowMs - now);
    return {
      allowed,
      limit: rule.limit,
      remaining: rule.limit - times.length,
      resetMs: until(times.at(-1)),
      retryAfterMs: allowed ? 0 : until(times[times.length + cost - rule.limit - 1]),
    };
  }
}
