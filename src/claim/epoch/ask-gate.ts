import { Problem } from '../../common/problems.js';
import { GateLostError, GateUnreachableError } from '../gate/gate-errors.js';
import type { GateKeeper } from './gate-keeper.js';

/**
 * Asks the gate for something of a voucher that is no claim. A gate that has forgotten is told to the keeper.
 * @param epochOf by default that of a gate that is open as a whole
 * @throws Problem gate_recovering, dependency_unavailable
 */
export async function askGate<T>(
  keeper: Pick<GateKeeper, 'require' | 'lostOf'>,
  voucherId: string,
  work: (epoch: number) => Promise<T>,
  epochOf: (voucherId: string) => number = (id) => keeper.require(id),
): Promise<T> {
  const epoch = epochOf(voucherId);
  try {
    return await work(epoch);
  } catch (error) {
    if (error instanceof GateLostError) {
      keeper.lostOf(voucherId, epoch, error);
      throw new Problem('gate_recovering', { cause: error });
    }
    if (error instanceof GateUnreachableError) throw new Problem('dependency_unavailable', { cause: error });
    throw error;
  }
}
