import { together } from '../../redis/pipeline.js';
import { KEY_PREFIX, type RedisClient } from '../../redis/redis.js';
import {
  ClaimCountsStore,
  COUNTS_TTL_MS,
  sumOf,
  type ClaimCounts,
  type CountedPart,
} from './claim-counts.js';

/** A hash for each voucher: a field for each writer with its sums as JSON. */
export class RedisClaimCounts extends ClaimCountsStore {
  constructor(private readonly redis: RedisClient) {
    super();
  }

  async write(parts: readonly CountedPart[]): Promise<void> {
    const replies = await together(this.redis, (batch) => {
      for (const { voucherId, writer, counts } of parts)
        batch.hset(key(voucherId), writer, JSON.stringify(counts)).pexpire(key(voucherId), COUNTS_TTL_MS);
    });
    const failed = replies.find(([error]) => error !== null)?.[0];
    if (failed) throw failed;
  }

  async read(voucherId: string): Promise<ClaimCounts | undefined> {
    return sumOf((await this.redis.hvals(key(voucherId))).map((text) => JSON.parse(text) as ClaimCounts));
  }
}

const key = (voucherId: string): string => `${KEY_PREFIX}claim-counts:{${voucherId}}`;
