import { SlotSet } from '../../redis/slots.js';
import { epochsInUse } from '../domain/slot-epochs.js';
import { GateLostError, GateUnreachableError } from '../gate/gate-errors.js';
import type { GateLoss, StockGate } from '../gate/stock-gate.js';
import type { EpochRow } from '../ledger/gate-epochs.js';

/** Holds the gate against what the row says of an epoch. */
export function trustByRow(gate: StockGate, row: EpochRow, epoch: number): void {
  const masters = row.masters.filter((master) => master.epoch === epoch);
  gate.trust(epoch, { history: row.history ?? '', masters }, epochsInUse(row));
}

/**
 * What the gate may have forgotten of an epoch; `undefined` where it holds all of it and takes writes.
 * @throws GateUnreachableError where it does not answer, or takes no writes now
 */
export async function lossOfEpoch(
  gate: StockGate,
  row: EpochRow,
  epoch: number,
  state: 'opening' | 'open',
): Promise<GateLoss | undefined> {
  try {
    trustByRow(gate, row, epoch);
    const loss = await gate.lossOf(epoch, state);
    if (loss === undefined) await gate.requireWritable();
    return loss;
  } catch (error) {
    if (error instanceof GateLostError) return { why: error.message, slots: SlotSet.ALL };
    throw error;
  }
}

/** Whether other servers of the gate take claims: each master of a cluster is fenced by itself. */
export const isPartly = (error: unknown): boolean => error instanceof GateUnreachableError && error.partly;
