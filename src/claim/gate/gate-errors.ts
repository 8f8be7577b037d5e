import type { SlotSet } from '../../redis/slots.js';

/** The gate is not (any longer) of the asked epoch: it may have forgotten claims and must be rebuilt. */
export class GateLostError extends Error {
  /**
   * @param detail what is known to have happened
   * @param slots in which it is not proved that nothing was forgotten, where all servers were looked at
   */
  constructor(
    readonly reason: 'scripts' | 'state' | 'history',
    detail?: string,
    readonly slots?: SlotSet,
  ) {
    super(detail === undefined ? `the gate lost its ${reason}` : `the gate lost its ${reason}: ${detail}`);
    this.name = 'GateLostError';
  }
}

/** The gate did not answer, or refuses for a while. */
export class GateUnreachableError extends Error {
  /**
   * @param sent whether it may have decided
   * @param partly the gate has several servers, and others than the one that failed take claims
   */
  constructor(
    readonly sent: boolean,
    cause: unknown,
    why = 'the gate does not answer',
    readonly partly = false,
  ) {
    super(why, { cause });
    this.name = 'GateUnreachableError';
  }
}
