import type { Clock } from './clock.js';

/**
 * When work that travels in batches may set out: at once after a rest, and else not before `everyMs` have gone since the last
 * departure, with everything that is due by then. A call of a server costs both ends the same for one claim and for a hundred.
 */
export class BatchLinger {
  private due: (() => void)[] = [];
  /** Monotonic. */
  private nextAt = 0;

  constructor(
    private readonly clock: Clock,
    private readonly lingerMs: number,
  ) {}

  /** Calls back in the next turn of the event loop, or a little later. */
  readonly soon = (work: () => void): void => {
    if (this.due.push(work) > 1) return;
    const waitMs = this.nextAt - this.clock.monotonic();
    if (waitMs > 0) void this.clock.sleep(waitMs).then(this.flush);
    else this.clock.soon(this.flush);
  };

  private readonly flush = (): void => {
    const { due } = this;
    this.due = [];
    this.nextAt = this.clock.monotonic() + this.lingerMs;
    for (const work of due) work();
  };
}
