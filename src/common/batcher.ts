/**
 * Lets what arrives in the same turn of the event loop travel together, by key. An idle process waits for nothing; a busy
 * one has at most `concurrency` batches of a key under way, and what arrives meanwhile forms the next.
 */
export class Batcher<T, R> {
  private readonly queues = new Map<string, KeyQueue<T, R>>();
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
    let queue = this.queues.get(key);
    if (!queue) {
      queue = { entries: [], running: 0, scheduled: false };
      this.queues.set(key, queue);
    }
    queue.entries.push({ item, weight, end });
    this.schedule(key, queue);
    return true;
  }

  private schedule(key: string, queue: KeyQueue<T, R>): void {
    if (queue.scheduled || queue.running >= this.options.concurrency) return;
    queue.scheduled = true;
    this.soon(() => {
      queue.scheduled = false;
      void this.run(key, queue);
    });
  }

  private async run(key: string, queue: KeyQueue<T, R>): Promise<void> {
    if (queue.entries.length === 0) return;
    let taken = 0;
    let weight = 0;
    for (const entry of queue.entries) {
      if (taken > 0 && weight + entry.weight > this.options.maxBatch) break;
      taken += 1;
      weight += entry.weight;
    }
    const batch = queue.entries.splice(0, taken);
    queue.running += 1;
    if (queue.entries.length > 0) this.schedule(key, queue);
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
    queue.running -= 1;
    if (queue.entries.length > 0) this.schedule(key, queue);
    else if (queue.running === 0) this.queues.delete(key);
    batch.forEach(({ end }, index) => deliver(end, index));
  }
}

/** Told how an item ended, once. Must not throw: others of the batch come after it. */
export interface BatchEnd<R> {
  resolve(result: R): void;
  reject(error: unknown): void;
}

interface KeyQueue<T, R> {
  readonly entries: { readonly item: T; readonly weight: number; readonly end: BatchEnd<R> }[];
  running: number;
  scheduled: boolean;
}
