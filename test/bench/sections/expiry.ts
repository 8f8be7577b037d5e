import { setTimeout as delay } from 'node:timers/promises';
import type { RowDataPacket } from 'mysql2/promise';
import { PlainError } from '../../harness/programs.js';
import type { BenchInstallation } from '../bench-installation.js';
import { verdict } from '../claim-run.js';
import { fill } from '../fill.js';
import { CpuMeter, usageOf } from '../processes.js';
import { digits, ms, type Findings } from '../report.js';
import { median } from '../statistics.js';
import { Transactions } from '../transactions.js';
import type { Bench, Section } from './section.js';

const CLAIMS = 1_000_000;
const QUICK_CLAIMS = 50_000;
/** Memory is compared with that of the first tenth, when a process has grown to what such work needs. */
const FIRST_SHARE = 0.1;
const LOOK_MS = 100;
const STILL_MS = 60_000;
const EVENTS_WAIT_MS = 600_000;

/** What it takes to store that the time of a great many claims is over. */
export const expirySection: Section = {
  name: 'expiry',
  what: `${digits(CLAIMS)} issued claims of one voucher expire: memory, and the longest transaction`,
  quick: false,
  measure: measureExpiry,
};

interface Look {
  readonly expired: number;
  readonly residentBytes: number;
}

async function measureExpiry({ system, args, say }: Bench): Promise<Findings> {
  await system.run({ CLAIM_DURABILITY: 'log' });
  const { voucherId, issued } = await fill(system, args.quick ? QUICK_CLAIMS : CLAIMS, args.connections);
  say(`${digits(issued)} claims are issued`);
  const transactions = new Transactions(system.database, system.stack.database.name);
  await transactions.prepare();
  await system.run({}); // a process that did nothing before
  await transactions.begin();
  const cpu = new CpuMeter(system.pids);
  const began = performance.now();
  const over = new Date(Date.now() + 2_000).toISOString();
  const terms = { closes_at: over, redeem_until: over, confirm: true };
  // Whatever version it has: nobody else edits.
  const request = { params: { id: voucherId }, headers: { 'if-match': '*' }, body: terms };
  await system.api.call('patch', '/v1/vouchers/{id}', request);
  const looks = await watch(system, voucherId, issued);
  const seconds = (performance.now() - began) / 1_000;
  const used = cpu.used();
  const steps = await transactions.end('UPDATE claim_expiry SET position');
  await system.awaitEvents(EVENTS_WAIT_MS);

  const peak = (of: readonly Look[]): number => Math.max(...of.map(({ residentBytes }) => residentBytes));
  const first = peak(looks.filter(({ expired }) => expired <= issued * FIRST_SHARE));
  const whole = peak(looks);
  const lengths = steps.map(({ ms: took }) => took);
  const longest = Math.max(...lengths);
  const expired = looks.at(-1)?.expired ?? 0;
  return {
    figures: {
      'expiry.memory.ratio': whole / first,
      'expiry.longest.ms': longest,
      'expiry.longest.claims': Math.max(...steps.map(({ claims }) => claims)),
      'expiry.perSecond': expired / seconds,
    },
    tables: [
      {
        title:
          'Transactions of the expiry, as the server timed them, from START TRANSACTION to the end of COMMIT',
        head: ['', ''],
        rows: [
          ['how many', digits(steps.length)],
          ['most claims in one', digits(Math.max(...steps.map(({ claims }) => claims)))],
          ['most rows written in one', digits(Math.max(...steps.map(({ rows }) => rows)))],
          ['median', ms(median(lengths))],
          ['longest', ms(longest)],
          ['of more than 1 s', String(lengths.filter((took) => took > 1_000).length)],
        ],
      },
      {
        title: `Resident memory of the application, looked at every ${LOOK_MS} ms: peak`,
        head: ['claims expired', 'MiB', 'of the first'],
        rows: [
          [`the first ${digits(issued * FIRST_SHARE)}`, digits(first / 2 ** 20), digits(1)],
          [`all ${digits(expired)}`, digits(whole / 2 ** 20), digits(whole / first)],
        ],
      },
      {
        title: 'CPU of an expiry, µs',
        head: ['', ''],
        rows: [...used].map(([name, us]) => [name, digits(us / expired)]),
      },
    ],
    notes: [
      `It took ${digits(seconds)} s, half of it rest. The server wrote each statement down meanwhile (its log of slow queries with ` +
        'every query), which its times and its CPU include.',
    ],
    voids: [
      ...(expired === issued ? [] : [`${expired} of ${issued} claims expired`]),
      ...(await verdict(system, voucherId, issued)),
    ],
  };
}

/** Looks at the process until all claims are stored as expired, or no more of them for a minute. */
async function watch(system: BenchInstallation, voucherId: string, issued: number): Promise<Look[]> {
  const looks: Look[] = [];
  let last = 0;
  for (let changed = performance.now(); last < issued; await delay(LOOK_MS)) {
    const [[row]] = await system.database.query<(RowDataPacket & { expired: number | string })[]>(
      'SELECT expired FROM claim_expiry WHERE voucher_id = ?',
      [voucherId],
    );
    const expired = Number(row?.expired ?? 0);
    if (expired !== last) changed = performance.now();
    last = expired;
    looks.push({ expired, residentBytes: usageOf(system.app.pid ?? 0).residentBytes });
    if (performance.now() - changed > STILL_MS)
      throw new PlainError(`the expiry stands at ${last} of ${issued}`);
  }
  return looks;
}
