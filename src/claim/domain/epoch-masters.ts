import { SlotSet } from '../../redis/slots.js';

/** A master of a Redis Cluster that an epoch is of: it was begun there, or the master joined it since. */
export interface EpochMaster {
  readonly epoch: number;
  /** Its `master_replid`. */
  readonly history: string;
  /** The slot in which its mark is. */
  readonly mark: number;
  /** Slots that it has had since the epoch began, as far as is known; none where it joined. */
  readonly slots: SlotSet;
}

/** On what an epoch was begun. */
export interface EpochOrigin {
  /** The history of the server; 100 characters at most. */
  readonly history: string;
  /** Those of a cluster, and those that have joined since; none on one server. */
  readonly masters: readonly EpochMaster[];
}

/** The text of masters in the epoch's row; `null` for none, as on one server. */
export const mastersText = (masters: readonly EpochMaster[]): string | null =>
  masters.length === 0
    ? null
    : JSON.stringify(masters.map((master) => ({ ...master, slots: master.slots.toString() })));

/** Reads what `mastersText` wrote. */
export function parseMasters(text: string | null): readonly EpochMaster[] {
  if (text === null) return [];
  const masters = JSON.parse(text) as (Omit<EpochMaster, 'slots'> & { slots: string })[];
  return masters.map((master) => ({ ...master, slots: SlotSet.parse(master.slots) }));
}

/** With masters that joined an epoch; those that are of it already stay as they are. */
export const withJoined = (
  masters: readonly EpochMaster[],
  joined: readonly EpochMaster[],
): readonly EpochMaster[] => [
  ...masters,
  ...joined.filter(
    ({ epoch, history }) => !masters.some((each) => each.epoch === epoch && each.history === history),
  ),
];

/** Without slots that the masters that had them have no longer. */
export const withoutSlots = (
  masters: readonly EpochMaster[],
  epoch: number,
  slots: SlotSet,
): readonly EpochMaster[] =>
  masters.map((master) =>
    master.epoch === epoch ? { ...master, slots: master.slots.without(slots) } : master,
  );

/** Those that are left of the masters of epochs, each with what it alone has had until now: a slot may have been moved since `left` was found. */
export const mastersLeft = (
  masters: readonly EpochMaster[],
  left: readonly EpochMaster[],
): readonly EpochMaster[] =>
  masters.flatMap((master) => {
    const found = left.find(({ epoch, history }) => epoch === master.epoch && history === master.history);
    return found ? [{ ...master, slots: master.slots.within(found.slots) }] : [];
  });
