import type { Clock } from '../../shared/clock.js';
import { SessionStore, type NewSession, type Rotation, type Session } from '../ports/session-store.js';

interface Entry extends Session {
  readonly refreshHash: string;
  readonly expiresAt: number;
}

/** More logins than this and the one that was idle longest ends early: memory is bounded. */
const MAX_SESSIONS = 500_000;

/** Login state in this process, for embedded mode: a restart ends all sessions. */
export class EmbeddedSessionStore extends SessionStore {
  /** In order of last use, and all have the same time to live: what expires first is always in front. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly clock: Clock,
    private readonly ttlS: number,
    private readonly maxSessions = MAX_SESSIONS,
  ) {
    super();
  }

  async open(session: NewSession): Promise<void> {
    const now = this.clock.now();
    this.use({ ...session, createdAt: now, lastSeenAt: now, expiresAt: 0 });
    for (const [id, { expiresAt }] of this.entries) {
      if (expiresAt > now && this.entries.size <= this.maxSessions) break;
      this.entries.delete(id);
    }
  }

  async find(sessionId: string): Promise<Session | undefined> {
    const entry = this.alive(sessionId);
    if (!entry) return undefined;
    const { id, userId, createdAt, lastSeenAt } = entry;
    return { id, userId, createdAt, lastSeenAt };
  }

  async rotate(sessionId: string, presentedHash: string, nextHash: string): Promise<Rotation> {
    const entry = this.alive(sessionId);
    if (!entry) return 'ended';
    if (entry.refreshHash !== presentedHash) {
      this.entries.delete(sessionId);
      return 'reused';
    }
    this.use({ ...entry, refreshHash: nextHash });
    return 'rotated';
  }

  async renew(sessionId: string): Promise<boolean> {
    const entry = this.alive(sessionId);
    if (entry) this.use(entry);
    return entry !== undefined;
  }

  async end(sessionId: string): Promise<void> {
    this.entries.delete(sessionId);
  }

  private alive(sessionId: string): Entry | undefined {
    const entry = this.entries.get(sessionId);
    if (!entry || entry.expiresAt > this.clock.now()) return entry;
    this.entries.delete(sessionId);
    return undefined;
  }

  private use(entry: Entry): void {
    const now = this.clock.now();
    this.entries.delete(entry.id);
    this.entries.set(entry.id, { ...entry, lastSeenAt: now, expiresAt: now + this.ttlS * 1_000 });
  }
}
