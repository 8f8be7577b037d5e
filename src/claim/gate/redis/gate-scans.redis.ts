import type { RedisClient } from '../../../redis/redis.js';
import { answer } from './gate-answers.redis.js';

/** Entries that one call asks for. */
export const SCAN_COUNT = 1_000;

/** All pieces of a SCAN command. What is there from its begin to its end is in one of them at least, some of it in two. */
export async function* pieces<T>(
  next: (cursor: string) => Promise<readonly [cursor: string, piece: T]>,
): AsyncIterable<T> {
  let cursor = '0';
  do {
    const [following, piece] = await answer(next(cursor));
    cursor = following;
    yield piece;
  } while (cursor !== '0');
}

/** All fields of a hash, with their values. */
export async function* scan(
  redis: RedisClient,
  key: string,
): AsyncIterable<readonly (readonly [field: string, value: string])[]> {
  for await (const flat of pieces((cursor) => redis.hscan(key, cursor, 'COUNT', SCAN_COUNT))) {
    const entries: [string, string][] = [];
    for (let at = 0; at < flat.length; at += 2) entries.push([flat[at] ?? '', flat[at + 1] ?? '']);
    yield entries;
  }
}

export async function* scanFields(redis: RedisClient, key: string): AsyncIterable<readonly string[]> {
  for await (const entries of scan(redis, key)) yield entries.map(([field]) => field);
}
