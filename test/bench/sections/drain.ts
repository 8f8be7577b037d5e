import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ROOT } from '../../../src/common/root.js';
import { inherited } from '../../../src/cli/demo/server.js';
import { verdict } from '../claim-run.js';
import { generateClaims } from '../generated-claims.js';
import { pairedRuns, figure, type Candidate } from '../paired-runs.js';
import { CpuMeter } from '../processes.js';
import { digits, spread, type Findings } from '../report.js';
import { ratio } from '../statistics.js';
import { closedLoop } from '../wrk.js';
import { MOST_PER_SECOND, onFullTable, type Bench, type Section } from './section.js';

const run = promisify(execFile);
/** Below the time after which Kafka gives up a consumer that is silent, 10 s. */
const MOST_STOPPED_S = 6;
/** Else the backlog is gone before a rate can be told. */
const LEAST_S = 4;

/** How fast the consumer makes rows of what is in the log. */
export const drainSection: Section = {
  name: 'drain',
  what: 'a consumer on a backlog, beside F4',
  quick: false,
  measure: measureDrain,
};

interface Run {
  readonly rows: number;
  readonly seconds: number;
  readonly cpuUs?: ReadonlyMap<string, number>;
}

async function measureDrain(bench: Bench): Promise<Findings> {
  const { system, args, say } = bench;
  const [, consumer] = await system.run({ APP_ROLE: 'api' }, { APP_ROLE: 'consumer' });
  if (!consumer) throw new Error('there is no consumer');
  const seconds = Math.min(Math.max(args.seconds, LEAST_S), MOST_STOPPED_S);
  const tokens = await system.users.tokens(MOST_PER_SECOND * seconds);
  const voids: string[] = [];

  const drain = async (): Promise<Run> => {
    const voucher = await system.openVoucher(MOST_PER_SECOND * seconds);
    consumer.signal('SIGSTOP');
    const load = await closedLoop(
      { port: system.app.port, method: 'POST', path: `/v1/vouchers/${voucher}/claims`, tokens },
      { ...args, seconds },
    );
    await delay(500); // who was under way when the generator went
    const stopped = await system.issued(voucher); // what it had begun
    const cpu = new CpuMeter(system.pids);
    consumer.signal('SIGCONT');
    const promised = load.answers - load.refused;
    // Having been stopped, it finds its fetch timed out and asks again after a pause: no part of the work.
    const before = await system.awaitIssued(voucher, Math.min(stopped + 1, promised));
    const began = performance.now();
    const rows = await system.awaitIssued(voucher, promised);
    const took = (performance.now() - began) / 1_000;
    const used = cpu.used();
    voids.push(...(await verdict(system, voucher, promised)));
    return {
      rows: rows - before,
      seconds: took,
      cpuUs: new Map([...used].map(([name, us]) => [name, us / (rows - stopped)])),
    };
  };
  const f4 = async (): Promise<Run> => {
    const env = {
      ...inherited(),
      DATABASE_URL: system.stack.database.url,
      ROWS: args.quick ? '50000' : '150000',
    };
    const { stdout } = await run(process.execPath, [join(ROOT, 'dist/test/bench/baselines/f4.js')], {
      env,
    });
    return JSON.parse(stdout) as Run;
  };
  const candidates: Candidate<Run>[] = [
    { name: 'F4', warmUp: async () => undefined, measure: f4 }, // warms itself up
    { name: 'drain', warmUp: async () => void (await drain()), measure: drain },
  ];
  const rate = ({ rows, seconds: took }: Run): number => rows / took;
  const measured = () =>
    pairedRuns(candidates, args.rounds, (name, found) =>
      say(`${name.padEnd(6)} ${digits(rate(found)).padStart(7)} rows/s (${found.rows} rows)`),
    );
  const runs = await measured();
  let full: typeof runs | undefined;
  if (args.rows !== undefined) {
    await generateClaims(system, await system.openVoucher(args.rows), Math.ceil(args.rows / 100) * 100);
    say(`on ${digits(args.rows)} claims`);
    full = await measured();
  }
  const ofF4 = (of: typeof runs): number => ratio(figure(of, 'drain', rate), figure(of, 'F4', rate));
  const names = [...(runs.get('drain')?.[0]?.cpuUs?.keys() ?? [])];
  const large = `drain, ${digits(args.rows ?? NaN)} claims in the table`;
  const tables = [['', runs] as const, ...(full ? [[large, full] as const] : [])];
  return {
    figures: {
      'drain.f4': figure(runs, 'F4', rate).median,
      'drain.rows': figure(runs, 'drain', rate).median,
      'drain.ratio.f4': ofF4(runs),
      // Both beside F4 on a table of its own: the machine may be faster by then, or slower.
      ...(full ? { [onFullTable('drain.full.ratio', args.rows ?? 0)]: ofF4(full) / ofF4(runs) } : {}),
    },
    tables: [
      {
        title: 'Rows a second: median (range)',
        head: ['', 'rows a second', 'of F4'],
        rows: tables.flatMap(([title, of]) =>
          ['F4', 'drain'].map((name) => [
            title === '' || name === 'drain' ? title || name : 'F4, beside that',
            spread(figure(of, name, rate)),
            digits(ratio(figure(of, name, rate), figure(of, 'F4', rate))),
          ]),
        ),
      },
      {
        title: 'CPU of the drain, µs a claim: median (range)',
        head: ['process', 'µs', ...(full ? [large] : [])],
        rows: names.map((name) => [
          name,
          ...tables.map(([, of]) => spread(figure(of, 'drain', (found) => found.cpuUs?.get(name) ?? 0))),
        ]),
      },
    ],
    notes: [
      'A process with APP_ROLE=api takes claims while the consumer (APP_ROLE=consumer, warmed up) is stopped; the clock runs from its first row after that to the last. The drain also writes one event a claim, and the stock; jobs do not run meanwhile.',
    ],
    voids,
  };
}
