import { Clock } from '../../src/shared/clock.js';

/** A clock that moves only when a test moves it. */
export class ManualClock extends Clock {
  constructor(public ms = 1_800_000_000_000) {
    super();
  }

  now(): number {
    return this.ms;
  }

  monotonic(): number {
    return this.ms;
  }

  pass(ms: number): void {
    this.ms += ms;
  }
}
