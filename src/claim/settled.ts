/** The end of a promise for a crowd that waits for it: one promise for all of them, where `then` makes one for each. */
export class Settled {
  private readonly waiting: { readonly kept: () => void; readonly broken: (error: unknown) => void }[] = [];
  private ended: ((kept: () => void, broken: (error: unknown) => void) => void) | undefined;

  constructor(promise: Promise<unknown>) {
    promise.then(
      () => this.end((kept) => kept()),
      (error: unknown) => this.end((_kept, broken) => broken(error)),
    );
  }

  /** Calls one of them, once: when the promise is settled, or now where it is already. They must not throw. */
  whenEnded(kept: () => void, broken: (error: unknown) => void): void {
    if (this.ended) this.ended(kept, broken);
    else this.waiting.push({ kept, broken });
  }

  private end(tell: (kept: () => void, broken: (error: unknown) => void) => void): void {
    this.ended = tell;
    for (const { kept, broken } of this.waiting.splice(0)) tell(kept, broken);
  }
}
