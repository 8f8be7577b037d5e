import { Problem } from '../../common/problems.js';
import type { EpochInLog } from '../domain/claim-record.js';
import {
  epochInLog,
  epochsInUse,
  standingOf,
  type SlotEpochs,
  type Standing,
} from '../domain/slot-epochs.js';
import { LostSlots } from './lost-slots.js';

/** What this process believes of the gate, for those who ask; the keeper changes it. */
export abstract class GateView {
  /** The newest row that was seen, open or not. */
  protected row: SlotEpochs = { epoch: 0, state: 'lost', openedEpoch: 0, groups: [] };
  protected state: 'closed' | 'opening' | 'open' = 'closed';
  /** Kept epochs that were looked at, and hold what they must. */
  protected readonly keptOpen = new Set<number>();
  protected readonly lostSlots = new LostSlots();

  /**
   * The epoch of a voucher, where the gate holds all vouchers of it.
   * @throws Problem gate_recovering
   */
  require(voucherId: string): number {
    const standing = standingOf(this.row, voucherId);
    if (this.stateOf(standing, voucherId) !== 'open') throw new Problem('gate_recovering');
    return standing.epoch;
  }

  /**
   * The epoch that claims of a voucher may use now. While it is not open as a whole (`isOpenFor`, read before the gate is asked), a
   * voucher that the gate does not know may be one that is still loaded.
   * @returns `undefined` where the gate may not be asked
   */
  epochForClaims(voucherId: string): number | undefined {
    const standing = standingOf(this.row, voucherId);
    return this.stateOf(standing, voucherId) === 'closed' ? undefined : standing.epoch;
  }

  /** The same. @throws Problem gate_recovering */
  requireForClaims(voucherId: string): number {
    const epoch = this.epochForClaims(voucherId);
    if (epoch === undefined) throw new Problem('gate_recovering');
    return epoch;
  }

  /** The newest epoch, also while it is closed. */
  get known(): number {
    return this.row.epoch;
  }

  /** The epoch of a voucher, also while it is closed: for reading what the gate still knows. */
  epochOf(voucherId: string): number {
    return standingOf(this.row, voucherId).epoch;
  }

  /** An epoch in use, as records of it name it. */
  inLog(epoch: number): EpochInLog {
    return epochInLog(this.row, epoch);
  }

  /** Every epoch that some voucher is in. */
  get epochsInUse(): readonly number[] {
    return epochsInUse(this.row);
  }

  /** Whether the gate holds all vouchers. */
  get isOpen(): boolean {
    if (this.state !== 'open' || !this.lostSlots.isNoneOf(this.row)) return false;
    return this.epochsInUse.every((epoch) => epoch === this.known || this.keptOpen.has(epoch));
  }

  /** Whether the gate may be asked for a claim: it holds all vouchers, or some. */
  get takesClaims(): boolean {
    return this.state !== 'closed' || this.keptOpen.size > 0;
  }

  /** Whether the gate holds all vouchers of the epoch that a voucher is in. */
  isOpenFor(voucherId: string): boolean {
    return this.stateOf(standingOf(this.row, voucherId), voucherId) === 'open';
  }

  private stateOf({ epoch, kept }: Standing, voucherId: string): 'closed' | 'opening' | 'open' {
    if (this.lostSlots.has(this.row, epoch, voucherId)) return 'closed';
    if (!kept) return this.state;
    return this.keptOpen.has(epoch) ? 'open' : 'closed';
  }
}
