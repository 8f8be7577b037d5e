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

/**
 * Where each epoch begins in the partitions, as far as they were read. The gate opens an epoch after the barrier was drawn: a record of an
 * older epoch that stands behind one of a newer lies behind the barrier, and is void, also in a database that has forgotten the epoch.
 */
export class EpochOrder {
  private readonly partitions = new Map<number, Map<number, bigint>>();

  note(partition: number, offset: bigint, epoch: number): void {
    let begins = this.partitions.get(partition);
    if (!begins) this.partitions.set(partition, (begins = new Map<number, bigint>()));
    const first = begins.get(epoch);
    if (first === undefined || offset < first) begins.set(epoch, offset);
  }

  /** Whether a record of a newer epoch was read before this place. */
  isOvertaken(partition: number, offset: bigint, epoch: number): boolean {
    for (const [newer, first] of this.partitions.get(partition) ?? [])
      if (newer > epoch && first < offset) return true;
    return false;
  }
}
