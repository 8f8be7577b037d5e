import type { ClaimStatus } from './claim-move.js';

/**
 * The state that time makes of the stored one: the job that stores it comes later, and goes back when the merchant extends the
 * voucher. Everybody who looks at a claim looks through this function.
 * @param redeemUntil of its voucher as it now is, ms since 1970; `null`: without end
 */
export function effectiveClaimStatus<Status extends ClaimStatus | 'pending'>(
  status: Status,
  redeemUntil: number | null,
  now: number,
): Status | 'issued' | 'expired' {
  const over = redeemUntil !== null && redeemUntil <= now;
  if (status === 'issued' && over) return 'expired';
  if (status === 'expired' && !over) return 'issued';
  return status;
}
