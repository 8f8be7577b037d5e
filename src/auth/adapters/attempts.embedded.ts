import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.js';
import {
  ATTEMPT_LEASE_MS,
  Attempts,
  delayAfter,
  type AttemptOutcome,
  type AttemptSubject,
  type AttemptTurn,
} from '../ports/attempts.js';

/** Times on the monotonic clock. */
interface Entry {
  tries: number;
  nextAt: number;
  forgetAt: number;
  /** Id of each try under way, with the end of its lease. */
  readonly underWay: Map<string, number>;
}

/** More subjects than this and the one that was quiet longest is forgotten: memory is bounded. */
const MAX_SUBJECTS = 200_000;

/** Guesses counted in this process, for embedded mode. */
export class EmbeddedAttempts extends Attempts {
  private readonly entries = new LRUCache<string, Entry>({ max: MAX_SUBJECTS });

  constructor(private readonly clock: Clock) {
    super();
  }

  async begin(whose: AttemptSubject, id: string): Promise<AttemptTurn> {
    const now = this.clock.monotonic();
    const entry = this.entryOf(whose);
    if (entry.nextAt > now) return { waitMs: Math.ceil(entry.nextAt - now) };
    for (const [other, leaseEnd] of entry.underWay) if (leaseEnd <= now) entry.underWay.delete(other);
    const { freeTries, atOnce } = whose.policy;
    if (entry.underWay.size >= Math.max(freeTries - entry.tries, atOnce)) return 'busy';
    entry.underWay.set(id, now + ATTEMPT_LEASE_MS);
    this.entries.set(keyOf(whose), entry);
    return 'judge';
  }

  async end(whose: AttemptSubject, id: string, outcome: AttemptOutcome): Promise<void> {
    const { policy } = whose;
    const entry = this.entryOf(whose);
    entry.underWay.delete(id);
    if (outcome === 'right' && policy.afterSuccess === 'forget') {
      entry.tries = 0;
      entry.nextAt = 0;
    }
    if (outcome === 'wrong') {
      const now = this.clock.monotonic();
      entry.tries += 1;
      const delay = delayAfter(policy, entry.tries);
      entry.nextAt = delay === 0 ? 0 : now + delay;
      entry.forgetAt = now + policy.memoryMs;
    }
    if (entry.tries === 0 && entry.underWay.size === 0) this.entries.delete(keyOf(whose));
    else this.entries.set(keyOf(whose), entry);
  }

  private entryOf(whose: AttemptSubject): Entry {
    const entry = this.entries.get(keyOf(whose));
    if (!entry) return { tries: 0, nextAt: 0, forgetAt: 0, underWay: new Map() };
    if (entry.forgetAt <= this.clock.monotonic()) Object.assign(entry, { tries: 0, nextAt: 0 });
    return entry;
  }
}

const keyOf = ({ policy, subject }: AttemptSubject): string => `${policy.name}:${subject}`;
