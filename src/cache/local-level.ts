import { createCache, type Cache as LevelCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { LRUCache } from 'lru-cache';

/** Shared by a load and the entry it leaves: once it is stale, neither the load nor its entry counts any more. */
export interface LoadToken {
  stale: boolean;
}

interface Entry {
  readonly value: unknown;
  readonly token: LoadToken;
}

/** The level in this process: bounded, least recently used leaves first. cache-manager's own store is an unbounded Map. */
export class LocalLevel {
  private readonly entries: LRUCache<string, object>;
  private readonly cache: LevelCache;

  constructor(maxEntries: number) {
    this.entries = new LRUCache<string, object>({ max: maxEntries });
    const { entries } = this;
    const keyv = new Keyv({
      // Not the LRU itself: Keyv hands it a number where it takes options, and hides the TypeError that follows.
      store: {
        get: (name: string) => entries.get(name),
        set: (name: string, entry: object) => entries.set(name, entry),
        delete: (name: string) => entries.delete(name),
        clear: () => entries.clear(),
      },
      useKeyPrefix: false,
      throwOnErrors: true,
    });
    keyv.serialize = undefined; // values stay objects: no JSON on the hot path
    keyv.deserialize = undefined;
    this.cache = createCache({ stores: [keyv] });
  }

  get size(): number {
    return this.entries.size;
  }

  /** `undefined` where there is nothing; `null` is a value. */
  async get(name: string): Promise<unknown> {
    const entry = await this.cache.get<Entry>(name);
    return entry === undefined || entry.token.stale ? undefined : entry.value;
  }

  async set(name: string, value: unknown, token: LoadToken, ttlMs: number): Promise<void> {
    if (ttlMs <= 0 || token.stale) return; // cache-manager reads 0 as 'for ever'
    await this.cache.set<Entry>(name, { value, token }, ttlMs);
  }

  async drop(name: string): Promise<void> {
    await this.cache.del(name);
  }
}
