import { tagOf } from '../../../redis/hash-slot.js';
import { KEY_PREFIX } from '../../../redis/redis.js';
import { voucherTag } from '../../domain/voucher-slot.js';

/** State, claims, pending, idempotency keys, even and odd rate of a voucher: all keys that an epoch has of it. */
export type VoucherKeys = [string, string, string, string, string, string];

const PARTS = ['state', 'claims', 'pending', 'keys', 'rate-even', 'rate-odd'] as const;

export const voucherKey = (epoch: number, voucherId: string, part: string): string =>
  `${KEY_PREFIX}${voucherTag(voucherId)}:${epoch}:${part}`;

export const voucherKeys = (epoch: number, voucherId: string): VoucherKeys =>
  PARTS.map((part) => voucherKey(epoch, voucherId, part)) as VoucherKeys;

/** Set of the vouchers of an epoch: an id is in it before the voucher has a key. */
export const registryKey = (epoch: number): string => `${KEY_PREFIX}gate:${epoch}:vouchers`;

export const markKey = (epoch: number): string => `${KEY_PREFIX}gate:${epoch}:mark`;

/** Set of the epochs that were begun: an epoch is in it before it has a key. */
export const EPOCHS_KEY = `${KEY_PREFIX}gate:epochs`;

/** In a cluster: set of the marks of an epoch, each the history of a master and a slot. An older version looks for the histories here. */
export const marksKey = (epoch: number): string => `${KEY_PREFIX}gate:${epoch}:histories`;

/** In a cluster: the mark of a master, in one of its slots. */
export const slotMarkKey = (epoch: number, slot: number): string =>
  `${KEY_PREFIX}{${tagOf(slot)}}:${epoch}:mark`;
