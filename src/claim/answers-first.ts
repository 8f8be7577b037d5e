import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Metrics } from '../platform/ops/metrics.js';
import { Clock } from '../shared/clock.js';

/** Part of the requests that the process may have under way, up to which the consumer gives way to nobody. */
const QUIET = 0.25;
/** Times as long as a batch took, of a process that is full. */
const PAUSE = 3;
const MOST_MS = 400;

type Settings = Pick<Config, 'APP_ROLE' | 'CLAIM_ANSWERS_FIRST_MS' | 'MAX_IN_FLIGHT_REQUESTS'>;

/**
 * Holds the consumer back while the same process has many requests to answer: what is in the log is safe, and may become a row a
 * little later, while each request that waits is soon one that is refused. The fuller the process, the longer the pauses, up to three
 * times what a batch took; none once the oldest claim is CLAIM_ANSWERS_FIRST_MS old (docs/adr/0033).
 */
@Injectable()
export class AnswersFirst {
  private readonly ms: number;
  private readonly most: number;
  /** Monotonic. */
  private nextAt = 0;

  constructor(
    @Inject(CONFIG) config: Settings,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {
    this.ms = config.APP_ROLE === 'all' ? config.CLAIM_ANSWERS_FIRST_MS : 0;
    this.most = config.MAX_IN_FLIGHT_REQUESTS;
  }

  /**
   * Does the work, after a pause of 400 ms at most.
   * @param oldestAt when the oldest claim of the batch was taken, ms since 1970
   */
  async run(oldestAt: number, work: () => Promise<void>): Promise<void> {
    const waitMs = this.nextAt - this.clock.monotonic();
    const givesWay = this.pause > 0 && this.clock.now() - oldestAt < this.ms;
    if (waitMs > 0 && givesWay) await this.clock.sleep(waitMs);
    const began = this.clock.monotonic();
    await work();
    const now = this.clock.monotonic();
    this.nextAt = Math.min(now + MOST_MS, Math.max(this.nextAt, now) + (now - began) * this.pause);
  }

  /** Times as long as a batch took. */
  private get pause(): number {
    const fullness = (this.metrics.inFlight / this.most - QUIET) / (1 - QUIET);
    return PAUSE * Math.min(1, Math.max(0, fullness));
  }
}
