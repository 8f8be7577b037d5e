/**
 * Lets what arrives in the same turn of the event loop travel together, by key. An idle process waits for nothing; a busy
 * one has at most `concurrency` batches of a key under way, and what arrives meanwhile forms the next.
 */
export class Batcher<T, R> {
  private readonly lanes = new Map<string, Lane<T, R>>();
  private waiting = 0;

  constructor(
    private readonly options: {
      readonly maxBatch: number;
      /** Items that may wait over all keys; `add` refuses more. */
      readonly maxWaiting: number;
      readonly concurrency: number;
      /** How much an item counts; 1 without it. A single item may be heavier than a batch. */
      readonly weigh?: (item: T) => number;
    },
    private readonly flush: (key: string, items: readonly T[]) => Promise<readonly R[]>,
    /** Calls back in the next turn of the event loop. */
    private readonly soon: (work: () => void) => void = setImmediate,
  ) {}

  /** @returns the item's result, or `undefined` when too many wait */
  add(key: string, item: T): Promise<R> | undefined {
    if (this.waiting >= this.options.maxWaiting) return undefined;
    const weight = this.options.weigh?.(item) ?? 1;
    this.waiting += weight;
    let lane = this.lanes.get(key);
    if (!lane) {
      lane = { queue: [], running: 0, scheduled: false };
      this.lanes.set(key, lane);
    }
    const into = lane;
    return new Promise<R>((resolve, reject) => {
      into.queue.push({ item, weight, resolve, reject });
      this.schedule(key, into);
    });
  }

  private schedule(key: string, lane: Lane<T, R>): void {
    if (lane.scheduled || lane.running >= this.options.concurrency) return;
    lane.scheduled = true;
    this.soon(() => {
      lane.scheduled = false;
      void this.run(key, lane);
    });
  }

  private async run(key: string, lane: Lane<T, R>): Promise<void> {
    if (lane.queue.length === 0) return;
    let taken = 0;
    let weight = 0;
    for (const entry of lane.queue) {
      if (taken > 0 && weight + entry.weight > this.options.maxBatch) break;
      taken += 1;
      weight += entry.weight;
    }
    const batch = lane.queue.splice(0, taken);
    lane.running += 1;
    if (lane.queue.length > 0) this.schedule(key, lane);
    try {
      const results = await this.flush(
        key,
        batch.map((entry) => entry.item),
      );
      batch.forEach((entry, index) => entry.resolve(results[index] as R));
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    } finally {
      this.waiting -= weight;
      lane.running -= 1;
      if (lane.queue.length > 0) this.schedule(key, lane);
      else if (lane.running === 0) this.lanes.delete(key);
    }
  }
}

interface Lane<T, R> {
  readonly queue: {
    readonly item: T;
    readonly weight: number;
    readonly resolve: (result: R) => void;
    readonly reject: (error: unknown) => void;
  }[];
  running: number;
  scheduled: boolean;
}
