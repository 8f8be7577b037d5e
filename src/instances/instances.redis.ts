import {
  byStart,
  InstanceRegister,
  INSTANCES_MAX,
  instanceSchema,
  type InstanceReport,
} from './instances.js';
import { reach, reachAll } from '../redis/reach.js';
import { serverTime } from '../redis/cluster.js';
import { KEY_PREFIX, type RedisClient } from '../redis/redis.js';

/** One hash tag: a report and the index change in one transaction. */
const INDEX = `${KEY_PREFIX}{instances}`;

/** A string with an expiry for each instance, and a sorted set of their ids by that time: the time is Redis' own. */
export class RedisInstanceRegister extends InstanceRegister {
  constructor(private readonly redis: RedisClient) {
    super();
  }

  async put(report: InstanceReport, ttlMs: number): Promise<void> {
    const now = await reach(serverTime(this.redis, INDEX));
    await reachAll(
      this.redis
        .multi()
        .set(key(report.id), JSON.stringify(report), 'PX', ttlMs)
        .zadd(INDEX, now + ttlMs, report.id)
        .zremrangebyscore(INDEX, '-inf', now)
        .pexpire(INDEX, ttlMs * 2)
        .exec(),
    );
  }

  async remove(id: string): Promise<void> {
    await reachAll(this.redis.multi().unlink(key(id)).zrem(INDEX, id).exec());
  }

  async list(): Promise<InstanceReport[]> {
    const ids = await reach(this.redis.zrevrange(INDEX, 0, INSTANCES_MAX - 1));
    if (ids.length === 0) return [];
    const found = await reach(this.redis.mget(ids.map(key)));
    return found.flatMap((text) => (text === null ? [] : readable(text))).sort(byStart);
  }
}

const key = (id: string): string => `${INDEX}:${id}`;

/** Another version of the program may say other things; what it says in our terms is shown. */
function readable(text: string): InstanceReport[] {
  const parsed = instanceSchema.safeParse(JSON.parse(text));
  return parsed.success ? [parsed.data] : [];
}
