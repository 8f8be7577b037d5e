import type { GoingOn } from '../stock-gate.js';
import { isCluster, primariesOf } from '../../../redis/cluster.js';
import { KEY_PREFIX, type RedisClient } from '../../../redis/redis.js';
import { answer } from './gate-answers.redis.js';
import type { GateFence } from './gate-fence.js';
import { EPOCHS_KEY, marksKey, registryKey, voucherKeys } from './gate-keys.redis.js';
import { pieces, SCAN_COUNT } from './gate-scans.redis.js';

const NOTHING: GoingOn = { epochs: [], before: [], epochOf: () => undefined, voucherIds: [] };

/** Old epochs that are looked at again: a process that was stopped may still have written a key of one. */
const REVISITED = 8;

/**
 * Removes all that older epochs left. What it costs depends on their vouchers, not on what else Redis holds: an epoch is in the set of
 * epochs before it has a key, and a voucher in its epoch's set before it has one. Where some vouchers go on in an epoch, its marks and sets
 * stay, and what it has of the others is removed.
 */
export async function revokeBelow(
  redis: RedisClient,
  fence: GateFence,
  epoch: number,
  goingOn: GoingOn = NOTHING,
): Promise<void> {
  const isKnown = (await answer(redis.exists(EPOCHS_KEY))) === 1;
  await revokeLost(redis, goingOn);
  if (!isKnown) return revokeByKeys(redis, epoch, goingOn);
  const old = (await answer(redis.smembers(EPOCHS_KEY)))
    .map(Number)
    .filter((each) => each < epoch)
    .sort((a, b) => a - b);
  if (old.length === 0) return;
  const keeps = (each: number): boolean => goingOn.epochs.includes(each);
  const over = old.filter((each) => !keeps(each));
  // Marks first: what `prepare` makes while the vouchers are removed, it then finds without its epoch.
  const marks = await Promise.all(over.map((each) => fence.marks(each)));
  await unlink(redis, marks.flat());
  for (const each of old) await unlinkEpoch(redis, each, goingOn);
  const gone = over.slice(0, -REVISITED);
  if (gone.length > 0) await answer(redis.srem(EPOCHS_KEY, ...gone));
}

/** Makes the sets of epochs that some vouchers go on in whole, by the ledger's list: they may be lost. */
export async function nameGoingOn(
  redis: RedisClient,
  { epochs, epochOf, voucherIds }: GoingOn,
): Promise<void> {
  if (epochs.length > 0) await answer(redis.sadd(EPOCHS_KEY, ...epochs));
  for (const epoch of epochs) {
    const kept = voucherIds.filter((id) => epochOf(id) === epoch);
    for (let from = 0; from < kept.length; from += SCAN_COUNT)
      await answer(redis.sadd(registryKey(epoch), ...kept.slice(from, from + SCAN_COUNT)));
  }
}

/** By the ledger's list of vouchers. */
async function revokeLost(redis: RedisClient, goingOn: GoingOn): Promise<void> {
  const { before, epochOf, voucherIds } = goingOn;
  await nameGoingOn(redis, goingOn);
  for (const epoch of before) {
    const lost = voucherIds.filter((id) => epochOf(id) !== epoch);
    for (let from = 0; from < lost.length; from += SCAN_COUNT)
      await unlinkVouchers(redis, epoch, lost.slice(from, from + SCAN_COUNT));
  }
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

async function unlinkEpoch(redis: RedisClient, epoch: number, goingOn: GoingOn): Promise<void> {
  const registry = registryKey(epoch);
  const keeps = goingOn.epochs.includes(epoch);
  for await (const ids of pieces((cursor) => redis.sscan(registry, cursor, 'COUNT', SCAN_COUNT))) {
    const lost = ids.filter((id) => goingOn.epochOf(id) !== epoch);
    await unlinkVouchers(redis, epoch, lost);
    if (keeps && lost.length > 0) await answer(redis.srem(registry, ...lost));
  }
  if (!keeps) await unlink(redis, [registry, marksKey(epoch)]);
}

/** Where no set of epochs is known: the server is empty, or an older version of this program began the last epoch. */
async function revokeByKeys(redis: RedisClient, epoch: number, goingOn: GoingOn): Promise<void> {
  for (const pattern of ['gate:*:mark', 'gate:*:vouchers', 'gate:*:histories', '{*}:*']) {
    const match = `${KEY_PREFIX}${pattern}`;
    for (const server of primariesOf(redis))
      for await (const keys of pieces((cursor) => server.scan(cursor, 'MATCH', match, 'COUNT', SCAN_COUNT))) {
        // The epoch is the third part of every key of the gate.
        const old = keys.filter((key) => Number(key.split(':')[2]) < epoch && !isSpared(key, goingOn));
        await unlink(redis, old);
      }
  }
}

/** Whether a key is of a voucher that goes on in that epoch, or a mark or set of such an epoch. */
function isSpared(key: string, { epochs, epochOf }: GoingOn): boolean {
  const [, name = '', epoch, part] = key.split(':');
  if (!name.startsWith('{') || part === 'mark') return epochs.includes(Number(epoch));
  return epochOf(name.slice(1, -1)) === Number(epoch);
}
