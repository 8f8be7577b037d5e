import { SystemClock } from '../../src/common/clock.js';

/** A clock that moves only when a test moves it; who waits, waits in real time. */
export class ManualClock extends SystemClock {
  constructor(public ms = 1_800_000_000_000) {
    super();
  }

  override now(): number {
    return this.ms;
  }

  override monotonic(): number {
    return this.ms;
  }

  pass(ms: number): void {
    this.ms += ms;
  }
}

/** Whoever sleeps wakes at once, later. */
export class LeapingClock extends ManualClock {
  override async sleep(ms: number): Promise<void> {
    this.pass(ms);
  }
}

/** Leaps to the next time for which somebody sleeps; who sleep together wake together. */
export class SharedClock extends ManualClock {
  private readonly asleep: { readonly at: number; readonly wake: () => void }[] = [];

  override sleep(ms: number): Promise<void> {
    if (this.asleep.length === 0) setImmediate(() => this.leap());
    return new Promise((wake) => this.asleep.push({ at: this.ms + ms, wake }));
  }

  /** Once all that could be done without waiting was done. */
  private leap(): void {
    this.asleep.sort((a, b) => a.at - b.at);
    const next = this.asleep.shift();
    if (!next) return;
    this.ms = Math.max(this.ms, next.at);
    if (this.asleep.length > 0) setImmediate(() => this.leap());
    next.wake();
  }
}
