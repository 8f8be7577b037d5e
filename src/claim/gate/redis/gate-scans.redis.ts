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
): AsyncIterable<readonly (readonly [field: string, value: Buffer])[]> {
  const next = async (cursor: string): Promise<[string, Buffer[]]> => {
    const [following, flat] = await redis.hscanBuffer(key, cursor, 'COUNT', SCAN_COUNT);
    return [following.toString(), flat];
  };
  for await (const flat of pieces(next)) {
    const entries: [string, Buffer][] = [];
    for (let at = 0; at + 1 < flat.length; at += 2) entries.push([String(flat[at]), flat[at + 1] as Buffer]);
    yield entries;
  }
}

/** All members of a sorted set. */
export async function* scanMembers(redis: RedisClient, key: string): AsyncIterable<readonly string[]> {
  for await (const entries of pieces((cursor) => redis.zscan(key, cursor, 'COUNT', SCAN_COUNT)))
    yield entries.filter((_entry, index) => index % 2 === 0);
}
