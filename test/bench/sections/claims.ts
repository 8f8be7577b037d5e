import { claimRun, type ClaimRun } from '../claim-run.js';
import { pairedRuns, figure, type Candidate } from '../paired-runs.js';
import type { BaselineName } from '../baseline.js';
import { digits, ms, spread, type Findings, type Table } from '../report.js';
import { measure, median, ratio } from '../statistics.js';
import { closedLoop, type ClosedLoopResult } from '../wrk.js';
import { MOST_PER_SECOND, type Bench, type Section } from './section.js';

const WARM_UP_S = 3;
const EVENTS_WAIT_MS = 60_000;

/** One measurement of a candidate, baseline or system. */
interface Run {
  readonly perSecond: number;
  readonly load: ClosedLoopResult;
  readonly claims?: ClaimRun;
}

const claims = (name: string, durability: 'log' | 'gate', baselines: readonly BaselineName[]): Section => ({
  name,
  what: `claims with CLAIM_DURABILITY=${durability}, each by a different user, beside ${baselines.map((baseline) => baseline.toUpperCase()).join(', ')}`,
  quick: true,
  // No target speaks of F1b.
  measure: (bench) =>
    measureClaims(
      bench,
      name,
      durability,
      bench.args.quick ? baselines.filter((baseline) => baseline !== 'f1b') : baselines,
    ),
});

export const claimsSection = claims('claims', 'log', ['f0', 'f1', 'f1b']);
export const gateSection = claims('gate', 'gate', ['f1']);

async function measureClaims(
  bench: Bench,
  section: string,
  durability: 'log' | 'gate',
  baselines: readonly BaselineName[],
): Promise<Findings> {
  const { system, args, say } = bench;
  await system.run({ CLAIM_DURABILITY: durability });
  const tokens = await system.users.tokens(MOST_PER_SECOND * Math.max(args.seconds, WARM_UP_S));
  const candidates = [
    ...(await Promise.all(baselines.map((baseline) => floorContestant(bench, baseline, tokens)))),
    systemContestant(bench, durability, tokens),
  ];
  const runs = await pairedRuns(candidates, args.rounds, (name, { perSecond, load }) =>
    say(`${name.padEnd(6)} ${digits(perSecond).padStart(7)}/s  p50 ${ms(load.p50)}, p99 ${ms(load.p99)}`),
  );
  const ours = (runs.get(durability) ?? []).flatMap((run) => run.claims ?? []);
  const accepted = figure(runs, durability, (run) => run.perSecond);
  const issued = measure(ours.map((run) => run.issuedPerSecond));
  const ratios = baselines.map(
    (baseline) =>
      [
        baseline,
        ratio(
          accepted,
          figure(runs, baseline, (run) => run.perSecond),
        ),
      ] as const,
  );
  const latency = (name: string, of: 'p50' | 'p90' | 'p99' | 'p999'): string =>
    ms(figure(runs, name, (run) => run.load[of]).median);
  return {
    figures: {
      [`${section}.accepted`]: accepted.median,
      [`${section}.issued`]: issued.median,
      ...Object.fromEntries(
        baselines.map((baseline) => [
          `${section}.${baseline}`,
          figure(runs, baseline, (run) => run.perSecond).median,
        ]),
      ),
      ...Object.fromEntries(ratios.map(([baseline, value]) => [`${section}.ratio.${baseline}`, value])),
      [`${section}.issued.ratio.f1`]: ratio(
        issued,
        figure(runs, 'f1', (run) => run.perSecond),
      ),
      [`${section}.cpu.application`]: median(ours.map(({ cpuUs }) => cpuUs.get('application') ?? 0)),
      [`${section}.cpu.database`]: median(
        ours.map(({ cpuUs }) => cpuUs.get(system.stack.database.name) ?? 0),
      ),
    },
    tables: [
      {
        title: 'Answers a second, closed loop: median (range)',
        head: ['', 'a second', `${durability} is of it`, 'p50', 'p90', 'p99', 'p99.9'],
        rows: [...baselines, durability].map((name) => [
          name === durability ? `application, ${durability}` : name.toUpperCase(),
          spread(figure(runs, name, (run) => run.perSecond)),
          digits(ratios.find(([baseline]) => baseline === name)?.[1] ?? 1),
          latency(name, 'p50'),
          latency(name, 'p90'),
          latency(name, 'p99'),
          latency(name, 'p999'),
        ]),
      },
      claimTable(ours, issued),
    ],
    notes: [],
    voids: ours.flatMap((run) => run.voids),
  };
}

function claimTable(runs: readonly ClaimRun[], issued: ReturnType<typeof measure>): Table {
  const of = (value: (run: ClaimRun) => number | undefined): string =>
    spread(measure(runs.map((run) => value(run) ?? 0)));
  const names = new Set(runs.flatMap(({ cpuUs }) => [...cpuUs.keys()]));
  const stages = new Set(runs.flatMap(({ batches }) => [...batches.keys()]));
  const outcomes = new Set(runs.flatMap((run) => [...run.outcomes.keys()]));
  return {
    title: 'What a claim costs, from the request to its row: median (range)',
    head: ['', ''],
    rows: [
      ['accepted to 202, a second', of((run) => run.acceptedPerSecond)],
      ['accepted and issued, a second', spread(issued)],
      ...[...names].map((name) => [`CPU of ${name}, µs a claim`, of((run) => run.cpuUs.get(name))]),
      ...[...stages].map((stage) => [`batch at ${stage}, claims`, of((run) => run.batches.get(stage))]),
      ...[...outcomes].map((outcome) => [`answered ${outcome}`, of((run) => run.outcomes.get(outcome))]),
    ],
  };
}

async function floorContestant(
  { system, args }: Bench,
  name: BaselineName,
  tokens: string,
): Promise<Candidate<Run>> {
  const { port } = await system.baseline(name);
  const run = async (seconds: number): Promise<Run> => {
    await system.redis.unlink('baseline:users', 'baseline:pending');
    await system.redis.set('baseline:stock', 1_000_000_000);
    const load = await closedLoop(
      { port, method: 'POST', path: '/v1/vouchers/vch_0000000000000000/claims', tokens },
      { ...args, seconds },
    );
    return { load, perSecond: load.answers / load.seconds };
  };
  const warmUpS = args.quick ? 1 : WARM_UP_S;
  return { name, warmUp: async () => void (await run(warmUpS)), measure: () => run(args.seconds) };
}

function systemContestant({ system, args }: Bench, name: string, tokens: string): Candidate<Run> {
  const run = async (seconds: number): Promise<Run> => {
    const units = MOST_PER_SECOND * seconds;
    const claims = await claimRun(system, { ...args, seconds }, { tokens, units });
    await system.awaitEvents(EVENTS_WAIT_MS);
    return { claims, load: claims.load, perSecond: claims.acceptedPerSecond };
  };
  return {
    name,
    warmUp: async () => void (await run(Math.max(WARM_UP_S, args.seconds))),
    measure: () => run(args.seconds),
  };
}
