import { meaningOf, reach, reachAll } from '../../redis/reach.js';
import { KEY_PREFIX, type RedisClient } from '../../redis/redis.js';
import { RedisScript } from '../../redis/script.js';
import type { Clock } from '../../common/clock.js';
import {
  latestFirst,
  SessionStore,
  SPENT_TOKENS_MAX,
  type NewSession,
  type Rotation,
  type Session,
} from '../ports/session-store.js';

/** Replies of lua/rotate-1.lua; lua/renew-1.lua answers 1 and 3 in the same sense. */
const ROTATIONS: Readonly<Record<number, Rotation>> = {
  1: 'rotated',
  2: 'reused',
  3: 'ended',
  4: 'repeated',
};
const RENEWED = 1;

/**
 * Login state in Redis, shared by all instances. A session and the index of its user live in different slots of a cluster,
 * so they change one after the other. The index comes first at opening and last at ending: it may name a session that is
 * gone, which a reader drops, and never lacks one that is alive.
 */
export class RedisSessionStore extends SessionStore {
  private readonly rotateScript = new RedisScript('rotate-1.lua');
  private readonly renewScript = new RedisScript('renew-1.lua');
  private readonly ttlMs: number;

  constructor(
    private readonly redis: RedisClient,
    private readonly clock: Clock,
    private readonly options: { readonly ttlS: number; readonly perUser: number; readonly graceS: number },
  ) {
    super();
    this.ttlMs = options.ttlS * 1_000;
  }

  async open(session: NewSession): Promise<void> {
    const now = this.clock.now();
    await this.index(session.userId, session.id, now);
    const fields = {
      user_id: session.userId,
      refresh: session.refreshHash,
      created_at: now,
      seen_at: now,
      ...(session.address === null ? {} : { address: session.address }),
      ...(session.userAgent === null ? {} : { user_agent: session.userAgent }),
    };
    // One MULTI: a session without an expiry would stay for ever.
    await reachAll(
      this.redis.multi().hset(key(session.id), fields).pexpire(key(session.id), this.ttlMs).exec(),
    );
  }

  async find(sessionId: string): Promise<Session | undefined> {
    const [userId, createdAt, lastSeenAt, address, userAgent] = await reach(
      this.redis.hmget(key(sessionId), 'user_id', 'created_at', 'seen_at', 'address', 'user_agent'),
    );
    if (!userId) return undefined;
    return {
      id: sessionId,
      userId,
      address: address ?? null,
      userAgent: userAgent ?? null,
      createdAt: Number(createdAt),
      lastSeenAt: Number(lastSeenAt),
    };
  }

  async ofUser(userId: string): Promise<Session[]> {
    const ids = await reach(this.redis.zrange(indexKey(userId), 0, '-1'));
    const found = await Promise.all(ids.map((id) => this.find(id)));
    return found.filter((session) => session !== undefined).sort(latestFirst);
  }

  async rotate(sessionId: string, presentedHash: string, nextHash: string): Promise<Rotation> {
    const userId = await this.userOf(sessionId);
    const graceMs = this.options.graceS * 1_000;
    const args = [presentedHash, nextHash, this.clock.now(), this.ttlMs, graceMs, SPENT_TOKENS_MAX];
    const rotation = meaningOf(
      ROTATIONS,
      await reach(this.rotateScript.run(this.redis, [key(sessionId)], args)),
    );
    if (userId !== null && rotation !== 'repeated')
      await this.follow(userId, sessionId, rotation === 'rotated');
    return rotation;
  }

  async renew(sessionId: string): Promise<boolean> {
    const args = [this.clock.now(), this.ttlMs];
    const renewed = Number(await reach(this.renewScript.run(this.redis, [key(sessionId)], args))) === RENEWED;
    const userId = renewed ? await this.userOf(sessionId) : null;
    if (userId !== null) await this.follow(userId, sessionId, true);
    return renewed;
  }

  async end(sessionId: string): Promise<void> {
    const userId = await this.userOf(sessionId);
    await reach(this.redis.del(key(sessionId)));
    if (userId !== null) await this.follow(userId, sessionId, false);
  }

  private userOf(sessionId: string): Promise<string | null> {
    return reach(this.redis.hget(key(sessionId), 'user_id'));
  }

  /** Names a new session in the index and ends those that were idle longest where there are too many. */
  private async index(userId: string, sessionId: string, now: number): Promise<void> {
    const name = indexKey(userId);
    await reachAll(
      this.redis
        .multi()
        .zremrangebyscore(name, '-inf', now - this.ttlMs)
        .zadd(name, String(now), sessionId)
        .pexpire(name, this.ttlMs)
        .exec(),
    );
    const surplus = await reach(this.redis.zrange(name, 0, String(-(this.options.perUser + 1))));
    for (const id of surplus) {
      await reach(this.redis.del(key(id)));
      await reach(this.redis.zrem(name, id));
    }
  }

  /** Brings the index after a session that was used or is gone. What was decided stands where that fails. */
  private async follow(userId: string, sessionId: string, alive: boolean): Promise<void> {
    const name = indexKey(userId);
    const change = alive
      ? this.redis.multi().zadd(name, String(this.clock.now()), sessionId).pexpire(name, this.ttlMs)
      : this.redis.multi().zrem(name, sessionId);
    await change.exec().catch(() => undefined);
  }
}

/** The braces make it the hash tag, so that a session has one slot in a cluster. */
const key = (sessionId: string): string => `${KEY_PREFIX}session:{${sessionId}}`;

/** Sorted set: session ids by last use. */
const indexKey = (userId: string): string => `${KEY_PREFIX}user-sessions:{${userId}}`;
