import type { ClaimEventType } from './claim-events.js';

/** What a claim can be once it is a row. */
export type ClaimStatus = 'held' | 'issued' | 'rejected' | 'redeemed' | 'expired' | 'cancelled' | 'released';

export interface MoveKind {
  readonly from: readonly ClaimStatus[];
  readonly to: ClaimStatus;
  readonly event: ClaimEventType;
  /** It is the claim's issue: its event is the one that every issued claim has, once. */
  readonly issues?: true;
}

const kind = <Kind extends MoveKind>(move: Kind): Kind => move;

/**
 * The moves of a claim after its issue, and no others. The action in the audit log is `claim.` and the move's name.
 * `redeem` starts from `expired` too: whether a claim is over is judged by its voucher's time, which the job that stores it follows.
 */
export const CLAIM_MOVES = {
  confirm: kind({ from: ['held'], to: 'issued', event: 'claim.issued', issues: true }),
  release: kind({ from: ['held'], to: 'released', event: 'claim.released' }),
  redeem: kind({ from: ['issued', 'expired'], to: 'redeemed', event: 'claim.redeemed' }),
  roll_back: kind({ from: ['redeemed'], to: 'issued', event: 'claim.redemption_rolled_back' }),
  expire: kind({ from: ['issued'], to: 'expired', event: 'claim.expired' }),
  reinstate: kind({ from: ['expired'], to: 'issued', event: 'claim.reinstated' }),
  cancel: kind({ from: ['issued', 'held'], to: 'cancelled', event: 'claim.cancelled' }),
} as const satisfies Record<string, MoveKind>;

export type ClaimMove = keyof typeof CLAIM_MOVES;
