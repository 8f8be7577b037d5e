import { Counter, type LabelValues, type Registry } from 'prom-client';

interface Counted<L extends string> {
  readonly labels: LabelValues<L>;
  count: number;
}

interface MetricText<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  readonly registers: Registry[];
}

/**
 * A counter for what every claim passes. prom-client sorts, checks and hashes the labels at every call, half a microsecond and
 * more; this one looks the labels up by their text, and hands over when somebody reads.
 */
export class Tally<L extends string> {
  private readonly counted = new Map<string, Counted<L>>();
  private readonly labelNames: readonly L[];
  private readonly counter: Counter<L>;

  constructor(text: MetricText<L>) {
    this.labelNames = text.labelNames;
    this.counter = new Counter({ ...text, collect: () => this.handOver() });
  }

  inc(labels: LabelValues<L> = {}, by = 1): void {
    this.of(labels).count += by;
  }

  /** One combination of labels, to keep. */
  labels(labels: LabelValues<L>): { readonly inc: (by?: number) => void } {
    const counted = this.of(labels);
    return { inc: (by = 1) => void (counted.count += by) };
  }

  get(): ReturnType<Counter<L>['get']> {
    return this.counter.get();
  }

  private of(labels: LabelValues<L>): Counted<L> {
    let key = '';
    for (const name of this.labelNames) key += `${labels[name] ?? ''}\n`;
    let counted = this.counted.get(key);
    if (!counted) {
      counted = { labels: { ...labels }, count: 0 };
      this.counted.set(key, counted);
    }
    return counted;
  }

  private handOver(): void {
    for (const counted of this.counted.values()) {
      if (counted.count === 0) continue;
      this.counter.inc(counted.labels, counted.count);
      counted.count = 0;
    }
  }
}
