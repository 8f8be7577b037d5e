import { KEY_PREFIX, type RedisClient } from '../../../redis/redis.js';
import { answer } from './gate-answers.redis.js';
import { EPOCHS_KEY, markKey, registryKey, voucherKeys } from './gate-keys.redis.js';

/** Fields or keys that one call asks for. */
const CHUNK = 1_000;

/** Old epochs that are looked at again: a process that was stopped may still have written a key of one. */
const REVISITED = 8;

/**
 * Removes all that older epochs left. What it costs depends on their vouchers, not on what else Redis holds: an epoch is in the set of
 * epochs before it has a key, and a voucher in its epoch's set before it has one.
 */
export async function revokeBelow(redis: RedisClient, epoch: number): Promise<void> {
  if ((await answer(redis.exists(EPOCHS_KEY))) === 0) return revokeByKeys(redis, epoch);
  const old = (await answer(redis.smembers(EPOCHS_KEY)))
    .map(Number)
    .filter((each) => each < epoch)
    .sort((a, b) => a - b);
  if (old.length === 0) return;
  // Marks first: what `prepare` makes while the vouchers are removed, it then finds without its epoch.
  await answer(redis.unlink(...old.map(markKey)));
  for (const each of old) await unlinkVouchers(redis, each);
  const gone = old.slice(0, -REVISITED);
  if (gone.length > 0) await answer(redis.srem(EPOCHS_KEY, ...gone));
}

async function unlinkVouchers(redis: RedisClient, epoch: number): Promise<void> {
  let cursor = '0';
  do {
    const [next, ids] = await answer(redis.sscan(registryKey(epoch), cursor, 'COUNT', CHUNK));
    cursor = next;
    if (ids.length > 0) await answer(redis.unlink(...ids.flatMap((id) => voucherKeys(epoch, id))));
  } while (cursor !== '0');
  await answer(redis.unlink(registryKey(epoch)));
}

/** Where no set of epochs is known: the server is empty, or an older version of this program began the last epoch. */
async function revokeByKeys(redis: RedisClient, epoch: number): Promise<void> {
  for (const pattern of ['gate:*:mark', 'gate:*:vouchers', '{vch_*}:*']) {
    let cursor = '0';
    do {
      const [next, keys] = await answer(
        redis.scan(cursor, 'MATCH', `${KEY_PREFIX}${pattern}`, 'COUNT', CHUNK),
      );
      cursor = next;
      // The epoch is the third part of every key of the gate.
      const old = keys.filter((key) => Number(key.split(':')[2]) < epoch);
      if (old.length > 0) await answer(redis.unlink(...old));
    } while (cursor !== '0');
  }
}
