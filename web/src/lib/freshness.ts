import type { Monotonic } from './server-clock.js';

/**
 * Numbers that were not renewed for so long are shown as old. Streams send a heartbeat every 2 s, and pages that ask do so every
 * 2 to 3 s, so one that is lost or late does not alarm anybody, and a server that is away is told of within 5 s.
 */
export const OLD_AFTER_MS = 4_500;

/** The one rule of how old a live number may be. By the monotonic clock; a device whose clock is wrong changes nothing. */
export class Freshness {
  private since: number | undefined;

  constructor(private readonly now: Monotonic) {}

  /** The server has just said how things are. */
  renewed(): void {
    this.since = this.now();
  }

  /** Begins to count where nothing has come yet, or after a time in which nobody looked and nothing was asked. */
  restart(): void {
    this.since = this.now();
  }

  /** Nothing is expected any more. */
  stop(): void {
    this.since = undefined;
  }

  get ageMs(): number {
    return this.since === undefined ? 0 : this.now() - this.since;
  }

  get old(): boolean {
    return this.ageMs > OLD_AFTER_MS;
  }
}
