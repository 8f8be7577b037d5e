import type { MaybePromise } from '../common/maybe-promise.js';
import type { CacheFamily, EmptiedFamily, GuardedFamily } from './policies/policies.js';

/** Where all keys of a guarded family can be read: what is not there does not exist. */
export interface KeySource {
  count(): Promise<number>;
  /** Every key once, in pages; a key that is added meanwhile may be left out. */
  pages(): AsyncIterable<readonly string[]>;
}

/**
 * Reads through levels of cache. A cache is never the reason why a read fails: without its servers it asks the loader.
 * Values are shared between callers and must not be changed; where a family is kept in Redis they must survive JSON.
 */
export abstract class Cache {
  /**
   * The value of `key`: at once where the level in this process has it, else from the nearest level that has it, else from `load`. Concurrent reads of one key share one
   * load, over all instances as far as a lock can see to that. `null` is a value and is kept too, for a shorter time.
   * After the lifetime of a hot key the old value is answered while one instance loads the new one.
   * @throws what `load` throws, where there is nothing older to answer; nothing is kept then
   */
  abstract get<T>(family: CacheFamily, key: string, load: () => Promise<T | null>): MaybePromise<T | null>;

  /**
   * Call after the change is committed. Reads that begin after this resolves do not see the old value here; on other
   * instances within the time of a broadcast, and where that is lost within the lifetime of the level in process. Loads
   * under way put nothing old back, and an old value is not answered while a new one is loaded. Never throws.
   */
  abstract invalidate(family: CacheFamily, key: string): Promise<void>;

  /** The same for all keys of a family. */
  abstract invalidateAll(family: EmptiedFamily): Promise<void>;

  /** Whether the level that instances share answers now; `true` where there is none. Never rejects. */
  abstract answers(): Promise<boolean>;

  /**
   * From now on a key that `source` lacks, and that was not admitted, is `null` without a load. Once at start.
   * Until the keys are read, and whenever it is not sure that it knows them all, every key is looked for.
   */
  abstract guard(family: GuardedFamily, source: KeySource): void;

  /** Call before a key of a guarded family comes into being: no instance takes it for unknown then. Never throws. */
  abstract admit(family: GuardedFamily, key: string): Promise<void>;
}
