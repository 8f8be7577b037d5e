import { LRUCache } from 'lru-cache';
import type { Clock } from '../common/clock.js';
import type { Lifetime } from './policies/policies.js';

/** Shared by a load and the entry it leaves: once it is stale, neither the load nor its entry counts any more. */
export interface LoadToken {
  stale: boolean;
}

export interface LocalEntry {
  readonly value: unknown;
  readonly token: LoadToken;
  /** Times by the monotonic clock. */
  readonly freshUntil: number;
  readonly keptUntil: number;
  /** From when on a reader of the stale value may start a rebuild. */
  rebuildFrom: number;
}

/**
 * The level in this process: bounded, least recently used leaves first. The LRU itself, without cache-manager and Keyv
 * around it: they make a look asynchronous, and then several readers find nothing and each begin a load.
 */
export class LocalLevel {
  private readonly entries: LRUCache<string, LocalEntry>;

  constructor(
    maxEntries: number,
    private readonly clock: Clock,
  ) {
    this.entries = new LRUCache<string, LocalEntry>({ max: maxEntries });
  }

  get size(): number {
    return this.entries.size;
  }

  /** What may be answered at `now`, fresh or stale. */
  find(name: string, now: number): LocalEntry | undefined {
    const entry = this.entries.get(name);
    return entry === undefined || entry.token.stale || now >= entry.keptUntil ? undefined : entry;
  }

  /** @param fresh whether it begins its life as fresh: a stale value from the shared level does not */
  set(name: string, value: unknown, token: LoadToken, lifetime: Lifetime, fresh: boolean): void {
    const { freshMs, staleMs } = lifetime;
    if (freshMs <= 0 || token.stale) return;
    const now = this.clock.monotonic();
    const freshUntil = fresh ? now + freshMs : now;
    this.entries.set(name, {
      value,
      token,
      freshUntil,
      keptUntil: now + freshMs + staleMs,
      rebuildFrom: freshUntil,
    });
  }

  drop(name: string): void {
    this.entries.delete(name);
  }
}
