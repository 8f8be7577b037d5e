/** A reading of /metrics: sample with its labels, as Prometheus writes it, to value. */
export type Samples = ReadonlyMap<string, number>;

/** Reads Prometheus's text format; lines that are no samples are left out. */
export function parseSamples(text: string): Samples {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    const space = line.lastIndexOf(' ');
    if (line.startsWith('#') || space < 1) continue;
    samples.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return samples;
}

/** What was added between two readings. */
export const added = (before: Samples, after: Samples): Samples =>
  new Map([...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)]));

/** Readings of several processes as one. */
export function sum(readings: readonly Samples[]): Samples {
  const all = new Map<string, number>();
  for (const reading of readings)
    for (const [name, value] of reading) all.set(name, (all.get(name) ?? 0) + value);
  return all;
}

/** Answers to claims by outcome, where there were any. */
export function outcomes(samples: Samples): Map<string, number> {
  const found = new Map<string, number>();
  for (const [name, value] of samples) {
    const [, outcome] = /^voucherconnect_claims_total\{outcome="([^"]+)"\}$/.exec(name) ?? [];
    if (outcome !== undefined && value > 0) found.set(outcome, value);
  }
  return found;
}

/** Mean number of claims that travelled together, by stage. */
export function batchSizes(samples: Samples): Map<string, number> {
  const found = new Map<string, number>();
  for (const [name, sumOfSizes] of samples) {
    const [, stage] = /^voucherconnect_batch_size_sum\{stage="([^"]+)"\}$/.exec(name) ?? [];
    const batches = samples.get(`voucherconnect_batch_size_count{stage="${stage}"}`) ?? 0;
    if (stage !== undefined && batches > 0) found.set(stage, sumOfSizes / batches);
  }
  return found;
}
