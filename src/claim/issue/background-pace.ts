import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { Metrics } from '../../observability/metrics.js';
import { ClaimLoad } from './claim-load.js';

/** Reads of many claims, for which nobody waits as impatiently as for a claim. */
export type BackgroundWork = 'audit' | 'export' | 'board';

/** Times as long as a piece took: all of them together have an eighth of the time of one connection. */
const REST_FACTOR = 7;
/** However long a piece took. */
const REST_MAX_MS = 2_000;
/** However many are in line: below what a proxy waits for the next bytes (30 s at the gateway). */
export const TURN_WAIT_MAX_MS = 10_000;
const LOOK_MS = 20;
/** Below what MariaDB lets a transaction idle: 5 s (docs/adr/0053). */
export const KEEP_ALIVE_MS = 1_000;

interface PaceHow {
  /** Ends the wait, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told how long a piece has waited, ms. */
  readonly onWait?: ((ms: number) => void) | undefined;
  /** Called every second of a wait: of one who holds a transaction meanwhile, which the server would end. */
  readonly keepAlive?: (() => Promise<unknown>) | undefined;
}

/**
 * Holds background reads back while claims are being taken, piece by piece (docs/adr/0112). Idle: each piece runs at once, as many at a time
 * as there are. Busy: one at a time, in the order in which they came, each after a rest of seven times what the last one took. No piece
 * waits longer than ten seconds, and all go on at once when the load is over.
 */
@Injectable()
export class BackgroundPace {
  private readonly line = new Set<object>();
  private running = 0;
  /** Monotonic, ms. */
  private restUntil = -Infinity;

  constructor(
    private readonly load: ClaimLoad,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Runs a piece of some ten milliseconds when it is its turn.
   * @throws the signal's reason while it waits, else what the piece throws
   */
  async run<T>(what: BackgroundWork, piece: () => Promise<T>, how: PaceHow = {}): Promise<T> {
    how.signal?.throwIfAborted();
    if (this.load.isBusy) await this.turn(what, how);
    else this.running += 1;
    const began = this.clock.monotonic();
    try {
      return await piece();
    } finally {
      this.running -= 1;
      const now = this.clock.monotonic();
      const restMs = Math.min(REST_MAX_MS, REST_FACTOR * (now - began));
      this.restUntil = Math.max(this.restUntil, now + restMs);
    }
  }

  /** Returns with the piece counted as running. */
  private async turn(what: BackgroundWork, { signal, onWait, keepAlive }: PaceHow): Promise<void> {
    const place = {};
    const began = this.clock.monotonic();
    const waited = (): number => this.clock.monotonic() - began;
    let keepAliveAt = KEEP_ALIVE_MS;
    this.line.add(place);
    try {
      while (!this.mayRun(place) && waited() < TURN_WAIT_MAX_MS && this.load.isBusy) {
        await this.clock.sleep(LOOK_MS);
        signal?.throwIfAborted();
        if (!keepAlive || waited() < keepAliveAt) continue;
        keepAliveAt = waited() + KEEP_ALIVE_MS;
        await keepAlive();
      }
      this.running += 1;
    } finally {
      this.line.delete(place);
      this.metrics.backgroundWaits.inc({ work: what }, waited() / 1_000);
    }
    onWait?.(waited());
  }

  private mayRun(place: object): boolean {
    const [first] = this.line;
    return first === place && this.running === 0 && this.clock.monotonic() >= this.restUntil;
  }
}
