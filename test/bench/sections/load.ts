import { setTimeout as delay } from 'node:timers/promises';
import { claimRun, verdict } from '../claim-run.js';
import { stolenSince } from '../machine.js';
import { accepted, openLoop, shed, tally, type OpenLoopResult } from '../open-loop.js';
import { digits, ms, spread, type Findings } from '../report.js';
import { measure, median, percentileMs, type Buckets } from '../statistics.js';
import { MOST_PER_SECOND, type Bench, type Section } from './section.js';

/** What the targets speak of: twice in each round, right after the peak that it is a share of. */
const JUDGED = [0.5, 2, 0.5, 2];
const SHARES = [0.1, 0.25, 0.75, 0.9, 1, 1.25, 1.5];
const WARM_UP_S = 4;
/** After one alone the next round still took a fifth more than the first. */
const WARM_UPS = 2;
const EVENTS_WAIT_MS = 60_000;
/** Of users that are too many, before its first request is due. */
const CROWD = 8_000;
/** A latency says nothing of the application while the machine below us gives its processors to others. */
const MOST_STOLEN = 0.05;
/** Measurements that are done again for that, of the whole section, and how long is waited before. */
const SET_ASIDE = 24;
const CALM_MS = 10_000;

/** Latency against offered load: users come at a constant rate, whatever the answers are. */
export const loadSection: Section = {
  name: 'load',
  what: 'latency against offered load, open loop, from 10% to 200% of the measured peak',
  quick: false,
  measure: measureLoad,
};

interface Step {
  readonly share: number;
  /** Claims a second, closed loop, of which the rate is a share. */
  readonly peak: number;
  readonly rate: number;
  readonly result: OpenLoopResult;
  readonly goodput: number;
  /** Of the processors' time, 0 to 1. */
  readonly stolen: number;
}

async function measureLoad({ system, args, say }: Bench): Promise<Findings> {
  await system.run({ CLAIM_DURABILITY: 'log' });
  const seconds = Math.max(args.seconds, WARM_UP_S);
  const tokens = await system.users.tokens(MOST_PER_SECOND * seconds);
  const options = { tokens, units: MOST_PER_SECOND * seconds };
  const voids: string[] = [];
  const run = async (share: number, peak: number): Promise<Step> => {
    const rate = Math.max(1, Math.round(peak * share));
    const voucher = await system.openVoucher(MOST_PER_SECOND * seconds * 2);
    const page = `/v1/vouchers/${voucher}`;
    const stolen = stolenSince();
    const result = await openLoop(
      { port: system.app.port, method: 'POST', path: `${page}/claims`, tokens },
      { rate, seconds: args.seconds, connections: share > 1 ? CROWD : args.connections, page },
    );
    const stolenPart = stolen();
    const { count, lastS } = accepted(result);
    await system.awaitIssued(voucher, count);
    voids.push(...(await verdict(system, voucher, count)));
    await system.awaitEvents(EVENTS_WAIT_MS);
    return {
      share,
      peak,
      rate,
      result,
      goodput: count / Math.max(result.seconds, lastS),
      stolen: stolenPart,
    };
  };
  for (let round = 0; round < WARM_UPS; round += 1) {
    const warmUp = await claimRun(system, { ...args, seconds: WARM_UP_S }, options);
    await system.awaitEvents(EVENTS_WAIT_MS);
    await run(Math.max(...JUDGED), warmUp.acceptedPerSecond); // refusals are warmed up as well
  }

  const steps: Step[] = [];
  const setAside: Step[] = [];
  const peaks: number[] = [];
  const step = async (share: number, peak: number): Promise<void> => {
    for (;;) {
      const found = await run(share, peak);
      const counts = found.stolen <= MOST_STOLEN || setAside.length === SET_ASIDE;
      say(`${percent(share)}  ${row(found).slice(1).join('  ')}${counts ? '' : '  set aside'}`);
      (counts ? steps : setAside).push(found);
      if (counts) return;
      await delay(CALM_MS);
    }
  };
  for (let round = 0; round < args.rounds; round += 1) {
    const { acceptedPerSecond: peak, voids: why } = await claimRun(system, args, options);
    await system.awaitEvents(EVENTS_WAIT_MS);
    voids.push(...why);
    peaks.push(peak);
    say(`peak ${digits(peak)}/s, closed loop`);
    for (const share of JUDGED) await step(share, peak);
  }
  for (const share of SHARES) await step(share, median(peaks));

  steps.sort((a, b) => a.share - b.share);
  const of = (share: number, value: (step: Step) => number | undefined): number =>
    median(steps.filter((one) => one.share === share).map((one) => value(one) ?? NaN));
  const p99 = ({ buckets }: { readonly buckets: Buckets }) => percentileMs(buckets, 0.99);
  const curve = (name: string, part: number) => ({
    name,
    points: [...new Set(steps.map(({ share }) => share))].flatMap((share) => {
      const value = of(share, ({ result }) => percentileMs(accepted(result).buckets, part));
      return Number.isNaN(value) ? [] : [[share, value] as const];
    }),
  });
  const head = [
    'offered',
    'a second',
    '202/s',
    'of the peak',
    'p50',
    'p99',
    'p99.9',
    'answers',
    'p99 of 503',
    'never sent',
    'connections',
    'generator, cores',
    'stolen',
  ];
  return {
    figures: {
      'load.peak': median(peaks),
      'load.half.p99': of(0.5, ({ result }) => p99(accepted(result))),
      'load.double.goodput': of(2, ({ goodput, peak }) => goodput / peak),
      'load.double.shed.p99': of(2, ({ result }) => p99(shed(result))),
    },
    tables: [
      {
        title: 'Latency from the moment a request was due',
        head,
        rows: steps.map(row),
      },
      ...(setAside.length > 0
        ? [{ title: 'Set aside, and measured again', head, rows: setAside.map(row) }]
        : []),
    ],
    series: [curve('p50', 0.5), curve('p99', 0.99)],
    notes: [
      `100% is what a closed loop of ${args.connections} connections took right before: ${spread(measure(peaks))} claims a second. Of 50% and 200% the median of the rounds counts.`,
      `Arrivals are evenly spaced. Up to the peak ${args.connections} connections are there before the first is due, above it ${CROWD}, and each has asked for the page of the drop once, as people do who wait for it; how they are opened is not measured. Where none is free another is opened, and that counts. Those that were used last are used first.`,
      `"stolen" is the part of the processors' time that the machine below this one gave to others meanwhile. Above ${percent(MOST_STOLEN)} a latency tells of that machine; the measurement is set aside, with what it found, and done again, ${SET_ASIDE} times in all at most.`,
      `The generator wakes every millisecond and shares the cores with what it measures; at half load it sent 99% of its requests within ${ms(of(0.5, ({ result }) => percentileMs(result.late, 0.99)))} of their time.`,
    ],
    voids,
  };
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;

function row({ share, peak, rate, result, goodput, stolen }: Step): string[] {
  const { buckets } = accepted(result);
  return [
    percent(share),
    digits(rate),
    digits(goodput),
    digits(goodput / peak),
    ...[0.5, 0.99, 0.999].map((of) => ms(percentileMs(buckets, of))),
    tally(result),
    ms(percentileMs(shed(result).buckets, 0.99)),
    String(result.asked - result.sent),
    String(result.connections),
    digits(result.cpuUs / 1e6 / result.seconds),
    percent(stolen),
  ];
}
