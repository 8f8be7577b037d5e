/** Ids of revoked sessions and where to go on reading. */
export interface Revoked {
  readonly sessionIds: readonly string[];
  readonly cursor: string;
}

/**
 * Sessions whose access tokens are refused from now on, in the order of revocation. An entry lives at least as long as an
 * access token can. All calls reject with the problem `dependency_unavailable` when the store cannot be reached.
 */
export abstract class RevocationLog {
  abstract add(sessionIds: readonly string[]): Promise<void>;
  /**
   * What was added after `cursor`; `undefined` reads from the oldest entry alive. At most 1,000 entries at once: read on
   * until there are none.
   */
  abstract since(cursor: string | undefined): Promise<Revoked>;
}

export const REVOCATION_PAGE = 1_000;
