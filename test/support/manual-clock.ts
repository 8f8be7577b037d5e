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
