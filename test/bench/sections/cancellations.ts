import { setTimeout as delay } from 'node:timers/promises';
import type { Schemas } from '../../../clients/typescript/src/index.js';
import { PlainError } from '../../harness/programs.js';
import type { BenchInstallation } from '../bench-installation.js';
import { claimRun, verdict, type ClaimRun } from '../claim-run.js';
import { fill } from '../fill.js';
import { figure, pairedRuns, type Candidate } from '../paired-runs.js';
import { CpuMeter } from '../processes.js';
import { digits, ms, spread, type Findings } from '../report.js';
import { ratio } from '../statistics.js';
import { MOST_PER_SECOND, type Bench, type Section } from './section.js';

const CLAIMS = 100_000;
const QUICK_CLAIMS = 10_000;
const WARM_UP_CLAIMS = 10_000;
/** More than the job cancels in a second, so that it is under way as long as others claim. */
const MOST_CANCELLED = 8_000;
const EVENTS_WAIT_MS = 300_000;
/** The job takes one batch after the other, so it is silent for a moment only. */
const SILENT_MS = 60_000;

/** What it costs to cancel the claims of a voucher, and what those notice who claim another one meanwhile. */
export const cancellationsSection: Section = {
  name: 'cancellations',
  what: `${digits(CLAIMS)} claims of a voucher cancelled by the job, beside claiming them; claims of another voucher meanwhile`,
  quick: false,
  measure: measureCancellations,
};

type Progress = Schemas['Cancellation'];

async function measureCancellations({ system, args, say }: Bench): Promise<Findings> {
  await system.run({ CLAIM_DURABILITY: 'log' });
  const database = system.stack.database.name;
  const voids: string[] = [];
  const cancelAll = async (claims: number) => {
    const filled = await fill(system, claims, args.connections);
    const cpu = new CpuMeter(system.pids);
    const began = performance.now();
    const { cancelled } = await finished(system, filled.voucherId, await begin(system, filled.voucherId));
    const seconds = (performance.now() - began) / 1_000;
    await system.awaitEvents(EVENTS_WAIT_MS);
    const cpuUs = new Map([...cpu.used()].map(([name, us]) => [name, us / cancelled]));
    voids.push(...(await verdict(system, filled.voucherId, 0)));
    if (cancelled !== filled.issued) voids.push(`${cancelled} of ${filled.issued} claims were cancelled`);
    return { claimUs: filled.cpuUs, cancelUs: cpuUs, seconds, cancelled };
  };
  await cancelAll(WARM_UP_CLAIMS);
  const alone = await cancelAll(args.quick ? QUICK_CLAIMS : CLAIMS);
  const both = (us: ReadonlyMap<string, number>): number =>
    (us.get('application') ?? NaN) + (us.get(database) ?? NaN);
  const [claimUs, cancelUs] = [both(alone.claimUs), both(alone.cancelUs)];
  say(`${digits(cancelUs)} µs a cancellation, ${digits(claimUs)} µs a claim, ${digits(alone.seconds)} s`);

  const units = MOST_PER_SECOND * args.seconds;
  const tokens = await system.users.tokens(units);
  const claim = (): Promise<ClaimRun> => claimRun(system, args, { tokens, units });
  const slice = MOST_CANCELLED * args.seconds;
  const other = await fill(system, slice * 2 * args.rounds, args.connections);
  const cancelledMeanwhile: number[] = [];
  let slices = 0;
  const beside = async (): Promise<ClaimRun> => {
    const from = slice * slices++;
    const filter = { sequence_from: from + 1, sequence_to: from + slice };
    const { id } = await begin(system, other.voucherId, filter);
    await progressed(system, other.voucherId, id);
    const before = await find(system, other.voucherId, id);
    const run = await claim();
    const after = await find(system, other.voucherId, id);
    if (after.status === 'done') voids.push('the cancellation was over before the claims beside it');
    cancelledMeanwhile.push(after.cancelled - before.cancelled);
    await finished(system, other.voucherId, after);
    return run;
  };
  const settled = async (run: () => Promise<ClaimRun>): Promise<ClaimRun> => {
    const found = await run();
    await system.awaitEvents(EVENTS_WAIT_MS);
    return found;
  };
  const candidates: Candidate<ClaimRun>[] = [
    { name: 'alone', warmUp: async () => void (await settled(claim)), measure: () => settled(claim) },
    { name: 'beside', warmUp: async () => undefined, measure: () => settled(beside) },
  ];
  const runs = await pairedRuns(candidates, args.rounds, (name, run) =>
    say(`${name.padEnd(7)} ${digits(run.acceptedPerSecond)}/s, p99 ${ms(run.load.p99)}`),
  );
  voids.push(...[...runs.values()].flat().flatMap((run) => run.voids));
  voids.push(...(await verdict(system, other.voucherId, 0)));
  const acceptedRate = (name: string) => figure(runs, name, (run) => run.acceptedPerSecond);
  const issuedRate = (name: string) => figure(runs, name, (run) => run.issuedPerSecond);
  return {
    figures: {
      'cancellations.cpu.ratio': cancelUs / claimUs,
      'cancellations.claims.ratio': ratio(acceptedRate('beside'), acceptedRate('alone')),
      'cancellations.claims.issued.ratio': ratio(issuedRate('beside'), issuedRate('alone')),
    },
    tables: [
      {
        title: 'CPU, µs, until the event is sent',
        head: ['', 'a claim', 'a cancellation', 'of a claim'],
        rows: [
          ...[...alone.claimUs.keys()].map((name) => {
            const [one, other_] = [alone.claimUs.get(name) ?? NaN, alone.cancelUs.get(name) ?? NaN];
            return [name, digits(one), digits(other_), digits(other_ / one)];
          }),
          ['application and database', digits(claimUs), digits(cancelUs), digits(cancelUs / claimUs)],
        ],
      },
      {
        title: 'Claims of another voucher, closed loop: median (range)',
        head: ['', 'accepted a second', 'of alone', 'issued a second', 'of alone', 'p50', 'p99'],
        rows: ['alone', 'beside'].map((name) => [
          name === 'alone' ? 'alone' : 'while the job cancels',
          spread(acceptedRate(name)),
          digits(ratio(acceptedRate(name), acceptedRate('alone'))),
          spread(issuedRate(name)),
          digits(ratio(issuedRate(name), issuedRate('alone'))),
          ms(figure(runs, name, (run) => run.load.p50).median),
          ms(figure(runs, name, (run) => run.load.p99).median),
        ]),
      },
    ],
    notes: [
      `${digits(alone.cancelled)} claims cancelled in ${digits(alone.seconds)} s with nothing beside, half of it rest; ` +
        `${cancelledMeanwhile.map(digits).join(', ')} while others claimed.`,
    ],
    voids,
  };
}

const begin = (system: BenchInstallation, voucherId: string, filter: object = {}): Promise<Progress> =>
  system.api.call('post', '/v1/vouchers/{id}/cancellations', {
    params: { id: voucherId },
    body: { filter, reason: 'measured' },
  });

const find = (system: BenchInstallation, voucherId: string, id: string): Promise<Progress> =>
  system.api.call('get', '/v1/vouchers/{id}/cancellations/{cancellation}', {
    params: { id: voucherId, cancellation: id },
  });

/** Waits until the job has begun with it. */
async function progressed(system: BenchInstallation, voucherId: string, id: string): Promise<void> {
  const until = performance.now() + SILENT_MS;
  while ((await find(system, voucherId, id)).cancelled === 0) {
    if (performance.now() > until) throw new PlainError('the job does not begin with a cancellation');
    await delay(20);
  }
}

async function finished(
  system: BenchInstallation,
  voucherId: string,
  { id, cancelled }: Progress,
): Promise<Progress> {
  let seen = cancelled;
  for (let changed = performance.now(); ; await delay(250)) {
    const now = await find(system, voucherId, id);
    if (now.status === 'done') return now;
    if (now.cancelled !== seen) changed = performance.now();
    seen = now.cancelled;
    if (performance.now() - changed > SILENT_MS) throw new PlainError(`a cancellation stands at ${seen}`);
  }
}
