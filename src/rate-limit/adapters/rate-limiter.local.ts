import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.js';
import { boundedSubject, requireCost, ruleKey } from '../domain/key.js';
import { newMeter, type Meter } from '../domain/meter.js';
import { RateLimiter, type RateLimitDecision, type RateLimitRule } from '../ports/rate-limiter.js';

/**
 * Counts in this process: the limiter of embedded mode, of local rules, and what stands in for the shared one. Bounded: above
 * `entries` the subject that was not seen for longest is forgotten, which is as if it had done nothing.
 */
export class LocalRateLimiter extends RateLimiter {
  private readonly meters: LRUCache<string, Meter>;
  private readonly rules = new Map<string, number>();
  private readonly numbers = new WeakMap<RateLimitRule, number>();

  constructor(
    private readonly clock: Clock,
    entries: number,
  ) {
    super();
    this.meters = new LRUCache({ max: entries });
  }

  async take(rule: RateLimitRule, subject: string, cost = 1): Promise<RateLimitDecision> {
    return this.judge(rule, subject, cost);
  }

  /** `take` without a promise, for what every request passes. */
  judge(rule: RateLimitRule, subject: string, cost = 1): RateLimitDecision {
    requireCost(rule, cost);
    const key = this.key(rule, subject);
    let meter = this.meters.get(key);
    if (!meter) {
      meter = newMeter(rule);
      this.meters.set(key, meter);
    }
    return meter.take(Math.floor(this.clock.monotonic()), cost);
  }

  /** Rules with the same numbers are one, as in Redis; here a number stands for them, since every claim is looked up by it. */
  private key(rule: RateLimitRule, subject: string): string {
    let number = this.numbers.get(rule);
    if (number === undefined) {
      const name = ruleKey(rule);
      number = this.rules.get(name) ?? this.rules.size;
      this.rules.set(name, number);
      this.numbers.set(rule, number);
    }
    return `${number}:${boundedSubject(subject)}`;
  }
}
