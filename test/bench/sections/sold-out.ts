import { setTimeout as delay } from 'node:timers/promises';
import { added, outcomes } from '../app-metrics.js';
import { verdict } from '../claim-run.js';
import { pairedRuns, figure, type Candidate } from '../paired-runs.js';
import { digits, ms, spread, type Findings } from '../report.js';
import { ratio } from '../statistics.js';
import { closedLoop, type ClosedLoopResult, type Target } from '../wrk.js';
import { MOST_PER_SECOND, type Bench, type Section } from './section.js';

const UNITS = 1_000;
const WARM_UP_S = 3;
const SOLD_OUT_WAIT_MS = 10_000;
const EVENTS_WAIT_MS = 60_000;

interface Run {
  readonly perSecond: number;
  readonly load: ClosedLoopResult;
}

/** Users who come too late, and users who have theirs already: the answers of which a drop gives most. */
export const soldOutSection: Section = {
  name: 'soldout',
  what: 'refusals of those who come too late, and of those who hold a claim, beside F0',
  quick: true,
  measure: measureSoldOut,
};

async function measureSoldOut({ system, args, say }: Bench): Promise<Findings> {
  await system.run({ CLAIM_DURABILITY: 'log' });
  const seconds = Math.max(args.seconds, WARM_UP_S);
  const tokens = await system.users.tokens(MOST_PER_SECOND * seconds);
  const soldOut = await system.openVoucher(UNITS);
  const held = await system.openVoucher(MOST_PER_SECOND * seconds);
  const claims = (voucherId: string): string => `/v1/vouchers/${voucherId}/claims`;
  const ask = (target: Omit<Target, 'method' | 'tokens'>, wanted: number): Promise<ClosedLoopResult> =>
    closedLoop({ ...target, method: 'POST', tokens }, { ...args, seconds: wanted });

  // The first get all of it; whoever holds a claim is told so, so the ones to be refused come after them.
  const sold = await ask({ port: system.app.port, path: claims(soldOut) }, 1);
  await ask({ port: system.app.port, path: claims(held) }, 2);
  const holders = await system.awaitIssued(held, Infinity, 2_000);
  await system.awaitEvents(EVENTS_WAIT_MS);
  const f0 = await system.baseline('f0');
  const before = await system.samples();
  const candidates: Candidate<Run>[] = [
    { name: 'F0', port: f0.port, path: claims(soldOut), first: 0 },
    { name: 'sold out', port: system.app.port, path: claims(soldOut), first: sold.sent },
    { name: 'duplicate', port: system.app.port, path: claims(held), first: 0 },
  ].map(({ name, ...target }) => {
    const run = async (wanted: number): Promise<Run> => {
      const load = await ask(target, wanted);
      // A window of the limit on claims goes by, else the next run would meet the users of this one too soon.
      if (name !== 'F0') await delay(args.quick ? 0 : 1_000);
      return { load, perSecond: load.refused / load.seconds };
    };
    const warmUpS = args.quick ? 1 : seconds;
    return { name, warmUp: async () => void (await run(warmUpS)), measure: () => run(args.seconds) };
  });
  const runs = await pairedRuns(candidates, args.rounds, (name, { perSecond, load }) =>
    say(`${name.padEnd(9)} ${digits(perSecond).padStart(7)}/s  p50 ${ms(load.p50)}, p99 ${ms(load.p99)}`),
  );
  const heard = outcomes(added(before, await system.samples()));
  await system.awaitIssued(soldOut, UNITS, SOLD_OUT_WAIT_MS);
  const f0Rate = figure(runs, 'F0', (run) => run.perSecond);
  const rate = (name: string) => figure(runs, name, (run) => run.perSecond);
  const names = candidates.map(({ name }) => name);
  return {
    figures: {
      'soldout.f0': f0Rate.median,
      'soldout.refusals': rate('sold out').median,
      'soldout.ratio.f0': ratio(rate('sold out'), f0Rate),
      'duplicate.refusals': rate('duplicate').median,
      'duplicate.ratio.f0': ratio(rate('duplicate'), f0Rate),
    },
    tables: [
      {
        title: 'Refusals a second, closed loop: median (range)',
        head: ['', 'a second', 'of F0', 'p50', 'p99', 'p99.9'],
        rows: names.map((name) => [
          name,
          spread(rate(name)),
          digits(ratio(rate(name), f0Rate)),
          ...(['p50', 'p99', 'p999'] as const).map((of) =>
            ms(figure(runs, name, (run) => run.load[of]).median),
          ),
        ]),
      },
      {
        title: 'What the application answered, warm-up and all',
        head: ['outcome', 'answers'],
        rows: [...heard].map(([outcome, count]) => [outcome, String(count)]),
      },
    ],
    notes: [
      `${UNITS} units were sold before; ${holders} users held a claim of the other voucher when they asked again.`,
    ],
    voids: [...(await verdict(system, soldOut, UNITS)), ...(await verdict(system, held, 0))],
  };
}
