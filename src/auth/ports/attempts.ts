/** How fast somebody may guess. */
export interface AttemptPolicy {
  /** Part of the key: lower case letters. */
  readonly name: 'account' | 'address';
  /** Wrong tries without any delay, 1 to 1,000; after the last of them the first delay begins. */
  readonly freeTries: number;
  /** Doubles with every further wrong try. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** All is forgotten this long after the last wrong try; longer than `maxDelayMs`. */
  readonly memoryMs: number;
  /**
   * Tries that may be under way at once, however many were wrong, at least 1. Where more free tries are left, as many as are
   * left: then no more than the free ones can turn out wrong.
   */
  readonly atOnce: number;
  /** What a right try does to the wrong ones before it. */
  readonly afterSuccess: 'forget' | 'keep';
}

/** Whose tries are counted. */
export interface AttemptSubject {
  readonly policy: AttemptPolicy;
  /** A hash, never an e-mail, phone number or address. */
  readonly subject: string;
}

/** `judge` it now; ask again soon, because as many as allowed are `busy` being judged; or wait so many ms. */
export type AttemptTurn = 'judge' | 'busy' | { readonly waitMs: number };

/** `unjudged`: something else failed before it was known. */
export type AttemptOutcome = 'right' | 'wrong' | 'unjudged';

/** A try that was not ended after this time, as its process died, is under way no more, and not counted. */
export const ATTEMPT_LEASE_MS = 30_000;

/**
 * Counts wrong tries, and bounds those that are being judged, each in one atomic step on all instances together. So of any
 * number of parallel guesses no more are judged than free ones are left.
 *
 * Times are judged by one clock: the store's. All calls reject with the problem `dependency_unavailable` when the store
 * cannot be reached.
 */
export abstract class Attempts {
  /** @param id of this try; what is answered `judge` has to be ended */
  abstract begin(whose: AttemptSubject, id: string): Promise<AttemptTurn>;
  /** The try is judged. A wrong one is counted, also where its time under way was over. */
  abstract end(whose: AttemptSubject, id: string, outcome: AttemptOutcome): Promise<void>;
}

/** The delay in milliseconds after wrong try number `tries`, 0 while tries are free. */
export function delayAfter(policy: AttemptPolicy, tries: number): number {
  if (tries < policy.freeTries) return 0;
  // Beyond 2^40 every delay is the longest.
  const doublings = Math.min(tries - policy.freeTries, 40);
  return Math.min(policy.firstDelayMs * 2 ** doublings, policy.maxDelayMs);
}
