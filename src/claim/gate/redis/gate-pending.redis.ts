import type { RedisClient } from '../../../redis/redis.js';
import { claimField } from '../../domain/claim-field.js';
import type { PendingEntry, PendingSize } from '../gate-pending.js';
import { answer, pipelined } from './gate-answers.redis.js';
import { voucherKey } from './gate-keys.redis.js';
import { recordOf } from './gate-records.js';
import { pieces, SCAN_COUNT } from './gate-scans.redis.js';

/** Pending claims of a voucher taken before `beforeMs`, oldest first. */
export async function pendingBefore(
  redis: RedisClient,
  epoch: number,
  voucherId: string,
  beforeMs: number,
  limit: number,
): Promise<PendingEntry[]> {
  const key = voucherKey(epoch, voucherId, 'pending');
  const fields = await answer(redis.zrangebyscore(key, '-inf', `(${beforeMs}`, 'LIMIT', 0, limit));
  return pendingRecords(redis, epoch, voucherId, fields);
}

/** How many claims of each voucher are pending, and the time of the oldest. */
export async function pendingSizes(
  redis: RedisClient,
  epoch: number,
  voucherIds: readonly string[],
): Promise<readonly PendingSize[]> {
  const replies = await pipelined(redis, voucherIds, (pipeline, id) => {
    const key = voucherKey(epoch, id, 'pending');
    return pipeline.zcard(key).zrangebyscore(key, '-inf', '+inf', 'WITHSCORES', 'LIMIT', 0, 1);
  });
  return voucherIds.map((_id, index) => {
    const [size, oldest] = replies.slice(2 * index) as [number, string[]];
    // RESP3 answers pairs, RESP2 a flat list.
    const score: unknown = oldest.flat()[1];
    return { size, ...(score === undefined ? {} : { oldestAt: Number(score) }) };
  });
}

/** All pending claims of a voucher, in no order; some may come twice. */
export async function* pendingPieces(
  redis: RedisClient,
  epoch: number,
  voucherId: string,
): AsyncIterable<PendingEntry[]> {
  const key = voucherKey(epoch, voucherId, 'pending');
  for await (const entries of pieces((cursor) => redis.zscan(key, cursor, 'COUNT', SCAN_COUNT))) {
    const fields = entries.filter((_entry, index) => index % 2 === 0);
    for (let from = 0; from < fields.length; from += SCAN_COUNT)
      yield await pendingRecords(redis, epoch, voucherId, fields.slice(from, from + SCAN_COUNT));
  }
}

/** @param fields `user:ordinal`; those that are pending no more are left out */
async function pendingRecords(
  redis: RedisClient,
  epoch: number,
  voucherId: string,
  fields: readonly string[],
): Promise<PendingEntry[]> {
  if (fields.length === 0) return [];
  const entries = fields.map(claimField);
  const users = entries.map(({ userId }) => userId);
  const texts = await answer(redis.hmget(voucherKey(epoch, voucherId, 'claims'), ...users));
  return entries.flatMap(({ userId, ordinal }, index) => {
    const record = recordOf(texts[index], ordinal);
    if (record?.status !== 'pending') return [];
    const { status: _status, ...held } = record;
    return [{ userId, ...held }];
  });
}
