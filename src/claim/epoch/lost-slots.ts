import { SlotSet } from '../../redis/slots.js';
import { epochsInUse, slotsIn, type SlotEpochs } from '../domain/slot-epochs.js';
import { slotOfVoucher } from '../domain/voucher-slot.js';

/**
 * Slots that a process believes lost, whatever the row of the epoch says: it may have been raised by somebody who has not heard of it. In these
 * slots no epoch up to a certain one is used again.
 */
export class LostSlots {
  private all: readonly { readonly upTo: number; readonly slots: SlotSet }[] = [];

  /** @returns whether that is new */
  add(upTo: number, slots: SlotSet): boolean {
    if (slots.without(union(this.all.filter((each) => each.upTo >= upTo))).isEmpty) return false;
    this.all = [...this.all, { upTo, slots }];
    return true;
  }

  /** Those of the slots that are in an epoch. */
  in(row: SlotEpochs, epoch: number): SlotSet {
    const lost = this.all.filter(({ upTo }) => upTo >= epoch);
    return lost.length === 0 ? SlotSet.NONE : slotsIn(row, epoch).within(union(lost));
  }

  /** Whether the slot of a voucher is one of those, in an epoch. Asked several times for each claim. */
  has(row: SlotEpochs, epoch: number, voucherId: string): boolean {
    return this.all.length > 0 && this.in(row, epoch).has(slotOfVoucher(voucherId));
  }

  /** Whether none of the slots is in an epoch in use. */
  isNoneOf(row: SlotEpochs): boolean {
    return epochsInUse(row).every((epoch) => this.in(row, epoch).isEmpty);
  }

  /** Drops what tells nothing any more: all epochs in use are newer. */
  forget(row: SlotEpochs): void {
    const oldest = Math.min(...epochsInUse(row));
    if (this.all.length > 0) this.all = this.all.filter(({ upTo }) => upTo >= oldest);
  }
}

const union = (lost: readonly { readonly slots: SlotSet }[]): SlotSet =>
  lost.reduce((all, { slots }) => all.and(slots), SlotSet.NONE);
