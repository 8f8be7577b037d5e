import type { Clock } from './clock.js';

/**
 * Circuit breaker: after a failure calls are not tried until `resetMs` have passed; then one is, and decides.
 * (Nygard, Release It!, "Circuit Breaker".)
 */
export class CircuitBreaker {
  private openedAt: number | undefined;
  private probing = false;

  constructor(
    private readonly clock: Clock,
    private readonly resetMs: number,
  ) {}

  /** Whether a call would be tried now. */
  get allows(): boolean {
    if (this.openedAt === undefined) return true;
    return !this.probing && this.clock.monotonic() - this.openedAt >= this.resetMs;
  }

  get closed(): boolean {
    return this.openedAt === undefined;
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    const probe = this.openedAt !== undefined;
    if (probe) this.probing = true;
    try {
      const result = await call();
      this.openedAt = undefined;
      return result;
    } catch (error) {
      this.openedAt = this.clock.monotonic();
      throw error;
    } finally {
      if (probe) this.probing = false;
    }
  }
}
