import type { Clock } from '../../common/clock.js';
import { boundedSubject, requireCost, ruleKey } from '../domain/key.js';
import { Meters } from '../domain/meters.js';
import { RateLimiter, type RateLimitDecision, type RateLimitRule } from '../ports/rate-limiter.js';

/**
 * Counts in this process: the limiter of embedded mode, of local rules, and what stands in for the shared one. Bounded: above
 * `entries` those subjects are forgotten that were not seen for longest, which is as if they had done nothing.
 */
export class LocalRateLimiter extends RateLimiter {
  /** Rules with the same numbers are one, as in Redis. */
  private readonly rules = new Map<string, Meters>();
  private readonly known = new WeakMap<RateLimitRule, Meters>();

  constructor(
    private readonly clock: Clock,
    private readonly entries: number,
  ) {
    super();
  }

  async take(rule: RateLimitRule, subject: string, cost = 1): Promise<RateLimitDecision> {
    return this.judge(rule, subject, cost);
  }

  /** `take` without a promise, for what every request passes. */
  judge(rule: RateLimitRule, subject: string, cost = 1): RateLimitDecision {
    requireCost(rule, cost);
    const meters = this.known.get(rule) ?? this.metersOf(rule);
    const now = Math.floor(this.clock.monotonic());
    const key = boundedSubject(subject);
    let meter = meters.known(key, now);
    if (!meter) {
      this.makeRoom(now);
      meter = meters.begin(key, now);
    }
    return meter.take(now, cost);
  }

  private metersOf(rule: RateLimitRule): Meters {
    const name = ruleKey(rule);
    const meters = this.rules.get(name) ?? new Meters(rule, Math.ceil(this.entries / 2));
    this.rules.set(name, meters);
    this.known.set(rule, meters);
    return meters;
  }

  /** For one more; of the rule with the most subjects. */
  private makeRoom(now: number): void {
    for (;;) {
      let all = 0;
      let largest: Meters | undefined;
      for (const meters of this.rules.values()) {
        all += meters.size;
        if (!largest || meters.size > largest.size) largest = meters;
      }
      if (all < this.entries || !largest) return;
      largest.age(now);
    }
  }
}
