/** Places of an account that are remembered; one more drops the one that was used least lately. */
export const PLACES_PER_ACCOUNT = 8;

/**
 * From which addresses an account was signed in to, each for SESSION_TTL_S after the last time. Lost ones do no harm: their
 * owners share the tries of strangers until the next login.
 *
 * The store sees keyed hashes only. All calls reject with the problem `dependency_unavailable` when the store cannot be reached.
 */
export abstract class KnownPlaces {
  abstract remember(account: string, place: string): Promise<void>;
  abstract knows(account: string, place: string): Promise<boolean>;
}
