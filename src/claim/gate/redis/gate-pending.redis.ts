import type { RedisClient } from '../../../redis/redis.js';
import { claimField } from '../../domain/claim-field.js';
import type { PendingEntry, PendingOfOne, PendingSize } from '../gate-pending.js';
import type { Holders, IssuedAtGate } from '../stock-gate.js';
import { answer, pipelined } from './gate-answers.redis.js';
import { voucherKey } from './gate-keys.redis.js';
import { fieldsOf, issuedOf, pendingIn, recordOf, textOf, type HeldRecord } from './gate-records.js';
import { scan, SCAN_COUNT, scanMembers } from './gate-scans.redis.js';
import { userOfField } from './short-user-ids.js';

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
  for await (const fields of scanMembers(redis, key)) {
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
  const found = await textsOf(redis, epoch, voucherId, new Set(entries.map(({ userId }) => userId)));
  return entries.flatMap(({ userId, ordinal }) => {
    const record = recordOf(found.get(userId), ordinal);
    if (record?.status !== 'pending') return [];
    const { status: _status, ...held } = record;
    return [{ userId, ...held }];
  });
}

/** What some users have, of those who have something. */
async function textsOf(
  redis: RedisClient,
  epoch: number,
  voucherId: string,
  users: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const names = [...users].flatMap(fieldsOf);
  const values = await answer(redis.hmgetBuffer(voucherKey(epoch, voucherId, 'claims'), ...names));
  const found = new Map<string, string>();
  for (const [index, value] of values.entries())
    if (value) found.set(userOfField(names[index] ?? ''), textOf(value));
  return found;
}

/** `undefined` where the gate knows no such claim, or not its details. */
export async function recordAt(
  redis: RedisClient,
  epoch: number,
  voucherId: string,
  userId: string,
  ordinal: number,
): Promise<HeldRecord | undefined> {
  return recordOf(await textOfUser(redis, epoch, voucherId, userId), ordinal);
}

export async function pendingOf(
  redis: RedisClient,
  epoch: number,
  voucherId: string,
  userId: string,
): Promise<PendingOfOne[]> {
  return pendingIn(await textOfUser(redis, epoch, voucherId, userId));
}

async function textOfUser(
  redis: RedisClient,
  epoch: number,
  voucherId: string,
  userId: string,
): Promise<string | undefined> {
  const key = voucherKey(epoch, voucherId, 'claims');
  const [long, short] = await answer(redis.hmgetBuffer(key, ...fieldsOf(userId)));
  const value = long ?? short;
  return value ? textOf(value) : undefined;
}

export async function holders(redis: RedisClient, epoch: number, voucherId: string): Promise<Holders> {
  const key = voucherKey(epoch, voucherId, 'claims');
  return { count: await answer(redis.hlen(key)), ids: holderIds(redis, epoch, voucherId) };
}

/**
 * Whose claim ends goes from one field to another, and a scan may meet neither. Such a claim is still pending when it begins, or was taken
 * later; and who has a claim that has ended stays in one field.
 */
async function* holderIds(
  redis: RedisClient,
  epoch: number,
  voucherId: string,
): AsyncIterable<readonly string[]> {
  for await (const fields of scanMembers(redis, voucherKey(epoch, voucherId, 'pending')))
    yield fields.map((field) => claimField(field).userId);
  for await (const entries of scan(redis, voucherKey(epoch, voucherId, 'claims')))
    yield entries.map(([field]) => userOfField(field));
}

export async function* issued(
  redis: RedisClient,
  epoch: number,
  voucherId: string,
): AsyncIterable<readonly IssuedAtGate[]> {
  for await (const entries of scan(redis, voucherKey(epoch, voucherId, 'claims')))
    yield entries
      .map(([field, value]) => ({ userId: userOfField(field), ...issuedOf(textOf(value)) }))
      .filter(({ count }) => count > 0);
}
