import { setTimeout as delay } from 'node:timers/promises';

/**
 * Time as this process has it, injected so that tests own it: wall clock, waiting, and what happens later.
 * Claim windows never use it: the gate's clock does.
 */
export abstract class Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  abstract now(): number;
  /** Milliseconds from an arbitrary start; never goes back, goes on while the process is stopped. */
  abstract monotonic(): number;
  /** Resolves after `ms`. */
  abstract sleep(ms: number): Promise<void>;
  /** Resolves after a random time of up to `maxMs`, so that those who met once do not meet again. */
  abstract sleepUpTo(maxMs: number): Promise<void>;
  /** Runs `work` every `ms` until the returned function is called. */
  abstract every(ms: number, work: () => void): () => void;
  /** Runs `work` once all that has arrived by now was handled: in the next turn of the event loop. */
  abstract soon(work: () => void): void;
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
  async sleep(ms: number): Promise<void> {
    await delay(ms);
  }
  sleepUpTo(maxMs: number): Promise<void> {
    return this.sleep(Math.random() * maxMs);
  }
  every(ms: number, work: () => void): () => void {
    const timer = setInterval(work, ms);
    return () => clearInterval(timer);
  }
  soon(work: () => void): void {
    setImmediate(work);
  }
}

let lastMs = 0;
let lastText = new Date(0).toISOString();

/** RFC 3339 in UTC. Of claims that were decided together, all but the first find the text made. */
export function rfc3339(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastText;
}

export const rfc3339OrNull = (ms: number | null): string | null => (ms === null ? null : rfc3339(ms));
