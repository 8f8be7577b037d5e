import Redlock from 'redlock';
import { isCluster } from '../../redis/cluster.js';
import { KEY_PREFIX, type RedisClient } from '../../redis/redis.js';
import { SharedCacheStore, type Unlock } from '../ports/shared-cache-store.js';

const PREFIX = `${KEY_PREFIX}cache:`;

/**
 * Entries as plain strings in Redis. @keyv/redis is not used because it waits without end for a server that is away;
 * this client fails each command after its timeout.
 */
export class RedisSharedCache extends SharedCacheStore {
  private readonly redlock: Redlock;

  constructor(private readonly redis: RedisClient) {
    super();
    // The types of redlock 4 name an older client; the calls it makes are the same.
    this.redlock = new Redlock([redis as unknown as Redlock.CompatibleRedisClient], { retryCount: 0 });
    this.redlock.on('clientError', () => undefined);
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    const names = keys.map((key) => PREFIX + key);
    const { redis } = this;
    // In a cluster they are on several masters.
    const values = await (isCluster(redis)
      ? Promise.all(names.map((name) => redis.get(name)))
      : redis.mget(names));
    return values.map((value) => value ?? undefined);
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.redis.set(PREFIX + key, value, 'PX', Math.max(1, Math.round(ttlMs)));
  }

  async delete(key: string): Promise<boolean> {
    return (await this.redis.del(PREFIX + key)) > 0;
  }

  async lock(key: string, ttlMs: number): Promise<Unlock | undefined> {
    try {
      const lock = await this.redlock.lock(`${PREFIX}lock:${key}`, ttlMs);
      return async () => {
        await lock.unlock().catch(() => undefined); // it ended by itself
      };
    } catch {
      return undefined;
    }
  }
}
