import type { ClaimRecord } from './claim-record.js';

/** What the event of a claim says of it, besides what the event's type says. */
export interface EventClaim extends Pick<
  ClaimRecord,
  'id' | 'voucher_id' | 'user_id' | 'ordinal' | 'sequence'
> {
  /** Which move of the claim, from 1; none for the events of its issue. */
  readonly move?: number;
  /** Further members of the event's `data`. */
  readonly data?: Readonly<Record<string, unknown>>;
}
