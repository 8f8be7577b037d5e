import type { RateLimitDecision, RateLimitRule } from '../ports/rate-limiter.js';

/** What one subject did under one rule. The same arithmetic as lua/slide-1.lua and lua/fill-1.lua; contract specs hold both. */
export interface Meter {
  /**
   * @param now whole milliseconds of a clock that never goes back
   * @param cost 1 to the rule's limit
   */
  take(now: number, cost: number): RateLimitDecision;
}

export const newMeter = (rule: RateLimitRule): Meter =>
  rule.algorithm === 'sliding-window' ? new SlidingWindow(rule) : new Bucket(rule);

const SUB_WINDOWS = 10;

/** So long after its last request a subject stands as one that never asked, ms. */
export const goneAfterMs = ({ windowMs }: RateLimitRule): number =>
  (SUB_WINDOWS + 2) * Math.ceil(windowMs / SUB_WINDOWS);

/**
 * Counts in sub-windows of a tenth of the window. Any span of `windowMs` lies within eleven of them in a row, and no eleven
 * ever hold more than `limit`. The price: what was taken counts up to a tenth of the window longer than it must.
 */
class SlidingWindow implements Meter {
  private readonly width: number;
  /** Of the newest sub-window and the ten before it, newest first. */
  private readonly counts = new Array<number>(SUB_WINDOWS + 1).fill(0);
  private newest = 0;

  constructor(private readonly rule: RateLimitRule) {
    this.width = Math.ceil(rule.windowMs / SUB_WINDOWS);
  }

  take(now: number, cost: number): RateLimitDecision {
    this.moveTo(Math.floor(now / this.width));
    const { limit } = this.rule;
    let before = 0;
    for (const count of this.counts) before += count;
    const allowed = before + cost <= limit;
    if (allowed) this.counts[0] = (this.counts[0] ?? 0) + cost;
    const used = allowed ? before + cost : before;
    return {
      allowed,
      limit,
      remaining: limit - used,
      resetMs: this.untilGone(used, now),
      retryAfterMs: allowed ? 0 : this.untilGone(used + cost - limit, now),
    };
  }

  private moveTo(slot: number): void {
    const steps = Math.min(slot - this.newest, this.counts.length);
    if (steps > 0) this.counts.copyWithin(steps, 0).fill(0, 0, steps);
    this.newest = slot;
  }

  /** Milliseconds until at least `count` of what was taken, oldest first, no longer counts. */
  private untilGone(count: number, now: number): number {
    let age = SUB_WINDOWS;
    for (let gone = this.counts[age] ?? 0; gone < count && age > 0; gone += this.counts[age] ?? 0) age -= 1;
    return (this.newest - age + SUB_WINDOWS + 1) * this.width - now;
  }
}

/**
 * Counts in units of which `limit` flow in each millisecond and a token is `windowMs`: all numbers are whole, so it refills
 * exactly. The largest, `limit` times `windowMs`, is below 2^53. (Token bucket: Turner, "New directions in communications",
 * IEEE Communications 24(10), 1986.)
 */
class Bucket implements Meter {
  private units: number;
  private at: number | undefined;

  constructor(private readonly rule: RateLimitRule) {
    this.units = rule.limit * rule.windowMs;
  }

  take(now: number, cost: number): RateLimitDecision {
    const { limit, windowMs } = this.rule;
    const full = limit * windowMs;
    // Past a window it is full anyway, and a product of larger numbers would not be exact.
    const passed = Math.min(now - (this.at ?? now), windowMs);
    this.units = Math.min(full, this.units + passed * limit);
    this.at = now;
    const wanted = cost * windowMs;
    const allowed = wanted <= this.units;
    const missing = allowed ? 0 : wanted - this.units;
    if (allowed) this.units -= wanted;
    return {
      allowed,
      limit,
      remaining: Math.floor(this.units / windowMs),
      resetMs: Math.ceil((full - this.units) / limit),
      retryAfterMs: Math.ceil(missing / limit),
    };
  }
}
