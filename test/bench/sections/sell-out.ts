import { verdict } from '../claim-run.js';
import { accepted, openLoop, tally } from '../open-loop.js';
import { digits, spread, type Findings } from '../report.js';
import { measure } from '../statistics.js';
import type { Bench, Section } from './section.js';

const UNITS = 10_000;
const QUICK_UNITS = 2_000;
const DEMAND = 20;
const EVENTS_WAIT_MS = 60_000;

/** The drop itself. */
export const sellOutSection: Section = {
  name: 'sellout',
  what: `time to sell out S units under ${DEMAND} S demand`,
  quick: false,
  measure: measureSellOut,
};

async function measureSellOut({ system, args, say }: Bench): Promise<Findings> {
  await system.run({ CLAIM_DURABILITY: 'log' });
  const units = args.quick ? QUICK_UNITS : UNITS;
  const loops = Math.ceil((units * DEMAND) / args.connections);
  const asked = loops * args.connections;
  const tokens = await system.users.tokens(asked);
  const sold: number[] = [];
  const answered: number[] = [];
  const issued: number[] = [];
  const voids: string[] = [];
  let answers = '';
  for (let round = -1; round < args.rounds; round++) {
    const voucher = await system.openVoucher(units);
    const began = performance.now();
    const result = await openLoop(
      { port: system.app.port, method: 'POST', path: `/v1/vouchers/${voucher}/claims`, tokens },
      { users: args.connections, loops, rampMs: 0, ownToken: false },
    );
    const { count, lastS } = accepted(result);
    await system.awaitIssued(voucher, units);
    const issuedAfterS = (performance.now() - began) / 1_000;
    voids.push(...(await verdict(system, voucher, count)));
    if (count !== units) voids.push(`${count} of ${units} units were answered 202 under ${asked} requests`);
    if (result.broken > 0) voids.push(`${result.broken} connections broke`);
    await system.awaitEvents(EVENTS_WAIT_MS);
    if (round < 0) continue; // warms the process up
    sold.push(lastS);
    answered.push(result.seconds);
    issued.push(issuedAfterS);
    answers = tally(result);
    say(`sold out after ${digits(lastS)} s, all answered after ${digits(result.seconds)} s`);
  }
  return {
    figures: {
      'sellout.seconds': measure(sold).median,
      'sellout.answered.seconds': measure(answered).median,
    },
    tables: [
      {
        title: `${units} units, ${asked} users one after the other over ${args.connections} connections: median (range)`,
        head: ['', 'seconds'],
        rows: [
          ['last unit taken', spread(measure(sold))],
          ['last of them answered', spread(measure(answered))],
          ['all units issued, generator’s start and end included', spread(measure(issued))],
        ],
      },
    ],
    notes: [`Answers of the last run: ${answers}.`],
    voids,
  };
}
