import type { ClaimRecord } from '../../domain/claim-record.js';
import type { Intake } from '../intake.js';
import type { LogPosition } from '../../domain/log-position.js';
import { ClaimLog } from '../claim-log.js';

/** Embedded mode: the intake is the log. It is read by the same process, so a position says nothing more than its depth. */
export class IntakeClaimLog extends ClaimLog {
  readonly sink = 'intake';

  constructor(private readonly intake: Intake) {
    super();
  }

  append(records: readonly ClaimRecord[]): Promise<void> {
    return this.intake.append(records);
  }

  async end(): Promise<LogPosition> {
    return {};
  }

  async passed(): Promise<boolean> {
    return (await this.intake.depth()) === 0;
  }

  async isReadByOlder(): Promise<boolean> {
    return false;
  }

  lag(): Promise<number> {
    return this.intake.depth();
  }
}
