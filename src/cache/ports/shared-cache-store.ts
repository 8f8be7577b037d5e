/** Gives a lock back; never rejects. */
export type Unlock = () => Promise<void>;

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
  /**
   * One attempt to be the one who loads `key`. It saves work and guards nothing: a holder that dies or is slow loses it
   * after `ttlMs`, and nothing that is written is checked against it.
   * @returns `undefined` where somebody else holds it, or the store is away
   */
  abstract lock(key: string, ttlMs: number): Promise<Unlock | undefined>;
}
