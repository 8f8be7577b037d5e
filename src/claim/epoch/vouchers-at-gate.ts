import type { StockGate } from '../gate/stock-gate.js';
import type { GateKeeper } from './gate-keeper.js';

/** Ids of all vouchers that the gate knows, by the epoch that they are in now. */
export async function vouchersAtGate(
  gate: Pick<StockGate, 'vouchers'>,
  keeper: Pick<GateKeeper, 'epochsInUse' | 'epochOf'>,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const found = new Map<number, readonly string[]>();
  for (const epoch of keeper.epochsInUse) {
    const ids = await gate.vouchers(epoch);
    // What an epoch still names of a slot that it has lost is of a newer one.
    found.set(
      epoch,
      ids.filter((id) => keeper.epochOf(id) === epoch),
    );
  }
  return found;
}
