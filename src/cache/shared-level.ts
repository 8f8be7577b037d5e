import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { createCache, type Cache as LevelCache } from 'cache-manager';
import { Keyv, type DeserializedData } from 'keyv';
import type { Clock } from '../shared/clock.js';
import type { SharedCacheStore } from './ports/shared-cache-store.js';

/** After a failure the store is left alone for this time, so that a hanging Redis costs one timeout, not one a read. */
const REST_AFTER_FAILURE_MS = 1_000;
const RETRY_INVALIDATION_MS = 500;
const MAX_OWED = 10_000;
/** A null is often an id that somebody guessed: it must not fill Redis for half an hour. */
const NULL_TTL_MS = 10_000;

export type SharedRead =
  | { readonly kind: 'hit'; readonly value: unknown }
  | { readonly kind: 'miss'; readonly stamp: string }
  | { readonly kind: 'away' };

interface Envelope {
  readonly stamp: string;
  readonly value: unknown;
}

/** A lifetime shortened at random by up to a tenth, so that what was filled together does not expire together. */
export const jittered = (ttlMs: number, random: number): number => Math.ceil(ttlMs * (1 - 0.1 * random));

/**
 * The level in Redis. Each key has a stamp beside it that every invalidation replaces. A load takes the stamp before it
 * asks the database and leaves it in what it writes; a value under another stamp than the present one is not read. So a
 * slow load of an old value may write whenever it likes, on any instance, and nobody will see it.
 */
export class SharedLevel {
  private readonly logger = new Logger('Cache');
  private readonly cache: LevelCache;
  /** Names whose invalidation the store has not taken yet, with the longest lifetime of their values. */
  private readonly owed = new Map<string, number>();
  private restUntil = -Infinity;
  private retry: NodeJS.Timeout | undefined;

  constructor(
    store: SharedCacheStore,
    private readonly clock: Clock,
    private readonly afterRetry: (name: string) => Promise<void>,
  ) {
    const keyv = new Keyv({
      store: this.guarded(store),
      useKeyPrefix: false,
      throwOnErrors: true,
      serialize: (data) => JSON.stringify(data),
      deserialize: <V>(text: string) => JSON.parse(text) as DeserializedData<V>,
    });
    this.cache = createCache({ stores: [keyv] });
  }

  /** Never rejects. */
  async read(name: string): Promise<SharedRead> {
    if (this.resting || this.owed.has(name)) return { kind: 'away' };
    const [found, stamp = ''] = await this.cache.mget<unknown>([name, stampOf(name)]);
    if (this.resting || typeof stamp !== 'string') return { kind: 'away' };
    const envelope = found as Envelope | undefined;
    return envelope?.stamp === stamp ? { kind: 'hit', value: envelope.value } : { kind: 'miss', stamp };
  }

  /** @param stamp the one that was read before the value was loaded */
  async write(name: string, stamp: string, value: unknown, ttlMs: number): Promise<void> {
    if (this.resting || this.owed.has(name)) return;
    const ttl = jittered(value === null ? Math.min(ttlMs, NULL_TTL_MS) : ttlMs, Math.random());
    await this.cache.set<Envelope>(name, { stamp, value }, ttl).catch(() => undefined);
  }

  /**
   * Never rejects: what cannot be invalidated now is remembered, not read here meanwhile, and tried again until it is.
   * @param ttlMs the longest lifetime of the value
   */
  async invalidate(name: string, ttlMs: number): Promise<void> {
    try {
      // Outlives every value that was written under the stamp before it.
      await this.cache.set(stampOf(name), randomUUID(), 2 * ttlMs);
      this.owed.delete(name);
    } catch {
      this.owe(name, ttlMs);
    }
  }

  stop(): void {
    clearTimeout(this.retry);
  }

  private get resting(): boolean {
    return this.clock.monotonic() < this.restUntil;
  }

  private owe(name: string, ttlMs: number): void {
    if (this.owed.size === 0)
      this.logger.warn({ key: name }, 'the shared cache is away; invalidations are kept for it');
    if (this.owed.size >= MAX_OWED && !this.owed.has(name)) {
      this.logger.error(
        { key: name },
        'too many invalidations wait for the shared cache; this one is left to expiry',
      );
      return;
    }
    this.owed.set(name, ttlMs);
    this.retry ??= setTimeout(() => void this.payBack(), RETRY_INVALIDATION_MS).unref();
  }

  private async payBack(): Promise<void> {
    const owed = [...this.owed];
    for (const [name, ttlMs] of owed) {
      await this.invalidate(name, ttlMs);
      if (this.owed.has(name)) break; // still away
      await this.afterRetry(name);
    }
    this.retry = undefined;
    if (this.owed.size > 0) this.retry = setTimeout(() => void this.payBack(), RETRY_INVALIDATION_MS).unref();
    else if (owed.length > 0)
      this.logger.log({ keys: owed.length }, 'the shared cache is back; invalidations done');
  }

  /** The store in the form that Keyv takes, noticing failures on the way: cache-manager hides those of reads. */
  private guarded(store: SharedCacheStore) {
    const watch = async <T>(call: Promise<T>): Promise<T> => {
      try {
        return await call;
      } catch (error) {
        this.restUntil = this.clock.monotonic() + REST_AFTER_FAILURE_MS;
        throw error;
      }
    };
    return {
      get: async (key: string) => (await watch(store.getMany([key])))[0],
      getMany: (keys: string[]) => watch(store.getMany(keys)),
      set: (key: string, value: string, ttlMs: number) => watch(store.set(key, value, ttlMs)),
      delete: (key: string) => watch(store.delete(key)),
      clear: () => Promise.reject(new Error('the shared level is emptied key by key')),
    };
  }
}

const stampOf = (name: string): string => `${name}:stamp`;
