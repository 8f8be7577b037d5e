import { Inject, Injectable } from '@nestjs/common';
import { Problem } from '../common/problems.js';
import { CONFIG, type Config } from '../config/index.js';

/** Who comes when so many wait already is refused: the last of them would wait for minutes. */
const WAITING_MAX = 8;
const RETRY_AFTER_S = 10;

/**
 * How many audits that somebody asked for run in this process at once. Each holds a connection of the database for as long as it reads
 * all claims on its voucher: without a bound a few of them take the pool, and wallets wait behind them.
 */
@Injectable()
export class AuditSlots {
  private running = 0;
  private readonly waiting = new Set<() => void>();

  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'AUDITS_MAX'>) {}

  /**
   * Runs `work` when it is its turn; who came first goes first.
   * @param signal whoever gives up waiting leaves the line
   * @throws Problem overloaded; the signal's reason
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.running < this.config.AUDITS_MAX) this.running += 1;
    else await this.turn(signal);
    try {
      signal?.throwIfAborted();
      return await work();
    } finally {
      this.next();
    }
  }

  private async turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.waiting.size >= WAITING_MAX)
      throw new Problem('overloaded', { detail: 'Other audits are under way', retryAfterS: RETRY_AFTER_S });
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.waiting.delete(begin);
        reject(signal?.reason as Error);
      };
      const begin = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      this.waiting.add(begin);
      signal?.addEventListener('abort', leave, { once: true });
      if (signal?.aborted) leave();
    });
  }

  /** The slot goes to who waits longest. */
  private next(): void {
    const [first] = this.waiting;
    if (first === undefined) {
      this.running -= 1;
      return;
    }
    this.waiting.delete(first);
    first();
  }
}
