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
    let added = false;
    const result = new Promise<R>((resolve, reject) => {
      added = this.push(key, item, { resolve, reject });
    });
    return added ? result : undefined;
  }

  /**
   * `add` without a promise, for what every claim passes.
   * @returns false when too many wait; then `end` is never called
   */
  push(key: string, item: T, end: BatchEnd<R>): boolean {
    if (this.waiting >= this.options.maxWaiting) return false;
    const weight = this.options.weigh?.(item) ?? 1;
    this.waiting += weight;
    let lane = this.lanes.get(key);
    if (!lane) {
      lane = { queue: [], running: 0, scheduled: false };
      this.lanes.set(key, lane);
    }
    lane.queue.push({ item, weight, end });
    this.schedule(key, lane);
    return true;
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
    let deliver: (end: BatchEnd<R>, index: number) => void;
    try {
      const results = await this.flush(
        key,
        batch.map((entry) => entry.item),
      );
      deliver = (end, index) => end.resolve(results[index] as R);
    } catch (error) {
      deliver = (end) => end.reject(error);
    }
    this.waiting -= weight;
    lane.running -= 1;
    if (lane.queue.length > 0) this.schedule(key, lane);
    else if (lane.running === 0) this.lanes.delete(key);
    batch.forEach(({ end }, index) => deliver(end, index));
  }
}

/** Told how an item ended, once. Must not throw: others of the batch come after it. */
export interface BatchEnd<R> {
  resolve(result: R): void;
  reject(error: unknown): void;
}

interface Lane<T, R> {
  readonly queue: { readonly item: T; readonly weight: number; readonly end: BatchEnd<R> }[];
  running: number;
  scheduled: boolean;
}
