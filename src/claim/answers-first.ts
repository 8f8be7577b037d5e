import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Metrics } from '../platform/ops/metrics.js';
import { Clock } from '../shared/clock.js';

/** Requests under way from which on a crowd waits for its answers. */
const CROWD = 64;
/** Times as long as a batch took. */
const PAUSE = 3;
const MOST_MS = 400;

/**
 * Where CLAIM_ANSWERS_FIRST_MS asks for it, holds the consumer back while a crowd waits for answers that the same process has to
 * give: what is in the log is safe, and may become a row a little later. It goes on with a quarter of its time, so that a small drop
 * is issued while its crowd still asks; and with all of it once the oldest claim is so old (docs/adr/0033).
 */
@Injectable()
export class AnswersFirst {
  private readonly ms: number;
  /** Monotonic. */
  private nextAt = 0;

  constructor(
    @Inject(CONFIG)
    { APP_ROLE: role, CLAIM_ANSWERS_FIRST_MS: ms }: Pick<Config, 'APP_ROLE' | 'CLAIM_ANSWERS_FIRST_MS'>,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {
    this.ms = role === 'all' ? ms : 0;
  }

  /**
   * Does the work, after a pause of 400 ms at most.
   * @param oldestAt when the oldest claim of the batch was taken, ms since 1970
   */
  async run(oldestAt: number, work: () => Promise<void>): Promise<void> {
    const waitMs = this.nextAt - this.clock.monotonic();
    if (waitMs > 0 && this.givesWay(oldestAt)) await this.clock.sleep(waitMs);
    const began = this.clock.monotonic();
    await work();
    const now = this.clock.monotonic();
    this.nextAt = Math.min(now + MOST_MS, Math.max(this.nextAt, now) + (now - began) * PAUSE);
  }

  private givesWay(oldestAt: number): boolean {
    return this.metrics.inFlight >= CROWD && this.clock.now() - oldestAt < this.ms;
  }
}
