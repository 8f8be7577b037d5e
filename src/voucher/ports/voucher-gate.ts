import type { EntityManager } from 'typeorm';

/** What the gate must know of a voucher to decide claims. Times are milliseconds since 1970, judged by the gate's clock. */
export interface GateVoucher {
  readonly id: string;
  readonly state: 'open' | 'paused' | 'ended';
  readonly opensAt: number;
  readonly closesAt: number;
  readonly total: number;
  readonly perUserLimit: number;
  /** The voucher's version: the gate ignores what is older than what it has. */
  readonly version: number;
}

/** One entry of a voucher's stock ledger, for the gate to judge. */
export interface StockAdjustment {
  readonly voucherId: string;
  /** In the voucher's stock ledger; the gate judges each number once. */
  readonly number: number;
  readonly delta: number;
  /** The voucher is over: the gate may have put it away. */
  readonly ended: boolean;
}

export interface JudgedAdjustment {
  /**
   * `by-ledger`: the gate has put the voucher away, so whatever is committed is in the ledger. `judged-earlier`: settled already.
   */
  readonly verdict: 'applied' | 'refused' | 'judged-earlier' | 'by-ledger';
  /** The verdict counts only as long as this is the present epoch. */
  readonly epoch: number;
}

/**
 * The voucher module's view of the gate. All calls are idempotent.
 * They reject with a `Problem` (`gate_recovering`, `dependency_unavailable`) when the gate cannot be reached.
 */
export abstract class VoucherGate {
  /** The clock that windows are judged by, ms since 1970. */
  abstract now(): Promise<number>;
  /** Whether `prepare` would be taken now. Never rejects. */
  abstract isOpen(): Promise<boolean>;
  /**
   * Makes a voucher that never took a claim known, with all its stock. Never touches a counter that has been used.
   * @returns the newest epoch, for `isNewest`
   */
  abstract prepare(voucher: GateVoucher): Promise<number>;
  /** Whether no epoch above this one has begun; none does until the transaction ends. */
  abstract isNewest(tx: EntityManager, epoch: number): Promise<boolean>;
  /** Brings state, window and limit of a known voucher up to date; counters stay. A voucher unknown to the gate starts its recovery. */
  abstract configure(voucher: GateVoucher): Promise<void>;
  /** Changes the stock atomically with the claims, once for each number, never below what is committed. */
  abstract adjust(adjustment: StockAdjustment): Promise<JudgedAdjustment>;
  /** Whether `epoch` is the present one of the voucher; it then stays so until the transaction ends. */
  abstract stands(tx: EntityManager, epoch: number, voucherId: string): Promise<boolean>;
  /** The gate of this epoch was found wrong: it is closed and rebuilt. */
  abstract distrust(epoch: number, reason: string): void;
  /** Units left, or `undefined` where the gate does not know the voucher. */
  abstract remaining(voucherId: string): Promise<number | undefined>;
}
