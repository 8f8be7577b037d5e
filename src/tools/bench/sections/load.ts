import { claimRun, verdict } from '../claim-run.js';
import { accepted, openLoop, shed, tally, type OpenLoopResult } from '../open-loop.js';
import { digits, ms, type Findings } from '../report.js';
import { percentileMs } from '../statistics.js';
import { MOST_PER_SECOND, type Bench, type Section } from './section.js';

const SHARES = [0.1, 0.25, 0.5, 0.75, 0.9, 1, 1.25, 1.5, 2];
const QUICK_SHARES = [0.5, 2];
const WARM_UP_S = 4;
const EVENTS_WAIT_MS = 60_000;

/** Latency against offered load: the crowd comes at a constant rate, whatever the answers do. */
export const loadSection: Section = {
  name: 'load',
  what: 'latency against offered load, open loop, from 10% to 200% of the measured peak',
  quick: false,
  measure: measureLoad,
};

interface Step {
  readonly share: number;
  readonly rate: number;
  readonly result: OpenLoopResult;
  readonly goodput: number;
}

async function measureLoad({ system, args, say }: Bench): Promise<Findings> {
  await system.run({ CLAIM_DURABILITY: 'log' });
  const seconds = Math.max(args.seconds, WARM_UP_S);
  const tokens = await system.crowd.tokens(MOST_PER_SECOND * seconds);
  const options = { tokens, units: MOST_PER_SECOND * seconds };
  await claimRun(system, { ...args, seconds: WARM_UP_S }, options);
  await system.awaitEvents(EVENTS_WAIT_MS);
  const peakRun = await claimRun(system, args, options);
  await system.awaitEvents(EVENTS_WAIT_MS);
  const peak = peakRun.acceptedPerSecond;
  say(`peak ${digits(peak)}/s, closed loop`);

  const steps: Step[] = [];
  const voids = [...peakRun.voids];
  for (const share of args.quick ? QUICK_SHARES : SHARES) {
    const rate = Math.max(1, Math.round(peak * share));
    const voucher = await system.openVoucher(MOST_PER_SECOND * seconds * 2);
    const result = await openLoop(
      { port: system.app.port, method: 'POST', path: `/v1/vouchers/${voucher}/claims`, tokens },
      { rate, seconds: args.seconds, connections: args.connections },
    );
    const { count, lastS } = accepted(result);
    const step = { share, rate, result, goodput: count / Math.max(result.seconds, lastS) };
    steps.push(step);
    say(`${percent(share)}  ${row(step).slice(1).join('  ')}`);
    await system.awaitIssued(voucher, count);
    voids.push(...(await verdict(system, voucher, count)));
    await system.awaitEvents(EVENTS_WAIT_MS);
  }
  const half = steps.find(({ share }) => share === 0.5);
  const double = steps.find(({ share }) => share === 2);
  const p99 = (result: OpenLoopResult | undefined, of: typeof accepted): number =>
    (result && percentileMs(of(result).buckets, 0.99)) ?? NaN;
  const curve = (name: string, of: number) => ({
    name,
    points: steps.flatMap(({ share, result }) => {
      const value = percentileMs(accepted(result).buckets, of);
      return value === undefined ? [] : [[share, value] as const];
    }),
  });
  return {
    figures: {
      'load.peak': peak,
      'load.half.p99': p99(half?.result, accepted),
      'load.double.goodput': (double?.goodput ?? NaN) / peak,
      'load.double.shed.p99': p99(double?.result, shed),
    },
    tables: [
      {
        title: `Latency from the moment a request was due; 100% is ${digits(peak)} claims/s`,
        head: [
          'offered',
          'a second',
          '202/s',
          'p50',
          'p99',
          'p99.9',
          'answers',
          'p99 of 503',
          'never sent',
          'connections',
          'generator, cores',
        ],
        rows: steps.map(row),
      },
    ],
    series: [curve('p50', 0.5), curve('p99', 0.99)],
    notes: [
      'Arrivals are evenly spaced. Nobody waits for the answer of somebody else: where no connection is free another one is opened, 8,000 at most.',
      `The generator wakes every millisecond and shares the cores with what it measures; at half load it sent 99% of its requests within ${ms(half && percentileMs(half.result.late, 0.99))} of their time.`,
    ],
    voids,
  };
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;

function row({ share, rate, result, goodput }: Step): string[] {
  const { buckets } = accepted(result);
  return [
    percent(share),
    digits(rate),
    digits(goodput),
    ...[0.5, 0.99, 0.999].map((of) => ms(percentileMs(buckets, of))),
    tally(result),
    ms(percentileMs(shed(result).buckets, 0.99)),
    String(result.asked - result.sent),
    String(result.connections),
    digits(result.cpuUs / 1e6 / result.seconds),
  ];
}
