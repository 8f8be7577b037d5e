import type { MailKind } from './templates/mail-words.js';

/**
 * Mails leave by lane: a burst of one never makes those of a lower one wait. 0: somebody waits for it now; 1: its time comes soon;
 * 2: news; 3: what merchants write to many.
 */
export const LANES = [0, 1, 2, 3] as const;

const LANE_OF: { readonly [K in MailKind]: (typeof LANES)[number] } = {
  password_reset: 0,
  email_proof: 0,
  staff_invitation: 0,
  opens_soon: 1,
  waiting_offer: 1,
  claim_issued: 2,
  sold_out: 2,
  webhook_disabled: 2,
  merchant_message: 3,
};

export const laneOf = (kind: MailKind): (typeof LANES)[number] => LANE_OF[kind];
