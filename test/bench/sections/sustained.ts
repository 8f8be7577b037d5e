import { setTimeout as delay } from 'node:timers/promises';
import { claimRun, verdict } from '../claim-run.js';
import { accepted, openLoop, tally } from '../open-loop.js';
import { digits, ms, type Findings } from '../report.js';
import { measure, percentileMs, ratio } from '../statistics.js';
import { closedLoop } from '../wrk.js';
import { MOST_PER_SECOND, type Bench, type Section } from './section.js';

const MINUTE_S = 60;
const QUICK_S = 10;
const CALIBRATION_S = 5;
const CALIBRATIONS = 3;
const EVENTS_WAIT_MS = 60_000;
/** Below what the calibration says, for the noise of a shared machine: a queue that only grows is not sustained. */
const SHARE = 0.95;

/** A minute in which as much is issued as is accepted. */
export const sustainedSection: Section = {
  name: 'sustained',
  what: 'claims accepted and issued a second, sustained for a minute, beside F1',
  quick: false,
  measure: measureSustained,
};

async function measureSustained({ system, args, say }: Bench): Promise<Findings> {
  await system.run({ CLAIM_DURABILITY: 'log' });
  const seconds = args.quick ? QUICK_S : MINUTE_S;
  const tokens = await system.users.tokens(MOST_PER_SECOND * CALIBRATION_S);
  const f1 = await system.baseline('f1');
  const baseline = async (): Promise<number> => {
    await system.redis.unlink('baseline:users', 'baseline:pending');
    await system.redis.set('baseline:stock', 1_000_000_000);
    const path = '/v1/vouchers/vch_0000000000000000/claims';
    const load = await closedLoop({ port: f1.port, method: 'POST', path, tokens }, args);
    return load.answers / load.seconds;
  };

  await baseline(); // warms it up
  const baselines = [await baseline()];
  const voids: string[] = [];
  const calibrated: number[] = [];
  for (let run = 0; run < CALIBRATIONS; run++) {
    const units = MOST_PER_SECOND * CALIBRATION_S;
    const found = await claimRun(system, { ...args, seconds: CALIBRATION_S }, { tokens, units });
    voids.push(...found.voids);
    if (run > 0) calibrated.push(found.issuedPerSecond); // the first warms the process up
    await system.awaitEvents(EVENTS_WAIT_MS);
  }
  const rate = Math.round(measure(calibrated).median * SHARE);
  say(`offering ${digits(rate)}/s for ${seconds} s`);
  const users = await system.users.tokens(rate * seconds);
  const voucher = await system.openVoucher(rate * seconds * 2);
  const target = {
    port: system.app.port,
    method: 'POST' as const,
    path: `/v1/vouchers/${voucher}/claims`,
    tokens: users,
  };
  const ending = openLoop(target, { rate, seconds, connections: args.connections });
  // The minute begins with the first row: until then the generator reads its tokens and connects.
  while ((await system.issued(voucher)) === 0) await delay(5);
  const began = performance.now();
  await delay(seconds * 1_000 - (performance.now() - began));
  const issuedInTime = await system.issued(voucher);
  const tookS = (performance.now() - began) / 1_000;
  const result = await ending;
  const { count, buckets } = accepted(result);
  await system.awaitIssued(voucher, count);
  const caughtUpS = (performance.now() - began) / 1_000 - seconds;
  voids.push(...(await verdict(system, voucher, count)));
  baselines.push(await baseline());
  const issued = measure([issuedInTime / tookS]);
  return {
    figures: {
      'sustained.issued': issued.median,
      'sustained.f1': measure(baselines).median,
      'sustained.ratio.f1': ratio(issued, measure(baselines)),
    },
    tables: [
      {
        title: `${seconds} s at a constant rate of ${digits(rate)} claims/s`,
        head: ['', ''],
        rows: [
          ['answers', tally(result)],
          ['accepted a second', digits(count / result.seconds)],
          ['issued a second, at the end of the time', digits(issued.median)],
          ['not yet issued then', String(Math.max(0, count - issuedInTime))],
          ['all issued after another, s', digits(Math.max(0, caughtUpS))],
          ['p50, p99 of 202', `${ms(percentileMs(buckets, 0.5))}, ${ms(percentileMs(buckets, 0.99))}`],
          ['F1 before and after', baselines.map(digits).join(', ')],
        ],
      },
    ],
    notes: [
      `Offered is ${SHARE} of what ${CALIBRATION_S} s of claims took until all were issued, in the mean.`,
    ],
    voids,
  };
}
