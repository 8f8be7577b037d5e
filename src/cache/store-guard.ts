import type { Clock } from '../common/clock.js';

/** After a failure the store is left alone for this time; then one call tries whether it is back. */
const REST_MS = 1_000;
/** The timeout is looked at in so many parts: while this process is too busy to read answers, only one of them passes. */
const LOOKS = 4;

/**
 * Between a read and a server that may be away: each call ends in time, and a server that failed costs one call's wait
 * in a second, not one a read.
 */
export class StoreGuard {
  private restUntil: number | undefined;
  private answers = 0;

  constructor(
    private readonly clock: Clock,
    /** A call fails when the store answered nothing at all for so long. A client's own timeout bounds it as well. */
    private readonly timeoutMs: number,
  ) {}

  /** @throws what `work` throws; Error when it takes too long, and at once while the store rests */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.restUntil !== undefined) {
      if (this.clock.monotonic() < this.restUntil) throw new Error('the store rests after a failure');
      this.rest(); // for all others, while this call tries
    }
    try {
      const result = await this.inTime(work());
      this.restUntil = undefined;
      this.answers += 1;
      return result;
    } catch (error) {
      this.rest();
      throw error;
    }
  }

  private rest(): void {
    this.restUntil = this.clock.monotonic() + REST_MS;
  }

  private inTime<T>(call: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let timer: NodeJS.Timeout;
      const watch = (looksLeft: number): void => {
        const before = this.answers;
        timer = setTimeout(() => {
          // Slow, but there: to send a crowd to the database now would be the wrong help.
          if (this.answers > before) watch(LOOKS);
          else if (looksLeft > 1) watch(looksLeft - 1);
          else reject(new Error(`no answer in ${this.timeoutMs} ms`));
        }, this.timeoutMs / LOOKS);
      };
      watch(LOOKS);
      call.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}
