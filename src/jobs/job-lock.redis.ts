import Redlock from 'redlock';
import { JobLock } from './job-lock.js';
import { KEY_PREFIX, type RedisClient } from '../redis/redis.js';

const TTL_MS = 10_000;

export class RedisJobLock extends JobLock {
  private readonly redlock: Redlock;

  constructor(private readonly redis: RedisClient) {
    super();
    // The types of redlock 4 name an older client; the calls it makes are the same.
    this.redlock = new Redlock([redis as unknown as Redlock.CompatibleRedisClient], { retryCount: 0 });
    this.redlock.on('clientError', () => undefined);
  }

  async run(name: string, work: () => Promise<unknown>): Promise<boolean> {
    let lock: Redlock.Lock | undefined;
    try {
      lock = await this.redlock.lock(`${KEY_PREFIX}job:${name}`, TTL_MS);
    } catch (error) {
      // Held elsewhere: that instance does it. Redis away: do it all the same, the jobs stand being run twice.
      if (error instanceof Redlock.LockError && (await this.reachable(name))) return false;
    }
    const extend = lock && setInterval(() => void lock?.extend(TTL_MS).catch(() => undefined), TTL_MS / 3);
    try {
      await work();
      return true;
    } finally {
      clearInterval(extend);
      await lock?.unlock().catch(() => undefined);
    }
  }

  private async reachable(name: string): Promise<boolean> {
    return this.redis.exists(`${KEY_PREFIX}job:${name}`).then(
      () => true,
      () => false,
    );
  }
}
