import { Problem } from '../common/problems.js';

/** A change that lost a race is judged again by what won; more often than this it is not a race. */
const MAX_ATTEMPTS = 5;

/**
 * Changes a voucher that others may change at the same moment.
 * @param attempt reads the voucher, judges, and writes on that version; `undefined` where somebody was faster
 * @throws Problem overloaded where it keeps losing; what `attempt` throws
 */
export async function againWhereRaced<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
    const changed = await attempt();
    if (changed !== undefined) return changed;
  }
  throw new Problem('overloaded', { detail: 'The voucher keeps being changed by others; try again' });
}
