import { slotOf as slotOfVoucher } from '../../redis/hash-slot.js';
import { SlotSet } from '../../redis/slots.js';
import type { ClaimRecord } from './claim-record.js';

/**
 * Places in a partition of the log, finer than offsets: a record holds up to `PACK_MAX` claims, and they may be written in several
 * transactions. A slot is the record's offset times `SLOTS`, and the claim's place in it. Exact up to 2 to the 41st records.
 */
const SLOTS = 4_096;

/** From one slot up to, and without, another. */
export interface SlotRange {
  readonly partition: number;
  readonly from: number;
  readonly next: number;
}

/** The slot where the record begins. */
export const slotOf = (offset: bigint): number => Number(offset) * SLOTS;

/** The record that the slot belongs to. */
export const offsetOf = (slot: number): bigint => BigInt(Math.floor(slot / SLOTS));

/** What was read of an epoch in a partition. */
interface Begin {
  readonly first: bigint;
  /** Texts of the sets of slots that its records named; `undefined` where one was of all. */
  readonly texts: ReadonlySet<string> | undefined;
  readonly slots: SlotSet;
}

/**
 * Where each epoch begins in the partitions, as far as they were read. The gate opens an epoch after the barrier was drawn: a record of an
 * older epoch that stands behind one of a newer lies behind the barrier, and is void, also in a database that has forgotten the epoch. So
 * it is for slots that the newer epoch is of; others have kept an older one, and their records come behind rightly (docs/adr/0096).
 */
export class EpochOrder {
  private readonly partitions = new Map<number, Map<number, Begin>>();

  note(partition: number, offset: bigint, { epoch, slots }: Pick<ClaimRecord, 'epoch' | 'slots'>): void {
    let begins = this.partitions.get(partition);
    if (!begins) this.partitions.set(partition, (begins = new Map<number, Begin>()));
    const known = begins.get(epoch);
    const isAll = slots === undefined || (known !== undefined && known.texts === undefined);
    if (known && known.first <= offset && (isAll ? !known.texts : known.texts?.has(slots))) return;
    const first = known && known.first < offset ? known.first : offset;
    if (isAll) begins.set(epoch, { first, texts: undefined, slots: SlotSet.ALL });
    else {
      const more = SlotSet.parse(slots);
      const texts = new Set(known?.texts).add(slots);
      begins.set(epoch, { first, texts, slots: known ? known.slots.and(more) : more });
    }
  }

  /** Whether a record of a newer epoch of its slot was read before this place. */
  isOvertaken(partition: number, offset: bigint, record: Pick<ClaimRecord, 'epoch' | 'voucher_id'>): boolean {
    for (const [newer, { first, texts, slots }] of this.partitions.get(partition) ?? [])
      if (newer > record.epoch && first < offset && (!texts || slots.has(slotOfVoucher(record.voucher_id))))
        return true;
    return false;
  }
}
