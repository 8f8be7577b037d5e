import type { ClaimStatus } from '../claim/index.js';
import { rfc3339, rfc3339OrNull } from '../common/clock.js';
import { Problem } from '../common/problems.js';
import type { VoucherView } from '../voucher/index.js';
import type { RefusalCode } from './redemption.dto.js';
import type { Redemption } from './redemption.store.js';

type Window = Pick<VoucherView, 'status' | 'redeemFrom' | 'redeemUntil'>;

/** Why a claim that nobody has redeemed or cancelled cannot be redeemed now; `undefined` where it can. */
export function windowRefusal(voucher: Window, now: number): RefusalCode | undefined {
  if (voucher.redeemUntil !== null && voucher.redeemUntil <= now) return 'expired';
  if (voucher.redeemFrom !== null && voucher.redeemFrom > now) return 'not_yet_redeemable';
  if (voucher.status === 'paused') return 'voucher_paused';
  return undefined;
}

/** Why a claim cannot be redeemed; what became of it stands before what time and merchant say. */
export function refusalOf(status: ClaimStatus, voucher: Window, now: number): RefusalCode | undefined {
  if (status === 'redeemed') return 'already_redeemed';
  if (status === 'cancelled') return 'cancelled';
  if (status === 'held') return 'not_yet_redeemable';
  return windowRefusal(voucher, now);
}

export interface Refusal {
  readonly code: RefusalCode;
  readonly claimId: string;
  readonly voucher: Window;
  /** It waits for its confirmation. */
  readonly held?: boolean;
  /** Of the claim's last move. */
  readonly movedAt: number | null;
  /** The redemption that holds. */
  readonly redemption?: Redemption | undefined;
}

/** The refusal as an answer: with when and where the claim was used, or until when it can be. */
export function refusalProblem({ code, claimId, voucher, held, movedAt, redemption }: Refusal): Problem {
  const claim = { claim_id: claimId };
  switch (code) {
    case 'already_redeemed': {
      const at = redemption ? rfc3339(redemption.at) : rfc3339OrNull(movedAt);
      const place = redemption?.location ? `, ${redemption.location}` : '';
      return new Problem(code, {
        detail: `It was redeemed at ${at ?? 'an unknown time'}${place}`,
        extensions: {
          ...claim,
          redemption: redemption
            ? { id: redemption.id, redeemed_at: rfc3339(redemption.at), location: redemption.location }
            : null,
        },
      });
    }
    case 'cancelled':
      return new Problem(code, { extensions: { ...claim, changed_at: rfc3339OrNull(movedAt) } });
    case 'expired':
      return new Problem(code, {
        extensions: { ...claim, redeem_until: rfc3339OrNull(voucher.redeemUntil) },
      });
    case 'not_yet_redeemable':
      return new Problem(code, {
        ...(held ? { detail: 'The claim is waiting for confirmation' } : {}),
        extensions: { ...claim, redeem_from: rfc3339OrNull(voucher.redeemFrom) },
      });
    case 'voucher_paused':
      return new Problem(code, { extensions: claim });
  }
}
