import type { ClaimRecord } from '../domain/claim-record.js';
import type { LogPosition } from '../domain/log-position.js';

export type { LogPosition };

/**
 * The durable, ordered queue between gate and ledger.
 * `append` resolves only when the records survive the death of any one process; a rejection leaves the outcome unknown.
 */
export abstract class ClaimLog {
  /** Name for metrics and messages. */
  abstract readonly sink: 'kafka' | 'intake';
  abstract append(records: readonly ClaimRecord[]): Promise<void>;
  /** Where the log ends now. */
  abstract end(): Promise<LogPosition>;
  /** Whether the consumer has passed the position. */
  abstract passed(position: LogPosition): Promise<boolean>;
  /**
   * Whether somebody consumes it who cannot read an epoch's row that names slots, and takes nothing to the ledger while it does;
   * `undefined` where that cannot be told now.
   */
  abstract isReadByOlder(): Promise<boolean | undefined>;
  /** Records that are not yet consumed. */
  abstract lag(): Promise<number>;
}
