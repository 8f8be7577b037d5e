/** Wall clock of this process, injected so that tests own the time. Claim windows never use it: the gate's clock does. */
export abstract class Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  abstract now(): number;
  /** Milliseconds from an arbitrary start; never goes back, goes on while the process is stopped. */
  abstract monotonic(): number;
}

export class SystemClock extends Clock {
  /** @param offsetMs how far this process's wall clock is wrong: for rehearsals of clocks that are apart */
  constructor(private readonly offsetMs = 0) {
    super();
  }

  now(): number {
    return Date.now() + this.offsetMs;
  }
  monotonic(): number {
    return performance.now();
  }
}

/** RFC 3339 in UTC. */
export const rfc3339 = (ms: number): string => new Date(ms).toISOString();
