import type { Clock } from '../shared/clock.js';

/** After a failure the store is left alone for this time; then one call tries whether it is back. */
const REST_MS = 1_000;

/**
 * Between a read and a server that may be away: each call ends in time, and a server that failed costs one call's wait
 * in a second, not one a read.
 */
export class StoreGuard {
  private restUntil: number | undefined;

  constructor(
    private readonly clock: Clock,
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
      // Not at once: in a process that was busy for so long the answer may lie in the socket.
      const timer = setTimeout(
        () => setImmediate(() => reject(new Error(`no answer in ${this.timeoutMs} ms`))),
        this.timeoutMs,
      );
      call.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}
