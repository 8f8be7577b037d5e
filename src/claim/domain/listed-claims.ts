import type { ClaimStatus } from './claim-move.js';

/** Of a voucher nearly all claims are one of these, and which of the two its `redeem_until` says: they need no index by status. */
export const UNLISTED = ['issued', 'expired'] as const;

/** Those that have an entry in the status index. */
export const LISTED_STATUSES = [
  'held',
  'rejected',
  'released',
  'cancelled',
  'redeemed',
] as const satisfies readonly Exclude<ClaimStatus, (typeof UNLISTED)[number]>[];

export const isListed = (status: string): boolean => !(UNLISTED as readonly string[]).includes(status);
