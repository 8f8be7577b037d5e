import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../common/clock.js';

/**
 * Holds work to a steady rate: tokens flow in at `perSecond` up to `burst`; whoever takes more than there are waits until
 * they have flowed in. (Token bucket: Turner, "New directions in communications", IEEE Communications 24(10), 1986.)
 */
export class TokenBucket {
  private tokens: number;
  private filledAt: number;

  /**
   * @param perSecond tokens a second; 0 means without limit
   * @param burst most tokens that gather while nobody takes any
   */
  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
    private readonly burst: number,
    private readonly wait: (ms: number) => Promise<unknown> = delay,
  ) {
    this.tokens = burst;
    this.filledAt = clock.monotonic();
  }

  /** Takes `count` tokens, at most `burst`, and resolves when they are there; callers are served in order. */
  async take(count: number): Promise<void> {
    if (this.perSecond === 0) return;
    const now = this.clock.monotonic();
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.filledAt) / 1_000) * this.perSecond);
    this.filledAt = now;
    this.tokens -= count;
    if (this.tokens < 0) await this.wait((-this.tokens / this.perSecond) * 1_000);
  }
}
