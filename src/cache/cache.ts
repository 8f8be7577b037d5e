import type { Config } from '../config/index.js';

/** How long a family of values lives in each level; 0 means not kept there. */
export interface CachePolicy {
  readonly localTtlMs: number;
  readonly sharedTtlMs: number;
}

/**
 * All families and their lifetimes, in one place.
 * Lists and stock change with every drop and are cheap to read again, so they stay out of Redis.
 */
export const cachePolicies = (config: Config) =>
  ({
    voucher: { localTtlMs: config.CACHE_LOCAL_TTL_MS, sharedTtlMs: config.CACHE_SHARED_TTL_MS },
    'voucher-list': { localTtlMs: Math.min(1_000, config.CACHE_LOCAL_TTL_MS), sharedTtlMs: 0 },
    availability: { localTtlMs: config.AVAILABILITY_TTL_MS, sharedTtlMs: 0 },
  }) as const satisfies Record<string, CachePolicy>;

export type CacheFamily = keyof ReturnType<typeof cachePolicies>;

/** Families that live in process only, and can therefore be emptied as a whole. */
export type LocalFamily = 'voucher-list' | 'availability';

/**
 * Reads through levels of cache. A cache is never the reason why a read fails: without its servers it asks the loader.
 * Values are shared between callers and must not be changed; where a family is kept in Redis they must survive JSON.
 */
export abstract class Cache {
  /**
   * The value of `key`, from the nearest level that has it, else from `load`. Concurrent reads of one key share one
   * load. `null` is a value and is kept too, for a shorter time in Redis.
   * @throws what `load` throws; nothing is kept then
   */
  abstract get<T>(family: CacheFamily, key: string, load: () => Promise<T | null>): Promise<T | null>;

  /**
   * Call after the change is committed. Reads that begin after this resolves do not see the old value here; on other
   * instances within the time of a broadcast, at worst `localTtlMs`. Loads under way put nothing old back. Never throws.
   */
  abstract invalidate(family: CacheFamily, key: string): Promise<void>;

  /** The same for all keys of a family. */
  abstract invalidateAll(family: LocalFamily): Promise<void>;
}
