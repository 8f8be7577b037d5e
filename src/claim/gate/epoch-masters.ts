import type { SlotSet } from '../../redis/slots.js';
import type { EpochMaster } from '../domain/epoch-masters.js';

/**
 * What the row of the epoch says of the masters of a cluster, for the gate. It stands in the database because a set in the cluster may be
 * on the master that loses writes, and nobody would know then what the others had (docs/adr/0096).
 */
export abstract class EpochMasters {
  /**
   * Masters to which slots were moved, and which have none that they had from the begin. Before anything is written to them.
   * @returns all masters of the epoch; `undefined` where it is over
   */
  abstract joined(
    epoch: number,
    masters: readonly EpochMaster[],
  ): Promise<readonly EpochMaster[] | undefined>;
  /**
   * Slots are, or were, at other masters than those that had them when the epoch began. Before anybody claims there.
   * @returns all masters of the epoch; `undefined` where it is over
   */
  abstract moved(epoch: number, slots: SlotSet): Promise<readonly EpochMaster[] | undefined>;
}
