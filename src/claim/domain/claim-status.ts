import type { ClaimStatus } from './claim-move.js';

/** When time changes what a claim is, ms since 1970; `null`: never. */
export interface ClaimTimes {
  /** Of its voucher as it now is. */
  readonly redeemUntil: number | null;
  /** Of the claim, where it is held. */
  readonly confirmUntil: number | null;
}

/**
 * The state that time makes of the stored one: the job that stores it comes later, and goes back when the merchant extends the
 * voucher. Everybody who looks at a claim looks through this function.
 */
export function effectiveClaimStatus<Status extends ClaimStatus | 'pending'>(
  status: Status,
  { redeemUntil, confirmUntil }: ClaimTimes,
  now: number,
): Status | 'issued' | 'expired' | 'released' {
  if (status === 'held' && confirmUntil !== null && confirmUntil <= now) return 'released';
  const over = redeemUntil !== null && redeemUntil <= now;
  if (status === 'issued' && over) return 'expired';
  if (status === 'expired' && !over) return 'issued';
  return status;
}
