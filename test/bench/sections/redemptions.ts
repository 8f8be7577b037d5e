import { join } from 'node:path';
import { claimRun, verdict } from '../claim-run.js';
import { figure, pairedRuns, type Candidate } from '../paired-runs.js';
import { CpuMeter } from '../processes.js';
import { digits, ms, spread, type Findings } from '../report.js';
import { measure, ratio } from '../statistics.js';
import { writeLines } from '../tokens.js';
import { closedLoop, type ClosedLoopResult } from '../wrk.js';
import { MOST_PER_SECOND, type Bench, type Section } from './section.js';
import { claimRows } from '../../harness/claim-rows.js';

/** Cashiers who work at once; each redeems the next code as soon as the one before is answered. */
const CONNECTIONS = 100;
/** Redemptions that a machine of this kind makes at most in a second, with room. */
const MOST_REDEMPTIONS = 6_000;
const EVENTS_WAIT_MS = 60_000;

/** How fast codes are redeemed, all of them distinct, beside one transaction a redemption. */
export const redemptionsSection: Section = {
  name: 'redemptions',
  what: `${CONNECTIONS} cashiers who redeem distinct codes, beside F5`,
  quick: false,
  measure: measureRedemptions,
};

interface Run {
  readonly perSecond: number;
  readonly load: ClosedLoopResult;
  readonly cpuUs: ReadonlyMap<string, number>;
}

/** Codes in a file of bodies. Whoever redeems some takes those behind the ones that were redeemed before. */
class Codes {
  private next = 0;

  constructor(
    readonly file: string,
    readonly count: number,
    private readonly token: string,
  ) {}

  async redeem(port: number, bench: Bench, seconds: number): Promise<Run> {
    const cpu = new CpuMeter(bench.system.pids);
    const load = await closedLoop(
      {
        port,
        method: 'POST',
        path: '/v1/redemptions',
        bodies: { file: this.file, token: this.token },
        first: this.next,
      },
      { connections: CONNECTIONS, threads: bench.args.threads, seconds },
    );
    // What was sent last may have been redeemed though its answer was not waited for.
    this.next += load.sent;
    const cpuUs = new Map([...cpu.used()].map(([name, us]) => [name, us / load.answers]));
    return { load, perSecond: (load.answers - load.refused) / load.seconds, cpuUs };
  }

  /** Why the runs of this candidate count for nothing. */
  voids(name: string, runs: readonly Run[]): string[] {
    const refused = runs.reduce((sum, { load }) => sum + load.refused + load.broken, 0);
    return [
      ...(refused > 0 ? [`${name}: ${refused} redemptions were refused or broken`] : []),
      ...(this.next > this.count ? [`${name}: there were too few codes`] : []),
    ];
  }
}

async function measureRedemptions(bench: Bench): Promise<Findings> {
  const { system, args, say } = bench;
  await system.run({});
  const runsOfEach = 2 * args.rounds + 1;
  const wanted = MOST_REDEMPTIONS * args.seconds * runsOfEach;
  const voucherId = await issue(bench, wanted);
  const claims = await claimRows(async (sql, values) => (await system.database.query(sql, values))[0], {
    voucherId,
  });
  // In no order of the rows.
  const rows = claims.filter(({ status }) => status === 'issued').sort((a, b) => (a.id < b.id ? -1 : 1));
  const file = join(system.folder, 'codes.txt');
  await writeLines(file, rows.length, (n) => JSON.stringify({ code: rows[n]?.code }));
  say(`${digits(rows.length)} codes`);

  const codes = (): Codes => new Codes(file, rows.length, system.merchantToken);
  // It copies the claims as they are: all of them issued.
  const { port } = await system.baseline('f5');
  const [theirs, ours] = [codes(), codes()];
  const candidates: Candidate<Run>[] = [
    {
      name: 'f5',
      warmUp: async () => void (await theirs.redeem(port, bench, args.seconds)),
      measure: () => theirs.redeem(port, bench, args.seconds),
    },
    {
      name: 'redemptions',
      warmUp: async () => void (await ours.redeem(system.app.port, bench, args.seconds)),
      measure: async () => {
        const run = await ours.redeem(system.app.port, bench, args.seconds);
        await system.awaitEvents(EVENTS_WAIT_MS);
        return run;
      },
    },
  ];
  const runs = await pairedRuns(candidates, args.rounds, (name, { perSecond, load }) =>
    say(`${name.padEnd(12)} ${digits(perSecond).padStart(7)}/s  p50 ${ms(load.p50)}, p99 ${ms(load.p99)}`),
  );
  const rate = (name: string) => figure(runs, name, (run) => run.perSecond);
  const latency = (name: string, of: 'p50' | 'p99'): string =>
    ms(figure(runs, name, (run) => run.load[of]).median);
  const own = runs.get('redemptions') ?? [];
  const cpu = (name: string): string => spread(measure(own.map(({ cpuUs }) => cpuUs.get(name) ?? 0)));
  const beside = ratio(rate('redemptions'), rate('f5'));
  return {
    figures: {
      'redemptions.perSecond': rate('redemptions').median,
      'redemptions.f5': rate('f5').median,
      'redemptions.ratio.f5': beside,
    },
    tables: [
      {
        title: 'Redemptions a second, closed loop: median (range)',
        head: ['', 'a second', 'of F5', 'p50', 'p99'],
        rows: [
          ['F5', spread(rate('f5')), digits(1), latency('f5', 'p50'), latency('f5', 'p99')],
          [
            'application',
            spread(rate('redemptions')),
            digits(beside),
            latency('redemptions', 'p50'),
            latency('redemptions', 'p99'),
          ],
        ],
      },
      {
        title: 'CPU of a redemption, µs: median (range)',
        head: ['', ''],
        rows: [...(own[0]?.cpuUs.keys() ?? [])].map((name) => [name, cpu(name)]),
      },
    ],
    notes: [
      'The application writes an event and an entry of the audit log with each redemption; those that arrive in one turn of the event ' +
        'loop share a transaction ([ADR 0042](adr/0042-redemption.md)).',
    ],
    connections: CONNECTIONS,
    voids: [
      ...theirs.voids('F5', runs.get('f5') ?? []),
      ...ours.voids('application', own),
      ...(await verdict(system, voucherId, 0)),
    ],
  };
}

/** Claims as many units as are to be redeemed, and a few more. @returns the voucher that they are of */
async function issue(bench: Bench, wanted: number): Promise<string> {
  const { system, args, say } = bench;
  const tokens = await system.users.tokens(wanted);
  for (let seconds = Math.ceil(wanted / 5_000); ; seconds *= 2) {
    const { voucherId, issued } = await claimRun(
      system,
      { ...args, seconds },
      { tokens, units: Math.min(wanted, MOST_PER_SECOND * seconds) },
    );
    await system.awaitEvents(EVENTS_WAIT_MS);
    if (issued >= wanted || seconds > 60) return voucherId;
    say(`only ${digits(issued)} claims in ${seconds} s`);
  }
}
