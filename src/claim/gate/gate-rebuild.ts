import type { GateVoucher } from '../../voucher/index.js';
import type { GateWaitingList } from './gate-offers.js';
import type { PendingEntry } from './gate-pending.js';

/** What the ledger knows of a voucher, from which the gate is rebuilt. */
export interface RebuildCounters {
  readonly voucher: GateVoucher;
  readonly remaining: number;
  readonly sequence: number;
  /** Number of the last adjustment that `voucher.total` counts in, or that is known as refused; 0 for none. */
  readonly adjusted: number;
  /** Number of the last give-back that `remaining` and `users` count in; 0 for none. */
  readonly returned: number;
  /** Where the voucher has a waiting list. */
  readonly list?: GateWaitingList | undefined;
}

/** Who has claimed of a voucher. */
export interface RebuildUsers {
  readonly voucherId: string;
  /** Live claims and highest ordinal by user, and idempotency keys, in chunks; a user is in one of them. */
  readonly users: AsyncIterable<readonly RebuildUser[]>;
}

export interface RebuildUser {
  readonly userId: string;
  readonly live: number;
  readonly last: number;
  readonly keys: readonly {
    readonly key: string;
    readonly fingerprint: string;
    readonly ordinal: number;
    readonly at: number;
  }[];
  /** Claims that are no rows yet and stay pending; `live` and `last` count them in. */
  readonly pending?: readonly Omit<PendingEntry, 'userId'>[];
}
