import { Logger } from '@nestjs/common';
import type { Clock } from '../../../common/clock.js';
import type { Intake } from '../intake.js';
import { ClaimTransport } from '../claim-transport.js';

const RETRY_MS = 500;

/** Embedded mode's consumer: reads the intake as soon as something is in it. */
export class IntakeClaimTransport extends ClaimTransport {
  private readonly log = new Logger('IntakeTransport');
  private running: Promise<void> | undefined;
  private again = false;
  private stopped = false;

  constructor(
    private readonly intake: Intake,
    private readonly batchMax: number,
    private readonly clock: Clock,
  ) {
    super();
  }

  listen(callback: () => void): void {
    this.intake.onAppend = () => this.wake();
    this.wake(); // what the last run of the program left behind
    callback();
  }

  async close(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private wake(): void {
    this.again = true;
    this.running ??= this.loop().finally(() => {
      this.running = undefined;
      if (this.again && !this.stopped) this.wake();
    });
  }

  private async loop(): Promise<void> {
    while (this.again && !this.stopped) {
      this.again = false;
      try {
        while (!this.stopped && (await this.intake.drain(this.batchMax, (batch) => this.deliver(batch))) > 0);
      } catch (error) {
        this.log.error({ err: error }, 'claims could not be issued; trying again');
        this.again = true;
        await this.clock.sleep(RETRY_MS);
      }
    }
  }
}
