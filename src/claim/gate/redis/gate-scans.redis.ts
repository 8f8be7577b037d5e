import type { RedisClient } from '../../../redis/redis.js';
import { answer } from './gate-answers.redis.js';

/** Fields or keys that one call asks for. */
const CHUNK = 1_000;

/** HSCAN returns every field that is there from its begin to its end. */
export async function* scan(
  redis: RedisClient,
  key: string,
): AsyncIterable<readonly (readonly [field: string, value: string])[]> {
  let cursor = '0';
  do {
    const [next, flat] = await answer(redis.hscan(key, cursor, 'COUNT', CHUNK));
    cursor = next;
    const entries: [string, string][] = [];
    for (let at = 0; at < flat.length; at += 2) entries.push([flat[at] ?? '', flat[at + 1] ?? '']);
    yield entries;
  } while (cursor !== '0');
}

export async function* scanFields(redis: RedisClient, key: string): AsyncIterable<readonly string[]> {
  for await (const entries of scan(redis, key)) yield entries.map(([field]) => field);
}
