import type { Claim, Voucher } from '../api/types.js';

export interface TermsShown {
  readonly title: string;
  readonly description: string | null;
  readonly faceValue: Voucher['face_value'];
  /** RFC 3339; as they are now, which may be other than what was promised. */
  readonly redeemFrom: string | null;
  readonly redeemUntil: string | null;
  readonly timeZone: string;
  readonly merchant: string | null;
  /** The merchant changed something since the claim was taken. */
  readonly edited: boolean;
}

/** What a holder was promised. The voucher stands in where the claim does not say: the gate's word on a fresh claim has no terms. */
export function termsOfClaim(claim: Claim, voucher: Voucher | undefined): TermsShown | undefined {
  const { terms, edits } = claim;
  if (terms) {
    return {
      title: terms.title,
      description: terms.description,
      faceValue: terms.face_value,
      redeemFrom: claim.redeem_from === undefined ? terms.redeem_from : claim.redeem_from,
      redeemUntil: claim.redeem_until === undefined ? terms.redeem_until : claim.redeem_until,
      timeZone: terms.time_zone,
      merchant: terms.merchant_name,
      edited: edits !== undefined && edits !== null,
    };
  }
  return (
    voucher && {
      title: voucher.title,
      description: voucher.description,
      faceValue: voucher.face_value,
      redeemFrom: voucher.redeem_from,
      redeemUntil: voucher.redeem_until,
      timeZone: voucher.time_zone,
      merchant: voucher.merchant?.name ?? null,
      edited: false,
    }
  );
}
