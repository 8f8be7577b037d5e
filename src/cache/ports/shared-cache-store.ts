/**
 * The store behind the second level, common to all instances. Every call rejects soon when the store is away.
 * Embedded mode has none: one process shares with nobody.
 */
export abstract class SharedCacheStore {
  /** One entry for each key, in order; `undefined` where there is none. */
  abstract getMany(keys: readonly string[]): Promise<(string | undefined)[]>;
  /** @param ttlMs lifetime, at least 1 */
  abstract set(key: string, value: string, ttlMs: number): Promise<void>;
  abstract delete(key: string): Promise<boolean>;
}
