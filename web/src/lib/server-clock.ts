/** Milliseconds of a clock that only runs forward, like `performance.now()`. */
export type Monotonic = () => number;

export interface ClockSample {
  /** Server's time minus the monotonic clock, ms. */
  readonly offset: number;
  /** How long the answer took, ms: the offset is wrong by at most half of it. */
  readonly roundTrip: number;
}

/** A device's own clock is often wrong by minutes; this good an answer needs no second one. */
const GOOD_ROUND_TRIP_MS = 40;

/**
 * The server's clock, as well as it can be known here. Times between two looks are counted by the monotonic clock, so a
 * device whose clock is wrong, or set while the page is open, changes nothing.
 */
export class ServerClock {
  private best: ClockSample | undefined;
  private seeded: number | undefined;

  constructor(
    /** Asks the server; milliseconds since 1970, or nothing where there was no answer. */
    private readonly ask: () => Promise<number | undefined>,
    private readonly monotonic: Monotonic,
    /** The device's clock, for as long as nothing better is known. */
    private readonly device: () => number,
  ) {}

  /** A time that came with the page: some seconds old at worst. */
  seed(serverNow: number): void {
    if (Number.isFinite(serverNow)) this.seeded = serverNow - this.monotonic();
  }

  /** Whether the server was asked; before that `now()` is a guess. */
  get measured(): boolean {
    return this.best !== undefined;
  }

  /** Milliseconds since 1970. */
  now(): number {
    const offset = this.best?.offset ?? this.seeded;
    return offset === undefined ? this.device() : this.monotonic() + offset;
  }

  /**
   * Asks up to `samples` times and keeps the answer with the least round trip, which bounds the error best.
   * @returns whether there was any answer
   */
  async measure(samples = 4): Promise<boolean> {
    let best: ClockSample | undefined;
    for (let count = 0; count < samples; count += 1) {
      const before = this.monotonic();
      const server = await this.ask();
      const after = this.monotonic();
      if (server === undefined) continue;
      const sample = { offset: server - (before + after) / 2, roundTrip: after - before };
      if (best === undefined || sample.roundTrip < best.roundTrip) best = sample;
      if (best.roundTrip <= GOOD_ROUND_TRIP_MS) break;
    }
    // A newer look replaces an older one even where it is worse: the device may have slept in between.
    if (best) this.best = best;
    return best !== undefined;
  }
}
