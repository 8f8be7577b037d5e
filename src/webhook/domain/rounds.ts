/** How a queue is emptied, a round at a time. */
export interface Steps<R, S> {
  /** What may be sent now, of what no other round holds; `undefined` where there is nothing. */
  read(): Promise<R | undefined>;
  /**
   * Sends a round. @param halfway called once half of it was taken, if that comes
   * @returns what came of it, and whether the next rounds may overlap with writing that: it was full, and taken whole and soon
   */
  send(round: R, halfway: () => void): Promise<{ readonly sent: S; readonly mayOverlap: boolean }>;
  /** Writes what came of a round. */
  write(round: R, sent: S): Promise<void>;
  /** Lets go of a round that was written, or read and not sent. */
  letGo(round: R): void;
}

/**
 * Reads, sends and writes until nothing is due, or `isStopped` says so. Rounds are sent one after the other. While all goes well, a round
 * is written while the next is sent, and read while the one before is sent: then the sender does not wait for the database, and at most
 * three rounds are held. Otherwise each is written before the next is read, so that what came of it counts.
 */
export class Rounds<R, S> {
  private writing: Promise<void> | undefined;
  private ahead: Promise<R | undefined> | undefined;

  constructor(
    private readonly steps: Steps<R, S>,
    private readonly isStopped: () => boolean,
  ) {}

  /** @throws the first failure of a step, once nothing is under way any more */
  async run(): Promise<void> {
    try {
      while (!this.isStopped() && (await this.one()));
      await this.writing;
    } finally {
      await Promise.allSettled([this.writing, this.dropAhead()]);
    }
  }

  /** @returns whether there may be more */
  private async one(): Promise<boolean> {
    const { ahead, writing } = this;
    this.ahead = undefined;
    const round = await (ahead ?? this.steps.read());
    if (round === undefined) {
      await writing; // what it held back may be due now
      this.writing = undefined;
      return writing !== undefined;
    }
    const mayOverlap = await this.sendAndWrite(round, writing);
    await writing; // at most one round waits to be written
    if (mayOverlap) return true;
    await this.writing;
    this.writing = undefined;
    await this.dropAhead();
    return true;
  }

  /** Resolves once it was sent; it is written after the one before. */
  private async sendAndWrite(round: R, before: Promise<void> | undefined): Promise<boolean> {
    try {
      const { sent, mayOverlap } = await this.steps.send(round, () => {
        this.ahead = handled(this.steps.read());
      });
      this.writing = handled(this.write(round, sent, before));
      return mayOverlap;
    } catch (error) {
      this.steps.letGo(round);
      throw error;
    }
  }

  private async write(round: R, sent: S, before: Promise<void> | undefined): Promise<void> {
    try {
      await before;
      await this.steps.write(round, sent);
    } finally {
      this.steps.letGo(round);
    }
  }

  private async dropAhead(): Promise<void> {
    const { ahead } = this;
    this.ahead = undefined;
    const round = await ahead;
    if (round !== undefined) this.steps.letGo(round);
  }
}

/** Somebody asks for its failure later: until then it is nobody's. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
