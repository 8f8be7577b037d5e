import { SlotSet } from '../../redis/slots.js';
import type { EpochMaster, EpochOrigin } from '../domain/epoch-masters.js';
import type { GateVoucher } from '../../voucher/index.js';
import type { GateWaitingList, WaitingListAtGate } from './gate-offers.js';
import type { PendingEntry, PendingOfOne, PendingSize } from './gate-pending.js';
import type { RebuildCounters, RebuildUsers } from './gate-rebuild.js';

/** One user's wish for one unit. */
export interface GateRequest {
  readonly userId: string;
  /** Hash of the `Idempotency-Key` and fingerprint of the request; both free of `|`, `.`, `:` and `;`. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string } | undefined;
}

/** What the gate says to one wish. Times are the gate's clock, ms since 1970. */
export type GateDecision =
  | { readonly kind: 'accepted'; readonly ordinal: number; readonly sequence: number; readonly at: number }
  | {
      readonly kind: 'replayed';
      readonly ordinal: number;
      /** 0 where the gate no longer has the claim's details: the ledger has. */
      readonly sequence: number;
      readonly at: number;
      readonly pending: boolean;
    }
  /** `ordinal` of the claim that the key stands for. */
  | { readonly kind: 'key-reused'; readonly ordinal: number }
  | { readonly kind: 'not-started'; readonly opensAt: number; readonly now: number }
  | { readonly kind: 'paused' }
  | { readonly kind: 'ended' }
  /**
   * `stockVersion` rises with everything that can free a unit; until then nobody who holds no claim gets another answer,
   * save by the end of the window, which is `closesInMs` away.
   */
  | { readonly kind: 'sold-out'; readonly stockVersion: number; readonly closesInMs: number }
  /** `ordinal` of the newest claim that the user holds. */
  | { readonly kind: 'limit-reached'; readonly ordinal: number }
  | { readonly kind: 'overloaded' }
  /** Too many attempts on this voucher in the window of the rate; this one was not counted. */
  | { readonly kind: 'rate-limited'; readonly retryAfterMs: number };

/**
 * Attempts of one user on one voucher: in no span of `windowMs`, wherever it begins, more than `limit` are judged. A replay of
 * an `Idempotency-Key` is neither counted nor limited, an attempt that is limited is not counted.
 */
export interface ClaimRate {
  readonly limit: number;
  readonly windowMs: number;
}

export interface StockGateOptions {
  /** Pending claims of one voucher; above it claims are refused. */
  readonly maxPending: number;
  /** Lifetime of an idempotency key, ms. */
  readonly keyTtlMs: number;
  readonly rate?: ClaimRate | undefined;
}

/**
 * What became of an adjustment. Of one that was judged before a newer one, only the stock ledger knows the verdict.
 */
export type AdjustVerdict = 'applied' | 'refused' | 'judged-earlier';

/**
 * Units and places in users' limits that the ledger has taken back: of claims that were cancelled, say. Numbered by voucher, from 1
 * without gaps, so that the gate takes each exactly once, whoever brings it (docs/adr/0044).
 */
export interface GiveBack {
  readonly number: number;
  /** Units that anybody may claim from now on; fewer than `claims` where some go to somebody else, 0 or more. */
  readonly units: number;
  /** Claims that count for their users no longer, `GIVE_BACK_MAX` at most. */
  readonly claims: readonly { readonly userId: string; readonly ordinal: number }[];
}

/** Claims of one give-back: what one script call changes. */
export const GIVE_BACK_MAX = 500;

/** The gate has no such voucher in this epoch. */
export const UNKNOWN_VOUCHER = 'unknown-voucher';

export interface GateClaim {
  /** `held`: a row that waits or waited for its confirmation, `given-back`: it is over; the ledger knows what became of either. */
  readonly status: 'pending' | 'issued' | 'rejected' | 'held' | 'given-back';
  readonly sequence: number;
  readonly at: number;
  readonly endedAt?: number;
  readonly reason?: string;
}

export interface ClaimEnd {
  readonly userId: string;
  readonly ordinal: number;
  readonly result: 'issued' | 'rejected' | 'held';
  readonly at: number;
  /** A code, of lower-case letters and `_`. */
  readonly reason?: string;
}

export interface GateSnapshot {
  readonly now: number;
  readonly total: number;
  readonly remaining: number;
  readonly sequence: number;
  /** Number, in the stock ledger, of the adjustment that was judged last, and of the one refused last; 0 for none. */
  readonly adjusted: number;
  readonly refused: number;
  /** Number of the give-back that was taken last; 0 for none. */
  readonly returned: number;
  readonly pending: readonly { readonly userId: string; readonly ordinal: number; readonly at: number }[];
}

/** The same without the claims themselves: what it costs does not depend on how many are pending. */
export type GateCounters = Omit<GateSnapshot, 'pending'> & { readonly pending: number };

export interface Holders {
  /** At least; for sizing what takes them. */
  readonly count: number;
  /** In chunks; a user may come more than once. */
  readonly ids: AsyncIterable<readonly string[]>;
}

/** What the gate was told is a row: claims of one user that count. */
export interface IssuedAtGate {
  readonly userId: string;
  readonly count: number;
  /** Of those whose record the gate still has; after a rebuild it has only the count. */
  readonly ordinals: readonly number[];
}

/** Something of an epoch may have been forgotten. */
export interface GateLoss {
  /** Fit for a log. */
  readonly why: string;
  /** Slots of a cluster of which it is not proved that they have lost nothing; all where there is one server. */
  readonly slots: SlotSet;
}

/** Vouchers that go on in an older epoch while others are rebuilt (docs/adr/0096). */
export interface GoingOn {
  /** Older epochs that some go on in. */
  readonly epochs: readonly number[];
  /** Epochs that vouchers were in before. */
  readonly before: readonly number[];
  /** The epoch that a voucher goes on in; `undefined` where it is being rebuilt. */
  readonly epochOf: (voucherId: string) => number | undefined;
  /** Every voucher that the gate may be asked for, as the ledger has them: the gate's own sets may be lost. */
  readonly voucherIds: readonly string[];
}

/**
 * Decides, atomically and in order, who gets a unit. It is a sequencer, never the truth: everything in it can be rebuilt
 * from the ledger. State belongs to an epoch; calls of an epoch that the gate does not hold change nothing.
 *
 * All methods reject with `GateUnreachableError` when the gate does not answer.
 */
export abstract class StockGate {
  /** The gate's clock, ms since 1970. Windows are judged by it alone. */
  abstract now(): Promise<number>;
  /**
   * Decides claims of one voucher, in the order given; one decision a request.
   * @throws GateLostError when the state cannot be trusted
   */
  abstract claim(
    epoch: number,
    voucherId: string,
    requests: readonly GateRequest[],
  ): Promise<readonly GateDecision[] | typeof UNKNOWN_VOUCHER>;
  /** Idempotent. Claims of an epoch that is gone are ignored. */
  abstract confirm(epoch: number, voucherId: string, ends: readonly ClaimEnd[]): Promise<void>;
  /** `undefined`: the epoch knows the voucher, but no such claim. */
  abstract status(
    epoch: number,
    voucherId: string,
    userId: string,
    ordinal: number,
  ): Promise<GateClaim | typeof UNKNOWN_VOUCHER | undefined>;
  /** Pending claims of one user on one voucher. */
  abstract pendingOf(epoch: number, voucherId: string, userId: string): Promise<readonly PendingOfOne[]>;
  /** Pending claims taken before `beforeMs`, oldest first, at most `limit`. */
  abstract pendingBefore(
    epoch: number,
    voucherId: string,
    beforeMs: number,
    limit: number,
  ): Promise<PendingEntry[]>;
  /** Number of pending claims and the time of the oldest. */
  async pendingSize(epoch: number, voucherId: string): Promise<PendingSize> {
    const [found] = await this.pendingSizes(epoch, [voucherId]);
    return found ?? { size: 0 };
  }
  /** The same of many vouchers, in the order given, in few round trips. */
  abstract pendingSizes(epoch: number, voucherIds: readonly string[]): Promise<readonly PendingSize[]>;
  /** Counters of one moment. */
  abstract counters(epoch: number, voucherId: string): Promise<GateCounters | undefined>;
  /**
   * Counters of one moment, and the claims that were pending then. These are read in pieces after it, so that the gate serves others
   * in between: one that was confirmed meanwhile may be missing, one that was taken later is not among them.
   */
  abstract snapshot(epoch: number, voucherId: string): Promise<GateSnapshot | undefined>;
  /** Ids of the vouchers that the epoch knows. */
  abstract vouchers(epoch: number): Promise<string[]>;
  /**
   * Changes total and remaining stock by `delta`, once for each number; never below what is committed.
   * @param number of the adjustment in the voucher's stock ledger, from 1, each one above the last
   * @throws GateLostError when the state cannot be trusted
   */
  abstract adjust(
    epoch: number,
    voucherId: string,
    number: number,
    delta: number,
  ): Promise<AdjustVerdict | typeof UNKNOWN_VOUCHER>;
  /**
   * Takes units and places in users' limits back, once for each number, in their order.
   * @returns `taken-earlier` where that number, or a higher one, was taken before
   * @throws GateLostError when the state cannot be trusted: one that lacks a number that was taken has forgotten it
   */
  abstract giveBack(
    epoch: number,
    voucherId: string,
    giveBack: GiveBack,
  ): Promise<'taken' | 'taken-earlier' | typeof UNKNOWN_VOUCHER>;
  /**
   * Tells of a voucher's waiting list, where it is newer than what the gate was told; without `told` it looks only. While somebody waits,
   * a claim is accepted only of a user whose offer is neither used nor over, and uses it up; all others hear `sold-out`.
   * @returns the list as the gate has it then; it lacks offers for which there are no units
   * @throws GateLostError when the state cannot be trusted
   */
  abstract offer(
    epoch: number,
    voucherId: string,
    told?: GateWaitingList,
  ): Promise<WaitingListAtGate | typeof UNKNOWN_VOUCHER>;
  /** Users who hold or held a claim: all who did when this was called, and perhaps later ones. */
  abstract holders(epoch: number, voucherId: string): Promise<Holders>;
  /** Users who hold issued claims, in chunks: all that there were when this was called. A user may come more than once. */
  abstract issued(epoch: number, voucherId: string): AsyncIterable<readonly IssuedAtGate[]>;
  /**
   * Makes a voucher known with all its stock; one that has taken claims or was adjusted is only configured, an older version is
   * ignored. Only in an epoch that is loaded as a whole: before, the voucher may be one whose claims are still to come.
   * @throws GateLostError where the gate does not hold such an epoch
   */
  abstract prepare(epoch: number, voucher: GateVoucher): Promise<void>;
  /** @returns false where the epoch does not know the voucher */
  abstract configure(epoch: number, voucher: GateVoucher): Promise<boolean>;
  /** Drops what has lost its meaning with time: attempts of users that no window of the rate reaches any more. */
  abstract tidy(epoch: number, voucherIds: readonly string[]): Promise<void>;
  /** Units that anybody can claim: none while somebody waits. */
  abstract remaining(epoch: number, voucherId: string): Promise<number | undefined>;
  /** Drops what the gate knows of a voucher that takes no more claims. */
  abstract forget(epoch: number, voucherId: string): Promise<void>;

  /**
   * Tells on what an epoch was begun, as `begin` named it, perhaps in another process. Calls that decide are held against it from now on;
   * before, they are refused as lost.
   * @param inUse every epoch that some voucher is in; older ones may be forgotten
   */
  abstract trust(epoch: number, origin: EpochOrigin, inUse?: readonly number[]): void;
  /**
   * What the gate may have forgotten of an epoch; `undefined` where it still holds all that was loaded.
   * @param state `opening`: vouchers are still being loaded
   */
  abstract lossOf(epoch: number, state?: 'opening' | 'open'): Promise<GateLoss | undefined>;
  /** Whether the gate still holds all of an epoch that was opened. */
  async holds(epoch: number): Promise<boolean> {
    return (await this.lossOf(epoch)) === undefined;
  }
  /**
   * Masters of an epoch that was open which have lost nothing of it, as far as that can be proved, each with the slots that it alone has
   * had since (docs/adr/0096). None where there is one server: a loss is of everything.
   */
  async keptMasters(_epoch: number): Promise<readonly EpochMaster[]> {
    return [];
  }
  /** Slots that a voucher's server has or had: what is lost where it has lost something. All where there is one server. */
  slotsBeside(_epoch: number, _voucherId: string): SlotSet {
    return SlotSet.ALL;
  }
  /** @throws GateUnreachableError where no claim could be taken now, whatever the epoch; its message says why and what to do */
  abstract requireWritable(): Promise<void>;
  /**
   * From its return on, no claim of an epoch below `epoch` is accepted by this gate.
   * @param goingOn vouchers that are spared, and stay known in their epoch; none on one server
   */
  abstract revokeBelow(epoch: number, goingOn?: GoingOn): Promise<void>;
  /**
   * Starts a new, empty epoch that accepts nothing yet, and trusts it.
   * @param goingOn vouchers that are named in the set of their epoch once more: who has lost that set since the revocation is of none of
   *   their epochs, perhaps, and whoever loses it from now on is missed in the new one
   */
  abstract begin(epoch: number, goingOn?: GoingOn): Promise<EpochOrigin>;
  /** Makes vouchers known to an epoch that was begun, as loading: until `load` has ended, whoever asks hears that they are unknown. */
  abstract announce(epoch: number, vouchers: readonly RebuildCounters[]): Promise<void>;
  /**
   * Loads the users of vouchers that were announced, and opens each of these vouchers. It makes no voucher anew: what was announced
   * before a revocation and is loaded after it stays unknown. So whoever makes sure, between the two, that the epoch still is the
   * present one, opens nothing in an epoch that is over (docs/adr/0071). Each voucher is loaded once in an epoch.
   * @throws GateLostError when the gate forgot meanwhile, or the epoch was revoked
   */
  abstract load(epoch: number, vouchers: readonly RebuildUsers[]): Promise<void>;
  /** Ends the rebuild: all vouchers are loaded. @throws GateLostError when the gate forgot meanwhile */
  abstract finish(epoch: number): Promise<void>;
}
