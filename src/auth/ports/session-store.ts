/** A login that is alive. Times are milliseconds since 1970. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  /** Of the client that logged in; `null` where it is not known. */
  readonly address: string | null;
  /** At most 256 characters of the client's `User-Agent`; `null` where it sent none. */
  readonly userAgent: string | null;
  readonly createdAt: number;
  readonly lastSeenAt: number;
}

export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly address: string | null;
  readonly userAgent: string | null;
  /** Hash of the first refresh token; the store never sees a token. */
  readonly refreshHash: string;
}

/** Spent refresh tokens that a session remembers while they may come again: a client that rotates faster loses the oldest. */
export const SPENT_TOKENS_MAX = 16;

/**
 * `rotated`: the presented token was the current one and the next one has taken its place.
 * `repeated`: the presented token was spent less than REFRESH_GRACE_S ago; nothing has changed, and its successor is the one
 * that it got then.
 * `reused`: the session was alive and another token is current for longer than that: someone holds a copy, so the session is now ended.
 * `ended`: there is no such session (any more).
 */
export type Rotation = 'rotated' | 'repeated' | 'reused' | 'ended';

/**
 * The login state behind refresh tokens: one entry a session, which ends by itself after SESSION_TTL_S without use. A user
 * has at most SESSIONS_PER_USER_MAX of them: one more ends the one that was idle longest.
 *
 * `rotate` is one atomic step: of any number of calls with the same token, at most one is answered `rotated`, on all
 * instances together. The next token must follow from the presented one, so that all of them get the same. All calls reject with the problem `dependency_unavailable` when the store cannot be reached; whether
 * the call had its effect is then unknown.
 */
export abstract class SessionStore {
  /** Starts a session. Ids are new ones; an existing id is replaced. */
  abstract open(session: NewSession): Promise<void>;
  abstract find(sessionId: string): Promise<Session | undefined>;
  /** All that are alive, the latest login first. */
  abstract ofUser(userId: string): Promise<Session[]>;
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

/** Ids sort by the time they were made. */
export const latestFirst = (a: Session, b: Session): number => (a.id < b.id ? 1 : -1);
