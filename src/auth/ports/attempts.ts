/** How fast somebody may guess. */
export interface AttemptPolicy {
  /** Part of the key: lower case letters. */
  readonly name: 'account' | 'address';
  /** Tries without any delay, 1 to 1,000; after the last of them the first delay begins. */
  readonly freeTries: number;
  /** Doubles with every further try. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** All is forgotten this long after the last try; longer than `maxDelayMs`. */
  readonly memoryMs: number;
  /** What a right guess does: forgets all tries, or takes back its own and no other. */
  readonly afterSuccess: 'forget' | 'take-back';
}

/**
 * Counts guesses. A guess is counted *before* it is judged and in one atomic step, on all instances together, so that of
 * any number of parallel guesses no more than the free ones get through. What is delayed is not counted.
 *
 * Times are judged by one clock: the store's. All calls reject with the problem `dependency_unavailable` when the store
 * cannot be reached.
 */
export abstract class Attempts {
  /**
   * @param subject whose tries are counted; a hash, never an e-mail, phone number or address
   * @returns 0 where the guess may be judged now, else the milliseconds until the next one may
   */
  abstract take(policy: AttemptPolicy, subject: string): Promise<number>;
  /** The guess taken before was right: see `afterSuccess`. */
  abstract succeeded(policy: AttemptPolicy, subject: string): Promise<void>;
}

/** The delay in milliseconds after try number `tries`, 0 while tries are free. */
export function delayAfter(policy: AttemptPolicy, tries: number): number {
  if (tries < policy.freeTries) return 0;
  // Beyond 2^40 every delay is the longest.
  const doublings = Math.min(tries - policy.freeTries, 40);
  return Math.min(policy.firstDelayMs * 2 ** doublings, policy.maxDelayMs);
}
