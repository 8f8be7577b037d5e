import { isCluster, primariesOf } from '../../../redis/cluster.js';
import { KEY_PREFIX, type RedisClient } from '../../../redis/redis.js';
import { answer } from './gate-answers.redis.js';
import type { GateFence } from './gate-fence.js';
import { EPOCHS_KEY, marksKey, registryKey, voucherKeys } from './gate-keys.redis.js';
import { pieces, SCAN_COUNT } from './gate-scans.redis.js';

/** Old epochs that are looked at again: a process that was stopped may still have written a key of one. */
const REVISITED = 8;

/**
 * Removes all that older epochs left. What it costs depends on their vouchers, not on what else Redis holds: an epoch is in the set of
 * epochs before it has a key, and a voucher in its epoch's set before it has one.
 */
export async function revokeBelow(redis: RedisClient, fence: GateFence, epoch: number): Promise<void> {
  if ((await answer(redis.exists(EPOCHS_KEY))) === 0) return revokeByKeys(redis, epoch);
  const old = (await answer(redis.smembers(EPOCHS_KEY)))
    .map(Number)
    .filter((each) => each < epoch)
    .sort((a, b) => a - b);
  if (old.length === 0) return;
  // Marks first: what `prepare` makes while the vouchers are removed, it then finds without its epoch.
  const marks = await Promise.all(old.map((each) => fence.marks(each)));
  await unlink(redis, marks.flat());
  for (const each of old) await unlinkEpoch(redis, each);
  const gone = old.slice(0, -REVISITED);
  if (gone.length > 0) await answer(redis.srem(EPOCHS_KEY, ...gone));
}

/** Removes keys, which may be on several masters. */
async function unlink(redis: RedisClient, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  if (isCluster(redis)) await answer(Promise.all(keys.map((key) => redis.unlink(key))));
  else await answer(redis.unlink(...keys));
}

/** Removes all keys that an epoch has of these vouchers. */
export const unlinkVouchers = (redis: RedisClient, epoch: number, ids: readonly string[]): Promise<void> =>
  unlink(
    redis,
    ids.flatMap((id) => voucherKeys(epoch, id)),
  );

async function unlinkEpoch(redis: RedisClient, epoch: number): Promise<void> {
  const registry = registryKey(epoch);
  for await (const ids of pieces((cursor) => redis.sscan(registry, cursor, 'COUNT', SCAN_COUNT)))
    await unlinkVouchers(redis, epoch, ids);
  await unlink(redis, [registry, marksKey(epoch)]);
}

/** Where no set of epochs is known: the server is empty, or an older version of this program began the last epoch. */
async function revokeByKeys(redis: RedisClient, epoch: number): Promise<void> {
  for (const pattern of ['gate:*:mark', 'gate:*:vouchers', 'gate:*:histories', '{*}:*']) {
    const match = `${KEY_PREFIX}${pattern}`;
    for (const server of primariesOf(redis))
      for await (const keys of pieces((cursor) => server.scan(cursor, 'MATCH', match, 'COUNT', SCAN_COUNT))) {
        // The epoch is the third part of every key of the gate.
        const old = keys.filter((key) => Number(key.split(':')[2]) < epoch);
        await unlink(redis, old);
      }
  }
}
