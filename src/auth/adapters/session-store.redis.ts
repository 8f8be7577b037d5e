import { KEY_PREFIX, type RedisClient } from '../../platform/redis/redis.js';
import { RedisScript } from '../../platform/redis/script.js';
import type { Clock } from '../../shared/clock.js';
import { Problem } from '../../shared/problems.js';
import { SessionStore, type NewSession, type Rotation, type Session } from '../ports/session-store.js';

/** Replies of lua/rotate-1.lua; lua/renew-1.lua answers 1 and 3 in the same sense. */
const ROTATIONS: Readonly<Record<number, Rotation>> = { 1: 'rotated', 2: 'reused', 3: 'ended' };
const RENEWED = 1;

/** Login state in Redis, shared by all instances. */
export class RedisSessionStore extends SessionStore {
  private readonly rotateScript = new RedisScript('rotate-1.lua');
  private readonly renewScript = new RedisScript('renew-1.lua');
  private readonly ttlMs: number;

  constructor(
    private readonly redis: RedisClient,
    private readonly clock: Clock,
    ttlS: number,
  ) {
    super();
    this.ttlMs = ttlS * 1_000;
  }

  async open(session: NewSession): Promise<void> {
    const now = this.clock.now();
    const fields = { user_id: session.userId, refresh: session.refreshHash, created_at: now, seen_at: now };
    // One MULTI: a session without an expiry would stay for ever.
    const replies = await reach(
      this.redis.multi().hset(key(session.id), fields).pexpire(key(session.id), this.ttlMs).exec(),
    );
    const failed = replies?.find(([error]) => error !== null)?.[0];
    if (failed || !replies) throw new Problem('dependency_unavailable', { cause: failed });
  }

  async find(sessionId: string): Promise<Session | undefined> {
    const [userId, createdAt, lastSeenAt] = await reach(
      this.redis.hmget(key(sessionId), 'user_id', 'created_at', 'seen_at'),
    );
    if (!userId) return undefined;
    return { id: sessionId, userId, createdAt: Number(createdAt), lastSeenAt: Number(lastSeenAt) };
  }

  async rotate(sessionId: string, presentedHash: string, nextHash: string): Promise<Rotation> {
    const reply = await this.run(this.rotateScript, sessionId, [presentedHash, nextHash]);
    const rotation = ROTATIONS[reply];
    if (!rotation) throw new Error(`rotate-1.lua answered ${reply}`);
    return rotation;
  }

  async renew(sessionId: string): Promise<boolean> {
    return (await this.run(this.renewScript, sessionId, [])) === RENEWED;
  }

  async end(sessionId: string): Promise<void> {
    await reach(this.redis.del(key(sessionId)));
  }

  private async run(script: RedisScript, sessionId: string, args: readonly string[]): Promise<number> {
    return Number(
      await reach(script.run(this.redis, [key(sessionId)], [...args, this.clock.now(), this.ttlMs])),
    );
  }
}

/** The braces make it the hash tag, so that a session has one slot in a cluster. */
const key = (sessionId: string): string => `${KEY_PREFIX}session:{${sessionId}}`;

async function reach<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (cause) {
    throw new Problem('dependency_unavailable', { cause });
  }
}
