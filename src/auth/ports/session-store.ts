/** A login that is alive. Times are milliseconds since 1970. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
}

export interface NewSession {
  readonly id: string;
  readonly userId: string;
  /** Hash of the first refresh token; the store never sees a token. */
  readonly refreshHash: string;
}

/**
 * `rotated`: the presented token was the current one and the next one has taken its place.
 * `reused`: the session was alive and another token is current: someone holds a copy, so the session is now ended.
 * `ended`: there is no such session (any more).
 */
export type Rotation = 'rotated' | 'reused' | 'ended';

/**
 * The login state behind refresh tokens: one entry a session, which ends by itself after SESSION_TTL_S without use.
 *
 * `rotate` is one atomic step: of any number of calls with the same token, at most one is answered `rotated`, on all
 * instances together. All calls reject with the problem `dependency_unavailable` when the store cannot be reached; whether
 * the call had its effect is then unknown.
 */
export abstract class SessionStore {
  /** Starts a session. Ids are new ones; an existing id is replaced. */
  abstract open(session: NewSession): Promise<void>;
  abstract find(sessionId: string): Promise<Session | undefined>;
  /** Replaces the current refresh token and starts the time to live anew, or ends the session. See `Rotation`. */
  abstract rotate(sessionId: string, presentedHash: string, nextHash: string): Promise<Rotation>;
  /**
   * The user was active: starts the time to live anew. Never brings an ended session back.
   * @returns whether the session is alive
   */
  abstract renew(sessionId: string): Promise<boolean>;
  /** Idempotent. */
  abstract end(sessionId: string): Promise<void>;
}
