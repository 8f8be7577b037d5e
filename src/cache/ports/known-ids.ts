import type { GuardedFamily } from '../policies/policies.js';

/** One build of a family's filter. */
export interface FilterHead {
  /** Differs for every build; a later one is greater where clocks agree. */
  readonly generation: number;
  readonly probes: number;
  /** Place among the additions from which on they may be missing in this build. */
  readonly since: string;
}

export interface FilterNews {
  /** The present build; `undefined` where there is none, or the store has lost it. */
  readonly head: FilterHead | undefined;
  /** Ids added after the place that was asked for, oldest first, so many as one look takes. */
  readonly added: readonly string[];
  /** Where to look on. */
  readonly place: string;
  readonly more: boolean;
}

/** An insert that was announced so long before a build began is in the database by then. */
export const ADDITION_MARGIN_MS = 60_000;
/** Additions that one look takes. */
export const LOOK_MAX = 10_000;

/**
 * Which ids of a family exist, as all instances know it: the bits of one build of a Bloom filter, and a list of additions
 * that goes on over all builds. An id that was added before a look began is in what the look finds, or in the build.
 * Every call rejects soon when the store is away.
 */
export abstract class KnownIds {
  /** @param place of the last look; `undefined`: additions are not asked for */
  abstract look(family: GuardedFamily, place: string | undefined): Promise<FilterNews>;
  abstract bits(family: GuardedFamily, generation: number): Promise<Uint8Array | undefined>;
  abstract add(family: GuardedFamily, id: string): Promise<void>;
  /** The place for a build that reads the database from now on. */
  abstract place(family: GuardedFamily): Promise<string>;
  /** Makes a build the present one; the one before goes, and additions that all builds have. */
  abstract publish(family: GuardedFamily, head: FilterHead, bits: Uint8Array): Promise<void>;
}
