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

/**
 * The voucher module's view of the gate. All calls are idempotent.
 * They reject with a `Problem` (`gate_recovering`, `dependency_unavailable`) when the gate cannot be reached.
 */
export abstract class VoucherGate {
  /** The clock that windows are judged by, ms since 1970. */
  abstract now(): Promise<number>;
  /** Makes a voucher that never took a claim known, with all its stock. Never touches a counter that has been used. */
  abstract prepare(voucher: GateVoucher): Promise<void>;
  /** Brings state, window and limit of a known voucher up to date; counters stay. A voucher unknown to the gate starts its recovery. */
  abstract configure(voucher: GateVoucher): Promise<void>;
  /** Units left, or `undefined` where the gate does not know the voucher. */
  abstract remaining(voucherId: string): Promise<number | undefined>;
}
