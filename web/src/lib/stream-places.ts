/**
 * A browser has six connections to a site on HTTP/1.1, all its windows together: streams must leave some for requests, or the
 * seventh window waits for ever. On HTTP/2 and 3 streams share one connection.
 */
const PLACES = { shared: 24, few: 3 } as const;
/** Answers of other windows arrive within milliseconds; one that is busy is heard later, and the rule still holds then. */
const ROLL_CALL_MS = 60;
/** What a window said so long ago no longer counts: it may be gone without a word. */
const FORGET_MS = 3_000;

type Message = { readonly kind: 'who'; readonly id: string } | { readonly kind: 'here'; readonly id: string };

/** To the other windows of this browser, and from them. */
export interface Channel {
  send(message: unknown): void;
  listen(hear: (message: unknown) => void): void;
}

export interface StreamPlace {
  leave(): void;
}

/**
 * Windows of one browser agree on who holds a stream, by calling the roll: without a window that leads, which could go at any moment.
 * Ids are drawn at random and ordered; who hears of as many lower ones as there are places has none.
 */
export class StreamPlaces {
  private readonly holding = new Map<string, () => void>();
  private readonly others = new Map<string, number>();

  constructor(
    private readonly channel: Channel | undefined,
    private readonly limit: number,
    private readonly newId: () => string,
    private readonly now: () => number,
  ) {
    channel?.listen((message) => this.hear(message as Message));
  }

  /**
   * Asks for a place.
   * @param onLost the place went to somebody who had it first
   * @returns nothing where all are taken
   */
  async take(onLost: () => void): Promise<StreamPlace | undefined> {
    const id = this.newId();
    if (!this.channel) return { leave: () => undefined };
    this.others.clear();
    this.channel.send({ kind: 'who', id } satisfies Message);
    await new Promise((resolve) => setTimeout(resolve, ROLL_CALL_MS));
    if (this.held() + this.holding.size >= this.limit) return undefined;
    this.holding.set(id, onLost);
    this.channel.send({ kind: 'here', id } satisfies Message);
    return { leave: () => this.drop(id) };
  }

  private held(): number {
    for (const [id, at] of this.others) if (this.now() - at > FORGET_MS) this.others.delete(id);
    return this.others.size;
  }

  private drop(id: string): void {
    this.holding.delete(id);
  }

  private hear(message: Message): void {
    if (message.kind === 'who') {
      for (const id of this.holding.keys()) this.channel?.send({ kind: 'here', id } satisfies Message);
    } else {
      this.others.set(message.id, this.now());
      this.yieldToOthers();
    }
  }

  /** Two windows that asked at the same moment may both have found room. */
  private yieldToOthers(): void {
    this.held();
    for (const [id, onLost] of [...this.holding]) {
      const before = [...this.others.keys(), ...this.holding.keys()].filter((other) => other < id).length;
      if (before < this.limit) continue;
      this.drop(id);
      onLost();
    }
  }
}

/** How many streams all windows of this browser may hold together. */
export const placesFor = (protocol: string | undefined): number =>
  protocol === 'h2' || protocol === 'h3' ? PLACES.shared : PLACES.few;
