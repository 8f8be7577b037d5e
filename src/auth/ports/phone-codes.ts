/** `wrong`: there is a code, another one; the try is counted. `none`: none was sent, it is over, used or guessed at too often. */
export type CodeCheck = 'right' | 'wrong' | 'none';

/**
 * One-time codes, one for each way in which a code may be given, each with PHONE_CODE_TTL_S to live and PHONE_CODE_TRIES tries.
 *
 * The store sees keyed hashes only, of the way and of the code. All calls reject with the problem
 * `dependency_unavailable` when the store cannot be reached.
 */
export abstract class PhoneCodes {
  /** Replaces the code of this way, its tries and its time to live. */
  abstract put(wayHash: string, codeHash: string): Promise<void>;
  /**
   * Judges a code in one atomic step: of any number of calls, on all instances together, at most one is answered `right`,
   * and at most PHONE_CODE_TRIES are judged at all.
   */
  abstract check(wayHash: string, codeHash: string): Promise<CodeCheck>;
}
