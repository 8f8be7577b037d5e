import type { Clock } from '../../common/clock.js';
import { reach, reachAll } from '../../redis/reach.js';
import { KEY_PREFIX, type RedisClient } from '../../redis/redis.js';
import { KnownPlaces, PLACES_PER_ACCOUNT } from '../ports/known-places.js';

/** Known places for all instances together. */
export class RedisKnownPlaces extends KnownPlaces {
  constructor(
    private readonly redis: RedisClient,
    private readonly clock: Clock,
    private readonly ttlS: number,
  ) {
    super();
  }

  async remember(account: string, place: string): Promise<void> {
    const key = keyOf(account);
    await reachAll(
      this.redis
        .multi()
        .zadd(key, this.clock.now(), place)
        .zremrangebyrank(key, 0, -PLACES_PER_ACCOUNT - 1)
        .expire(key, this.ttlS)
        .exec(),
    );
  }

  async knows(account: string, place: string): Promise<boolean> {
    const last = await reach(this.redis.zscore(keyOf(account), place));
    return last !== null && Number(last) + this.ttlS * 1_000 > this.clock.now();
  }
}

const keyOf = (account: string): string => `${KEY_PREFIX}known-places:{${account}}`;
