import { slotOf } from '../../redis/hash-slot.js';

/**
 * The hash tag of every key that the gate has of a voucher. On a Redis Cluster they are all in the slot of this tag, so a voucher is claimed,
 * lost and kept as a whole; what it would take to spread one over several is in docs/adr/0067.
 */
export const voucherTag = (voucherId: string): string => `{${voucherId}}`;

/** The slot that a voucher's keys are in. */
export const slotOfVoucher = (voucherId: string): number => slotOf(voucherTag(voucherId));
