import { readFileSync } from 'node:fs';
import { PlainError } from '../../harness/programs.js';
import { pairedRuns, figure, type Candidate } from '../paired-runs.js';
import { CpuMeter } from '../processes.js';
import { digits, ms, spread, type Findings } from '../report.js';
import { ratio } from '../statistics.js';
import { closedLoop, type ClosedLoopResult } from '../wrk.js';
import type { Bench, Section } from './section.js';

interface ReadsRun extends ClosedLoopResult {
  /** CPU of the process that answers, µs an answer. */
  readonly cpuUs: number;
}

const UNITS = 1_000;
const WARM_UP_S = 2;

/** What everybody does until the drop opens. */
export const readsSection: Section = {
  name: 'reads',
  what: 'reads of the page of a drop, by everybody, and of a claim by its holder, beside F0',
  quick: false,
  measure: measureReads,
};

async function measureReads({ system, args, say }: Bench): Promise<Findings> {
  await system.run({ CLAIM_DURABILITY: 'log' });
  const voucher = await system.openVoucher(UNITS);
  const f0 = await system.baseline('f0');
  const tokens = await system.users.tokens(1);
  const claim = await claimedWith(system.app.port, voucher, readFileSync(tokens, 'utf8').trim());
  await system.awaitIssued(voucher, 1);
  const { port } = system.app;
  const app = [system.app.pid ?? 0];
  const pages = [
    { name: 'F0', pids: [f0.pid], port: f0.port, path: `/v1/vouchers/${voucher}` },
    { name: 'voucher', pids: app, port, path: `/v1/vouchers/${voucher}` },
    { name: 'remaining stock', pids: app, port, path: `/v1/vouchers/${voucher}/availability` },
    { name: 'list', pids: app, port, path: '/v1/vouchers' },
    { name: 'status', pids: app, port, path: `/v1/claims/${claim}`, tokens },
  ];
  const candidates = pages.map(({ name, pids, ...target }): Candidate<ReadsRun> => {
    const run = async (seconds: number): Promise<ReadsRun> => {
      const cpu = new CpuMeter(new Map([[name, pids]]));
      const result = await closedLoop({ ...target, method: 'GET' }, { ...args, seconds });
      return { ...result, cpuUs: (cpu.used().get(name) ?? 0) / result.answers };
    };
    return { name, warmUp: async () => void (await run(WARM_UP_S)), measure: () => run(args.seconds) };
  });
  const perSecond = (run: ReadsRun): number => (run.answers - run.refused) / run.seconds;
  const runs = await pairedRuns(candidates, args.rounds, (name, run) =>
    say(
      `${name.padEnd(16)} ${digits(perSecond(run)).padStart(7)}/s  p50 ${ms(run.p50)}, p99 ${ms(run.p99)}, ${digits(run.cpuUs)} µs`,
    ),
  );
  const baseline = figure(runs, 'F0', perSecond);
  const refused = pages.filter(({ name }) => figure(runs, name, (run) => run.refused).most > 0);
  return {
    figures: Object.fromEntries(
      pages.map(({ name }) => [
        `reads.${name.replaceAll(' ', '_')}.ratio.f0`,
        ratio(figure(runs, name, perSecond), baseline),
      ]),
    ),
    tables: [
      {
        title: 'Reads a second, closed loop: median (range)',
        head: ['', 'a second', 'of F0', 'p50', 'p99', 'p99.9', 'CPU, µs an answer'],
        rows: pages.map(({ name }) => [
          name,
          spread(figure(runs, name, perSecond)),
          digits(ratio(figure(runs, name, perSecond), baseline)),
          ...(['p50', 'p99', 'p999'] as const).map((of) => ms(figure(runs, name, (run) => run[of]).median)),
          spread(figure(runs, name, ({ cpuUs }) => cpuUs)),
        ]),
      },
    ],
    notes: [],
    voids: refused.map(({ name }) => `${name} was refused to some`),
  };
}

/** @returns the id of a claim. @throws PlainError where it is refused */
async function claimedWith(port: number, voucher: string, token: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/vouchers/${voucher}/claims`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  if (answer.status !== 202)
    throw new PlainError(`a claim was answered ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { id: string }).id;
}
