import type { Clock } from '../../common/clock.js';
import {
  latestFirst,
  SessionStore,
  SPENT_TOKENS_MAX,
  type NewSession,
  type Rotation,
  type Session,
} from '../ports/session-store.js';

interface Entry extends Session {
  readonly refreshHash: string;
  /** Tokens spent lately, the latest last. */
  readonly spent: readonly { readonly hash: string; readonly at: number }[];
  readonly expiresAt: number;
}

/** More logins than this and the one that was idle longest ends early: memory is bounded. */
const MAX_SESSIONS = 500_000;

/** Login state in this process, for embedded mode: a restart ends all sessions. */
export class EmbeddedSessionStore extends SessionStore {
  /** In order of last use, and all have the same time to live: what expires first is always in front. */
  private readonly entries = new Map<string, Entry>();
  /** User id -> ids of the user's entries. */
  private readonly users = new Map<string, Set<string>>();

  constructor(
    private readonly clock: Clock,
    private readonly options: {
      readonly ttlS: number;
      readonly perUser: number;
      readonly graceS: number;
      readonly max?: number;
    },
  ) {
    super();
  }

  async open(session: NewSession): Promise<void> {
    const now = this.clock.now();
    this.use({ ...session, spent: [], createdAt: now, lastSeenAt: now, expiresAt: 0 });
    for (const entry of this.entries.values()) {
      if (entry.expiresAt > now && this.entries.size <= (this.options.max ?? MAX_SESSIONS)) break;
      this.remove(entry);
    }
    const own = this.entriesOf(session.userId);
    if (own.length <= this.options.perUser) return;
    const idle = own.reduce((first, next) => (next.lastSeenAt < first.lastSeenAt ? next : first));
    this.remove(idle);
  }

  async find(sessionId: string): Promise<Session | undefined> {
    const entry = this.alive(sessionId);
    if (!entry) return undefined;
    return sessionOf(entry);
  }

  async ofUser(userId: string): Promise<Session[]> {
    const now = this.clock.now();
    return this.entriesOf(userId)
      .filter(({ expiresAt }) => expiresAt > now)
      .map(sessionOf)
      .sort(latestFirst);
  }

  async rotate(sessionId: string, presentedHash: string, nextHash: string): Promise<Rotation> {
    const entry = this.alive(sessionId);
    if (!entry) return 'ended';
    const now = this.clock.now();
    const spent = entry.spent.filter(({ at }) => now - at < this.options.graceS * 1_000);
    if (entry.refreshHash !== presentedHash) {
      if (spent.some(({ hash }) => hash === presentedHash)) return 'repeated';
      this.remove(entry);
      return 'reused';
    }
    spent.push({ hash: presentedHash, at: now });
    this.use({ ...entry, refreshHash: nextHash, spent: spent.slice(-SPENT_TOKENS_MAX) });
    return 'rotated';
  }

  async renew(sessionId: string): Promise<boolean> {
    const entry = this.alive(sessionId);
    if (entry) this.use(entry);
    return entry !== undefined;
  }

  async end(sessionId: string): Promise<void> {
    const entry = this.entries.get(sessionId);
    if (entry) this.remove(entry);
  }

  private alive(sessionId: string): Entry | undefined {
    const entry = this.entries.get(sessionId);
    if (!entry || entry.expiresAt > this.clock.now()) return entry;
    this.remove(entry);
    return undefined;
  }

  private entriesOf(userId: string): Entry[] {
    return [...(this.users.get(userId) ?? [])].flatMap((id) => this.entries.get(id) ?? []);
  }

  private remove({ id, userId }: Entry): void {
    this.entries.delete(id);
    const own = this.users.get(userId);
    own?.delete(id);
    if (own?.size === 0) this.users.delete(userId);
  }

  private use(entry: Entry): void {
    const now = this.clock.now();
    this.entries.delete(entry.id);
    this.entries.set(entry.id, { ...entry, lastSeenAt: now, expiresAt: now + this.options.ttlS * 1_000 });
    const own = this.users.get(entry.userId);
    if (own) own.add(entry.id);
    else this.users.set(entry.userId, new Set([entry.id]));
  }
}

function sessionOf({ id, userId, address, userAgent, createdAt, lastSeenAt }: Entry): Session {
  return { id, userId, address, userAgent, createdAt, lastSeenAt };
}
