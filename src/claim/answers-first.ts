import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Metrics } from '../platform/ops/metrics.js';
import { Clock } from '../shared/clock.js';

/** Part of the requests that the process may have under way, above which it is crowded. */
const CROWDED = 0.5;
/** Times as long as a batch took. */
const PAUSE = 3;
const MOST_MS = 400;

type Settings = Pick<Config, 'APP_ROLE' | 'CLAIM_ANSWERS_FIRST_MS' | 'MAX_IN_FLIGHT_REQUESTS'>;

/**
 * Holds the consumer back while the same process has more requests to answer than it can bear for long: what is in the log is safe,
 * and may become a row a little later, while each request that waits is soon one that is refused. It goes on with a quarter of its
 * time, and with all of it once the oldest claim is CLAIM_ANSWERS_FIRST_MS old (docs/adr/0033).
 */
@Injectable()
export class AnswersFirst {
  private readonly ms: number;
  private readonly crowd: number;
  /** Monotonic. */
  private nextAt = 0;

  constructor(
    @Inject(CONFIG) config: Settings,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {
    this.ms = config.APP_ROLE === 'all' ? config.CLAIM_ANSWERS_FIRST_MS : 0;
    this.crowd = config.MAX_IN_FLIGHT_REQUESTS * CROWDED;
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
    return this.metrics.inFlight > this.crowd && this.clock.now() - oldestAt < this.ms;
  }
}
