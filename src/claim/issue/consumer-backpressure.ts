import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import { InFlightRequests } from '../../http/in-flight-requests.js';
import { Clock } from '../../common/clock.js';

/**
 * From which part of the requests that a process may have under way the consumer gives way, and from which on it does so with all that
 * it can. With `log` only to what would be refused otherwise; `gate` was chosen for the sake of the answers.
 */
const LOAD_RANGE = { log: [0.5, 1], gate: [0.1, 0.4] } as const;
/** Times as long as a batch took, at most. */
const PAUSE_FACTOR_MAX = 3;
const PAUSE_MAX_MS = 400;
/** Claims of a batch that gives way: a thousand hold up the answers for 40 ms. */
const YIELDING_BATCH_MAX = 250;

type Settings = Pick<
  Config,
  'APP_ROLE' | 'CONSUMER_YIELD_UNTIL_CLAIM_AGE_MS' | 'CLAIM_DURABILITY' | 'MAX_IN_FLIGHT_REQUESTS'
>;

/**
 * Holds the consumer back while the same process has many requests to answer: what is in the log is safe, and may become a row a
 * little later, while each request that waits is soon one that is refused. Then batches are small, one is under way at a time, and the
 * fuller the process, the longer the pauses, up to three times what a batch took; until the oldest claim is CONSUMER_YIELD_UNTIL_CLAIM_AGE_MS old
 * (docs/adr/0033).
 */
@Injectable()
export class ConsumerBackpressure {
  private readonly yieldUntilAgeMs: number;
  private readonly from: number;
  private readonly to: number;
  /** Ends with the last of those that give way. */
  private last: Promise<unknown> = Promise.resolve();
  /** Monotonic. */
  private nextAt = 0;

  constructor(
    @Inject(CONFIG) config: Settings,
    @Inject(InFlightRequests) private readonly requests: Pick<InFlightRequests, 'now'>,
    private readonly clock: Clock,
  ) {
    this.yieldUntilAgeMs = config.APP_ROLE === 'all' ? config.CONSUMER_YIELD_UNTIL_CLAIM_AGE_MS : 0;
    const [from, to] = LOAD_RANGE[config.CLAIM_DURABILITY];
    this.from = from * config.MAX_IN_FLIGHT_REQUESTS;
    this.to = to * config.MAX_IN_FLIGHT_REQUESTS;
  }

  /** @param oldestAt when the oldest of the claims was taken, ms since 1970 @returns how many of them may be issued together */
  batchMax(oldestAt: number): number {
    return this.yields(oldestAt) ? YIELDING_BATCH_MAX : Infinity;
  }

  /**
   * Does the work, after a pause of 400 ms at most.
   * @param oldestAt when the oldest claim of the batch was taken, ms since 1970
   */
  run(oldestAt: number, work: () => Promise<void>): Promise<void> {
    if (!this.yields(oldestAt)) return work();
    const done = this.last.then(() => this.afterPause(work));
    this.last = done.catch(() => undefined);
    return done;
  }

  private async afterPause(work: () => Promise<void>): Promise<void> {
    const waitMs = this.nextAt - this.clock.monotonic();
    if (waitMs > 0) await this.clock.sleep(waitMs);
    const began = this.clock.monotonic();
    await work();
    const now = this.clock.monotonic();
    this.nextAt = now + Math.min(PAUSE_MAX_MS, (now - began) * this.pauseFactor);
  }

  private yields(oldestAt: number): boolean {
    return this.pauseFactor > 0 && this.clock.now() - oldestAt < this.yieldUntilAgeMs;
  }

  /** Times as long as a batch took. */
  private get pauseFactor(): number {
    const fullness = (this.requests.now - this.from) / (this.to - this.from);
    return PAUSE_FACTOR_MAX * Math.min(1, Math.max(0, fullness));
  }
}
