import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.js';
import { Attempts, delayAfter, type AttemptPolicy } from '../ports/attempts.js';

interface Entry {
  tries: number;
  /** On the monotonic clock, like `forgetAt`. */
  nextAt: number;
  forgetAt: number;
}

/** More subjects than this and the one that was quiet longest is forgotten: memory is bounded. */
const MAX_SUBJECTS = 200_000;

/** Guesses counted in this process, for embedded mode. */
export class EmbeddedAttempts extends Attempts {
  private readonly entries = new LRUCache<string, Entry>({ max: MAX_SUBJECTS });

  constructor(private readonly clock: Clock) {
    super();
  }

  async take(policy: AttemptPolicy, subject: string): Promise<number> {
    const now = this.clock.monotonic();
    const entry = this.alive(policy, subject) ?? { tries: 0, nextAt: 0, forgetAt: 0 };
    if (entry.nextAt > now) return Math.ceil(entry.nextAt - now);
    const tries = entry.tries + 1;
    const delay = delayAfter(policy, tries);
    this.entries.set(keyOf(policy, subject), {
      tries,
      nextAt: delay === 0 ? 0 : now + delay,
      forgetAt: now + policy.memoryMs,
    });
    return 0;
  }

  async succeeded(policy: AttemptPolicy, subject: string): Promise<void> {
    const entry = this.alive(policy, subject);
    if (!entry) return;
    if (policy.afterSuccess === 'forget' || entry.tries <= 1) {
      this.entries.delete(keyOf(policy, subject));
      return;
    }
    entry.tries -= 1;
    if (entry.tries < policy.freeTries) entry.nextAt = 0;
  }

  private alive(policy: AttemptPolicy, subject: string): Entry | undefined {
    const entry = this.entries.get(keyOf(policy, subject));
    return entry && entry.forgetAt > this.clock.monotonic() ? entry : undefined;
  }
}

const keyOf = (policy: AttemptPolicy, subject: string): string => `${policy.name}:${subject}`;
