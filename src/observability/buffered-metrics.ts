import { Counter, type LabelValues, type Metric, type Registry } from 'prom-client';

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
export class BufferedCounter<L extends string> {
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
    const key = keyOf(this.labelNames, labels);
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

/** Makes one thing for each name, once: for labels that are looked up by name on the way of a claim. */
export function byName<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    let found = made.get(name);
    if (found === undefined) {
      found = make(name);
      made.set(name, found);
    }
    return found;
  };
}

interface Observed<L extends string> {
  readonly labels: LabelValues<L>;
  /** By bucket, the last for what is above all bounds; not cumulative. */
  readonly counts: number[];
  sum: number;
}

/** A histogram for what every request passes; see `Tally`. */
export class BufferedHistogram<L extends string> {
  private readonly observed = new Map<string, Observed<L>>();

  /** @param bounds upper ones, ascending */
  constructor(
    private readonly text: MetricText<L>,
    private readonly bounds: readonly number[],
  ) {
    const { name, help, registers } = text;
    // What prom-client reads of a metric, and no more.
    const metric = {
      name,
      help,
      type: 'histogram',
      aggregator: 'sum',
      get: () => this.get(),
      reset: () => this.observed.clear(),
    };
    for (const registry of registers) registry.registerMetric(metric as unknown as Metric);
  }

  observe(labels: LabelValues<L>, value: number): void {
    this.note(this.of(labels), value);
  }

  /** One combination of labels, to keep. */
  labels(labels: LabelValues<L>): { readonly observe: (value: number) => void } {
    const observed = this.of(labels);
    return { observe: (value) => this.note(observed, value) };
  }

  private of(labels: LabelValues<L>): Observed<L> {
    const key = keyOf(this.text.labelNames, labels);
    let observed = this.observed.get(key);
    if (!observed) {
      observed = { labels: { ...labels }, counts: new Array<number>(this.bounds.length + 1).fill(0), sum: 0 };
      this.observed.set(key, observed);
    }
    return observed;
  }

  private note(observed: Observed<L>, value: number): void {
    let bucket = 0;
    while (bucket < this.bounds.length && value > (this.bounds[bucket] ?? Infinity)) bucket += 1;
    observed.counts[bucket] = (observed.counts[bucket] ?? 0) + 1;
    observed.sum += value;
  }

  async get() {
    const { name, help } = this.text;
    const values = [...this.observed.values()].flatMap(({ labels, counts, sum }) => {
      let below = 0;
      const buckets = counts.map((count, index) => ({
        labels: { le: this.bounds[index] ?? '+Inf', ...labels },
        value: (below += count),
        metricName: `${name}_bucket`,
      }));
      return [
        ...buckets,
        { labels, value: sum, metricName: `${name}_sum` },
        { labels, value: below, metricName: `${name}_count` },
      ];
    });
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }
}

function keyOf<L extends string>(names: readonly L[], labels: LabelValues<L>): string {
  let key = '';
  for (const name of names) key += `${labels[name] ?? ''}\n`;
  return key;
}
