import { SlotSet } from '../../redis/slots.js';
import type { EpochInLog } from './claim-record.js';
import { slotOfVoucher } from './voucher-slot.js';

/** Slots of a Redis Cluster whose epoch is not that of the epoch's row. */
export interface SlotGroup {
  readonly slots: SlotSet;
  /** The epoch that was opened for them last. */
  readonly epoch: number;
  /** Whether they go on in it: no master that had them has lost anything. Else the row's epoch is being rebuilt for them. */
  readonly kept: boolean;
}

/** What the row of the epoch says of slots. One server, and embedded mode, have no groups. */
export interface SlotEpochs {
  readonly epoch: number;
  readonly state: string;
  /** The epoch that was opened last for slots in no group. */
  readonly openedEpoch: number;
  readonly groups: readonly SlotGroup[];
}

/** How the epochs stand for one voucher. */
export interface Standing {
  /** The epoch that it is claimed under, or will be once the gate is rebuilt. */
  readonly epoch: number;
  readonly openedEpoch: number;
  /** Whether it goes on whatever becomes of the row's epoch. */
  readonly kept: boolean;
}

/** The slot of a voucher is a function of its id, so nothing is stored for a voucher. */
export function standingOf(row: SlotEpochs, voucherId: string): Standing {
  const { epoch, openedEpoch, groups } = row;
  if (groups.length > 0) {
    const slot = slotOfVoucher(voucherId);
    const group = groups.find(({ slots }) => slots.has(slot));
    if (group) return { epoch: group.kept ? group.epoch : epoch, openedEpoch: group.epoch, kept: group.kept };
  }
  return { epoch, openedEpoch, kept: false };
}

/** Slots that go on in the epoch that they have. */
export const keptSlots = ({ groups }: SlotEpochs): SlotSet =>
  groups.reduce((all, { slots, kept }) => (kept ? all.and(slots) : all), SlotSet.NONE);

/** Slots that are in an epoch: of the row's, all that have kept no other; of one that is over, none. */
export function slotsIn(row: SlotEpochs, epoch: number): SlotSet {
  if (epoch === row.epoch) return SlotSet.ALL.without(keptSlots(row));
  return row.groups
    .filter((group) => group.kept && group.epoch === epoch)
    .reduce((all, group) => all.and(group.slots), SlotSet.NONE);
}

/**
 * Groups of the epoch that follows a loss. Slots of an epoch that was not open as a whole are lost with it, but for those that had kept an
 * older one: nothing that was begun is taken up again.
 */
export function groupsAfterLoss(row: SlotEpochs, lost: SlotSet): readonly SlotGroup[] {
  const grouped = row.groups.reduce((all, { slots }) => all.and(slots), SlotSet.NONE);
  const rest = { slots: SlotSet.ALL.without(grouped), epoch: row.openedEpoch, kept: row.state === 'open' };
  const split = [...row.groups, rest].flatMap(({ slots, epoch, kept }): SlotGroup[] => [
    { slots: kept ? slots.without(lost) : SlotSet.NONE, epoch, kept: true },
    { slots: kept ? slots.within(lost) : slots, epoch, kept: false },
  ]);
  const groups: SlotGroup[] = [];
  for (const { slots, epoch, kept } of split) {
    if (slots.isEmpty || (!kept && epoch === row.openedEpoch)) continue; // the row says that by itself
    const same = groups.findIndex((group) => group.epoch === epoch && group.kept === kept);
    const before = groups[same];
    if (before) groups[same] = { ...before, slots: before.slots.and(slots) };
    else groups.push({ slots, epoch, kept });
  }
  return groups;
}

/** Groups once the row's epoch was opened for all slots that have kept none. */
export const groupsWhenOpened = ({ groups }: SlotEpochs): readonly SlotGroup[] =>
  groups.filter(({ kept }) => kept);

/** Every epoch that some slot is in, the row's among them. */
export const epochsInUse = ({ epoch, groups }: SlotEpochs): readonly number[] => [
  ...new Set([epoch, ...groups.filter(({ kept }) => kept).map((group) => group.epoch)]),
];

/**
 * An epoch as records of it name it in the log: of all slots where none has ever kept another, of none where it is over. It is never of
 * more slots than when it was opened, so what an older row says of it holds.
 */
export function epochInLog(row: SlotEpochs, epoch: number): EpochInLog {
  if (row.groups.length === 0) return { epoch, slots: undefined };
  if (epoch === row.epoch && keptSlots(row).isEmpty) return { epoch, slots: undefined };
  return { epoch, slots: slotsIn(row, epoch).toString() };
}

/** The text of groups in the row; `null` for none. */
export const groupsText = (groups: readonly SlotGroup[]): string | null =>
  groups.length === 0
    ? null
    : JSON.stringify(groups.map(({ slots, epoch, kept }) => ({ slots: slots.toString(), epoch, kept })));

/** Reads what `groupsText` wrote. */
export function parseGroups(text: string | null): readonly SlotGroup[] {
  if (text === null) return [];
  const groups = JSON.parse(text) as { slots: string; epoch: number; kept: boolean }[];
  return groups.map(({ slots, epoch, kept }) => ({ slots: SlotSet.parse(slots), epoch, kept }));
}
