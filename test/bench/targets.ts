/** A target: what is measured, from where on it is kept, and what is aimed at. */
export interface Target {
  readonly what: string;
  readonly figure: string;
  readonly atLeast: number;
  readonly aim: number;
  /** Whether a smaller figure is a better one. */
  readonly smallerIsBetter?: true;
  readonly unit?: 'ms' | 'bytes';
  /** Options of the bench that measure it, where they are not `--only` and the section that the figure is named by. */
  readonly options?: string;
}

export const TARGETS: readonly Target[] = [
  { what: 'accepted claims/s, log: ratio to F1', figure: 'claims.ratio.f1', atLeast: 0.75, aim: 1.0 },
  { what: 'accepted claims/s, gate: ratio to F1', figure: 'gate.ratio.f1', atLeast: 0.7, aim: 1.2 },
  { what: 'sold-out refusals/s: ratio to F0', figure: 'soldout.ratio.f0', atLeast: 0.6, aim: 0.85 },
  { what: 'consumer drain: ratio to F4', figure: 'drain.ratio.f4', atLeast: 0.5, aim: 0.8 },
  { what: 'redemptions/s: ratio to F5', figure: 'redemptions.ratio.f5', atLeast: 0.6, aim: 1.0 },
  {
    what: 'CPU of a cancellation in bulk against that of a claim',
    figure: 'cancellations.cpu.ratio',
    atLeast: 1.0,
    aim: 0.7,
    smallerIsBetter: true,
  },
  {
    what: 'claims/s of another voucher while many are cancelled, against alone',
    figure: 'cancellations.claims.ratio',
    atLeast: 0.8,
    aim: 0.9,
  },
  {
    what: 'longest transaction while 1,000,000 claims expire',
    figure: 'expiry.longest.ms',
    atLeast: 1_000,
    aim: 250,
    smallerIsBetter: true,
    unit: 'ms',
  },
  {
    what: 'peak of resident memory while 1,000,000 claims expire against the first 100,000',
    figure: 'expiry.memory.ratio',
    atLeast: 1.25,
    aim: 1.1,
    smallerIsBetter: true,
  },
  {
    what: 'accepted and issued/s for a minute: ratio to F1',
    figure: 'sustained.ratio.f1',
    atLeast: 0.6,
    aim: 0.8,
  },
  {
    what: 'p99 at half load, log',
    figure: 'load.half.p99',
    atLeast: 50,
    aim: 15,
    smallerIsBetter: true,
    unit: 'ms',
  },
  {
    what: 'goodput at 200% offered load against peak',
    figure: 'load.double.goodput',
    atLeast: 0.85,
    aim: 0.95,
  },
  {
    what: 'p99 of shed answers at 200% offered load',
    figure: 'load.double.shed.p99',
    atLeast: 50,
    aim: 10,
    smallerIsBetter: true,
    unit: 'ms',
  },
  {
    what: 'resident memory after 1,000,000 claims against after 100,000',
    figure: 'memory.ratio',
    atLeast: 1.5,
    aim: 1.1,
    smallerIsBetter: true,
  },
  {
    what: 'bytes in Redis per issued claim',
    figure: 'memory.redis.bytes',
    atLeast: 90,
    aim: 80,
    smallerIsBetter: true,
    unit: 'bytes',
  },
  { what: 'reads of a voucher: ratio to F0', figure: 'reads.voucher.ratio.f0', atLeast: 0.6, aim: 0.85 },
  {
    what: 'reads of remaining stock: ratio to F0',
    figure: 'reads.remaining_stock.ratio.f0',
    atLeast: 0.6,
    aim: 0.85,
  },
  { what: 'reads of the list: ratio to F0', figure: 'reads.list.ratio.f0', atLeast: 0.6, aim: 0.85 },
  {
    what: 'status of a claim by its holder: ratio to F0',
    figure: 'reads.status.ratio.f0',
    atLeast: 0.4,
    aim: 0.7,
  },
  {
    what: 'consumer drain on a table of 10,000,000 claims against an empty one',
    figure: 'drain.full.ratio',
    atLeast: 0.9,
    aim: 1,
    options: '--only drain --rows 10000000',
  },
  {
    what: 'CPU of application and database for a claim against the build before',
    figure: 'against.cpu',
    atLeast: 0.7,
    aim: 0.5,
    smallerIsBetter: true,
    options: '--only claims --against FILE',
  },
  {
    what: 'p99 at half load against the build before',
    figure: 'against.half.p99',
    atLeast: 0.7,
    aim: 0.45,
    smallerIsBetter: true,
    options: '--only load --against FILE',
  },
  {
    what: 'bytes in the database per claim',
    figure: 'growth.bytes.database',
    atLeast: 350,
    aim: 250,
    smallerIsBetter: true,
    unit: 'bytes',
  },
  {
    what: 'bytes in both topics of Kafka per claim',
    figure: 'growth.bytes.kafka',
    atLeast: 120,
    aim: 100,
    smallerIsBetter: true,
    unit: 'bytes',
  },
  {
    what: 'resident memory with 10,000,000 claims and 8,000 watchers against 100,000 and none',
    figure: 'watched.ratio',
    atLeast: 1.5,
    aim: 1.2,
    smallerIsBetter: true,
    options: '--only watched --rows 10000000',
  },
  {
    what: 'claims issued/s while twelve audits and four exports of 1,000,000 run, against alone',
    figure: 'audits.issued.ratio',
    atLeast: 0.7,
    aim: 0.9,
  },
];

export type Verdict = 'aim reached' | 'holds' | 'MISSED' | 'not measured';

export function judge(target: Target, measured: number | undefined): Verdict {
  if (measured === undefined || !Number.isFinite(measured)) return 'not measured';
  const reached = (bound: number): boolean =>
    target.smallerIsBetter ? measured <= bound : measured >= bound;
  if (reached(target.aim)) return 'aim reached';
  return reached(target.atLeast) ? 'holds' : 'MISSED';
}
