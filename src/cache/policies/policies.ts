import type { Config } from '../../config/index.js';

/** How long a level keeps a value; both 0: not at all. */
export interface Lifetime {
  /** Until then it counts as fresh. Shortened at random by up to `jitter`. */
  readonly freshMs: number;
  /** So much longer it is answered while one instance rebuilds it in the background; 0: it ends at once. */
  readonly staleMs: number;
}

export interface CachePolicy {
  /** In process. Fresh and stale together bound how long a lost invalidation can go unnoticed. */
  readonly local: Lifetime;
  /** In Redis. */
  readonly shared: Lifetime;
  /** A null is often an id that somebody guessed: it must fill neither level for long. */
  readonly nullMs: number;
  /** Part of 1 by which lifetimes differ, so that what was filled together does not expire together. */
  readonly jitter: number;
  /** Whether the family is emptied as a whole: one stamp in Redis stands for all its keys then. */
  readonly whole: boolean;
}

const NOT_KEPT: Lifetime = { freshMs: 0, staleMs: 0 };
const JITTER = 0.1;
/** Lists show what time does to vouchers, so no invalidation tells of every change: two levels of half a second. */
const LIST_LEVEL_MS = 500;
const PAGE_LOCAL_MS = 2_000;
const PAGE_SHARED_MS = 10_000;

/** The first half of the time fresh, the second half stale: a hot key is renewed before anybody has to wait. */
const renewedHalfway = (ms: number): Lifetime => ({ freshMs: ms / 2, staleMs: ms / 2 });

/**
 * All families in one place.
 * - `voucher`: hot, what a drop's page shows; changes come with invalidations.
 * - `merchant`: hot, stands beside each of its vouchers; changes come with invalidations.
 * - `voucher-list`: rebuilt under the lock by one instance, about twice a second over all of them.
 * - `page`: the key says all that a page shows, so nothing is ever invalidated; what nobody asks for any more goes soon.
 * - `availability`: hot, in process only: the gate that it comes from is in Redis itself.
 */
export const cachePolicies = (config: Config) =>
  ({
    voucher: {
      local: renewedHalfway(config.CACHE_LOCAL_TTL_MS),
      shared: { freshMs: config.CACHE_SHARED_TTL_MS, staleMs: config.CACHE_SHARED_STALE_MS },
      nullMs: config.CACHE_NULL_TTL_MS,
      jitter: JITTER,
      whole: false,
    },
    merchant: {
      local: renewedHalfway(config.CACHE_LOCAL_TTL_MS),
      shared: { freshMs: config.CACHE_SHARED_TTL_MS, staleMs: config.CACHE_SHARED_STALE_MS },
      nullMs: config.CACHE_NULL_TTL_MS,
      jitter: JITTER,
      whole: false,
    },
    'voucher-list': {
      local: { freshMs: Math.min(LIST_LEVEL_MS, config.CACHE_LOCAL_TTL_MS), staleMs: 0 },
      shared: { freshMs: Math.min(LIST_LEVEL_MS, config.CACHE_SHARED_TTL_MS), staleMs: 0 },
      nullMs: LIST_LEVEL_MS,
      jitter: JITTER,
      whole: true,
    },
    page: {
      local: { freshMs: Math.min(PAGE_LOCAL_MS, config.CACHE_LOCAL_TTL_MS), staleMs: 0 },
      shared: { freshMs: Math.min(PAGE_SHARED_MS, config.CACHE_SHARED_TTL_MS), staleMs: 0 },
      nullMs: 1,
      jitter: JITTER,
      whole: false,
    },
    availability: {
      local: renewedHalfway(config.AVAILABILITY_TTL_MS),
      shared: NOT_KEPT,
      nullMs: config.AVAILABILITY_TTL_MS,
      jitter: JITTER,
      whole: false,
    },
  }) as const satisfies Record<string, CachePolicy>;

export type CacheFamily = keyof ReturnType<typeof cachePolicies>;
export type EmptiedFamily = 'voucher-list';
export type GuardedFamily = 'voucher';

/** @param random from 0 to 1 */
export const jittered = (ms: number, jitter: number, random: number): number => ms * (1 - jitter * random);

/** The lifetime of one entry: drawn at random, and without a stale end for a null. */
export function draw(lifetime: Lifetime, policy: CachePolicy, isNull: boolean, random: number): Lifetime {
  const freshMs = jittered(
    isNull ? Math.min(lifetime.freshMs, policy.nullMs) : lifetime.freshMs,
    policy.jitter,
    random,
  );
  return { freshMs, staleMs: isNull ? 0 : lifetime.staleMs };
}
