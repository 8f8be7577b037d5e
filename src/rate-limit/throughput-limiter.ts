import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Clock } from '../common/clock.js';
import { TokenBucket } from './token-bucket.js';

const SLICES_PER_SECOND = 10;

/** Holds the consumer of this process to CLAIM_DRAIN_PER_SECOND, in slices of a tenth of a second. */
@Injectable()
export class ThroughputLimiter {
  /** Most claims that should be written at once; `Infinity` without a limit. */
  readonly slice: number;
  private readonly bucket: TokenBucket;

  constructor(@Inject(CONFIG) config: Config, clock: Clock) {
    const rate = config.CLAIM_DRAIN_PER_SECOND;
    this.slice = rate === 0 ? Infinity : Math.max(1, Math.ceil(rate / SLICES_PER_SECOND));
    this.bucket = new TokenBucket(clock, rate, rate === 0 ? 0 : this.slice, (ms) => clock.sleep(ms));
  }

  /** Resolves when `count` claims may be written. */
  take(count: number): Promise<void> {
    return this.bucket.take(count);
  }
}
