/** The outcome of one promise for many that wait for it: one promise for all of them, where `then` makes one for each. */
export class SharedOutcome {
  private readonly waiting: {
    readonly fulfilled: () => void;
    readonly rejected: (error: unknown) => void;
  }[] = [];
  private settled: ((fulfilled: () => void, rejected: (error: unknown) => void) => void) | undefined;

  constructor(promise: Promise<unknown>) {
    promise.then(
      () => this.settle((fulfilled) => fulfilled()),
      (error: unknown) => this.settle((_fulfilled, rejected) => rejected(error)),
    );
  }

  /** Calls one of them, once: when the promise is settled, or now where it is already. They must not throw. */
  onSettled(fulfilled: () => void, rejected: (error: unknown) => void): void {
    if (this.settled) this.settled(fulfilled, rejected);
    else this.waiting.push({ fulfilled, rejected });
  }

  private settle(tell: (fulfilled: () => void, rejected: (error: unknown) => void) => void): void {
    this.settled = tell;
    for (const { fulfilled, rejected } of this.waiting.splice(0)) tell(fulfilled, rejected);
  }
}
