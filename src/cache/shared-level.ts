import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { createCache, type Cache as LevelCache } from 'cache-manager';
import { Keyv, type DeserializedData } from 'keyv';
import type { Clock } from '../common/clock.js';
import type { Lifetime } from './policies/policies.js';
import type { SharedCacheStore, Unlock } from './ports/shared-cache-store.js';
import { StoreGuard } from './store-guard.js';

const RETRY_INVALIDATION_MS = 500;
const MAX_OWED = 10_000;
/** Longer than any load takes: what was loaded before an invalidation must not outlive its stamp. */
const MIN_STAMP_MS = 60_000;
/** A load that takes longer is done by somebody else as well. */
const LOCK_MS = 2_000;
const AWAY = JSON.stringify({ value: false });

/** Read to learn whether the store answers; nothing is ever written there. */
const ANY_KEY = 'answers';

/** Names of one value in Redis. A family that is emptied as a whole has one stamp for all its values. */
export interface SharedName {
  readonly entry: string;
  readonly stamp: string;
}

export type SharedRead =
  | { readonly kind: 'hit'; readonly value: unknown; readonly fresh: boolean; readonly stamp: string }
  | { readonly kind: 'miss'; readonly stamp: string }
  | { readonly kind: 'away' };

interface Envelope {
  readonly stamp: string;
  readonly value: unknown;
  /** By the wall clock of the writer. Clocks that are apart move a rebuild, nothing else. */
  readonly freshUntil: number;
}

interface Owed {
  readonly ttlMs: number;
  readonly afterwards: () => Promise<void>;
}

/**
 * The level in Redis. Beside the values stands a stamp that every invalidation replaces. A load takes the stamp before it
 * asks the database and leaves it in what it writes; a value under another stamp than the present one is not read. So a
 * slow load of an old value may write whenever it likes, on any instance, and nobody will see it.
 */
export class SharedLevel {
  private readonly logger = new Logger('Cache');
  private readonly cache: LevelCache;
  private readonly guard: StoreGuard;
  /** Stamps that the store has not taken yet. */
  private readonly owed = new Map<string, Owed>();
  private retry: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: SharedCacheStore,
    private readonly clock: Clock,
    timeoutMs: number,
  ) {
    this.guard = new StoreGuard(clock, timeoutMs);
    const keyv = new Keyv({
      store: this.guarded(store),
      useKeyPrefix: false,
      throwOnErrors: true,
      // Without Keyv's own time of expiry: it would be judged by the reader's clock. The store lets values expire.
      serialize: ({ value }) => JSON.stringify({ value }),
      deserialize: <V>(text: string) => JSON.parse(text) as DeserializedData<V>,
    });
    this.cache = createCache({ stores: [keyv] });
  }

  /** Never rejects. */
  async read(name: SharedName): Promise<SharedRead> {
    if (this.owed.has(name.stamp)) return { kind: 'away' };
    const [found, stamp = ''] = await this.cache.mget<unknown>([name.entry, name.stamp]);
    if (typeof stamp !== 'string') return { kind: 'away' };
    const envelope = found as Envelope | undefined;
    if (envelope?.stamp !== stamp) return { kind: 'miss', stamp };
    return {
      kind: 'hit',
      value: envelope.value,
      fresh: this.clock.now() < envelope.freshUntil,
      stamp,
    };
  }

  /** @param stamp the one that was read before the value was loaded */
  async write(name: SharedName, stamp: string, value: unknown, lifetime: Lifetime): Promise<void> {
    if (this.owed.has(name.stamp)) return;
    const envelope: Envelope = { stamp, value, freshUntil: this.clock.now() + lifetime.freshMs };
    await this.cache
      .set<Envelope>(name.entry, envelope, Math.ceil(lifetime.freshMs + lifetime.staleMs))
      .catch(() => undefined);
  }

  /** One attempt to be the one who loads. The stamp is part of it: who loads an old state keeps nobody from the new one. */
  async lock(name: SharedName, stamp: string): Promise<Unlock | undefined> {
    return this.guard.run(() => this.store.lock(`${name.entry}:${stamp}`, LOCK_MS)).catch(() => undefined);
  }

  /**
   * Never rejects: what cannot be invalidated now is remembered, not read here meanwhile, and tried again until it is.
   * @param lifetime the longest of the values under the stamp
   * @param afterwards called when it was done later
   */
  async invalidate(stampName: string, lifetime: Lifetime, afterwards: () => Promise<void>): Promise<void> {
    // Outlives every value that was written under the stamp before it.
    const ttlMs = Math.max(MIN_STAMP_MS, 2 * (lifetime.freshMs + lifetime.staleMs));
    if (!(await this.restamp(stampName, ttlMs))) this.owe(stampName, { ttlMs, afterwards });
  }

  /** Never rejects. `false` also for a second after a failure, when the store is left alone. */
  async answers(): Promise<boolean> {
    return this.guard
      .run(() => this.store.getMany([ANY_KEY]))
      .then(
        () => true,
        () => false,
      );
  }

  stop(): void {
    clearTimeout(this.retry);
  }

  private async restamp(stampName: string, ttlMs: number): Promise<boolean> {
    try {
      await this.cache.set(stampName, randomUUID(), ttlMs);
      this.owed.delete(stampName);
      return true;
    } catch {
      return false;
    }
  }

  private owe(stampName: string, owed: Owed): void {
    if (this.owed.size === 0)
      this.logger.warn({ key: stampName }, 'the shared cache is away; invalidations are kept for it');
    if (this.owed.size >= MAX_OWED && !this.owed.has(stampName)) {
      this.logger.error(
        { key: stampName },
        'too many invalidations wait for the shared cache; this one is left to expiry',
      );
      return;
    }
    this.owed.set(stampName, owed);
    this.retry ??= setTimeout(() => void this.payBack(), RETRY_INVALIDATION_MS).unref();
  }

  private async payBack(): Promise<void> {
    const owed = [...this.owed];
    for (const [stampName, { ttlMs, afterwards }] of owed) {
      if (!(await this.restamp(stampName, ttlMs))) break; // still away
      await afterwards();
    }
    this.retry = undefined;
    if (this.owed.size > 0) this.retry = setTimeout(() => void this.payBack(), RETRY_INVALIDATION_MS).unref();
    else if (owed.length > 0)
      this.logger.log({ keys: owed.length }, 'the shared cache is back; invalidations done');
  }

  /** The store in the form that Keyv takes. */
  private guarded(store: SharedCacheStore) {
    const { guard } = this;
    return {
      get: async (key: string) => (await guard.run(() => store.getMany([key])))[0],
      // cache-manager hides failed reads behind misses, so they come as an entry that is no stamp.
      getMany: (keys: string[]) => guard.run(() => store.getMany(keys)).catch(() => keys.map(() => AWAY)),
      set: (key: string, value: string, ttlMs: number) => guard.run(() => store.set(key, value, ttlMs)),
      delete: (key: string) => guard.run(() => store.delete(key)),
      clear: () => Promise.reject(new Error('the shared level is emptied key by key')),
    };
  }
}
