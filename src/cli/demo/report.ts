import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { machineLine, type DemoArgs } from './args.js';
import type { Aftermath } from './aftermath.js';
import type { Equation } from './demo-merchant.js';
import type { Sale } from './demo-shoppers.js';
import { percentile, repeats } from './answer-counts.js';

export interface Outcome extends Sale {
  readonly voucherId: string;
  readonly early: ReadonlyMap<string, number>;
  readonly aftermath: readonly Aftermath[];
  readonly equations: readonly Equation[];
  /** Claims of who watched the demo and joined in. */
  readonly visitorClaims: number;
}

/** How many times a claim of the voucher was issued, by what was seen from outside. */
export const issues = ({ issued, visitorClaims, aftermath }: Outcome): number =>
  issued.length + visitorClaims + aftermath.reduce((sum, part) => sum + part.issued, 0);

/** Everything that makes a run a failure, each in a sentence; empty means that all held. */
export function verdict(args: DemoArgs, outcome: Outcome, events: number | undefined): string[] {
  const { counts, issued, equations } = outcome;
  const { accepted } = counts;
  const expected = Math.min(args.users, args.units - outcome.visitorClaims);
  const problems: string[] = [];
  const check = (holds: boolean, sentence: string): void => void (holds || problems.push(sentence));
  check(accepted.length === expected, `accepted ${accepted.length} instead of ${expected}`);
  check(
    issued.length === accepted.length,
    `${accepted.length - issued.length} accepted claims were not issued`,
  );
  const twice = {
    'users with two claims': repeats(accepted.map(({ owner }) => owner)),
    'claims accepted twice': repeats(accepted.map(({ id }) => id)),
    'codes issued twice': repeats(issued.map(({ code }) => code)),
    'sequence numbers given twice': repeats(issued.flatMap(({ sequence }) => sequence ?? [])),
  };
  for (const [what, count] of Object.entries(twice)) check(count === 0, `${what}: ${count}`);
  for (const [code, count] of counts.unexpected) check(false, `unexpected: ${code}, ${count} times`);
  check(equations.length > 0, 'the audit has no equations');
  for (const { name, holds } of equations) check(holds, `does not hold: ${name}`);
  for (const code of outcome.early.keys()) {
    check(code === '409 not_started', `an early bird got "${code}" instead of "409 not_started"`);
  }
  if (args.users > args.units) {
    for (const code of outcome.late.keys()) {
      check(code === '409 sold_out', `a late-comer got "${code}" instead of "409 sold_out"`);
    }
  }
  check(
    events === undefined || events === issues(outcome),
    `${events} events for ${issues(outcome)} issued claims`,
  );
  problems.push(...outcome.aftermath.flatMap((part) => part.problems));
  return problems;
}

export function table(args: DemoArgs, outcome: Outcome, events: number | undefined): string {
  const { counts, wave, issued } = outcome;
  const perSecond = (wave.requests / wave.tookMs) * 1_000;
  const rows: [string, string][] = [
    ['mode', args.stack ? 'stack: MariaDB, Redis, Kafka' : 'embedded: one process, no other servers'],
    ['machine', machineLine()],
    ['shoppers, units', `${count(args.users)}, ${count(args.units)}`],
    ['', ''],
    ['accepted (202)', count(counts.accepted.length)],
    ...[...counts.refusals]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([code, n]): [string, string] => [code, count(n)]),
    ['5xx or no answer', count([...counts.unexpected.values()].reduce((sum, n) => sum + n, 0))],
    ['', ''],
    [
      'the crowd',
      `${count(wave.requests)} claims answered in ${ms(wave.tookMs)}: ` +
        (args.pace > 0
          ? 'spread on purpose; `-- --pace 0`: all at once'
          : `${count(Math.round(perSecond))}/s`),
    ],
    [`latency of a request`, quantiles(wave.latency)],
    ...(args.pace > 0
      ? []
      : ([
          [
            'opening to answer',
            `${quantiles(wave.sinceOpening)} (including the wait for one of ${args.connections} connections)`,
          ],
        ] satisfies [string, string][])),
    ['last claim issued', `${ms(outcome.lastIssuedMs)} after the opening`],
    ['all seen issued', `${count(issued.length)} with a code, ${ms(outcome.confirmedMs)} after the opening`],
    ...(events === undefined ? [] : [['claim.issued events', count(events)] as [string, string]]),
  ];
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  const lines = rows.map(([left, right]) => (left === '' ? '' : `  ${left.padEnd(width)}${right}`));
  const after = outcome.aftermath.flatMap((part) => part.lines.map((line) => `  ${line}`));
  return ['', ...lines, '', ...after, '', ...equationLines(outcome), ''].join('\n');
}

function equationLines({ equations }: Outcome): string[] {
  const width = Math.max(0, ...equations.map(({ name }) => name.length)) + 2;
  const line = ({ name, left, right, holds }: Outcome['equations'][number]): string =>
    `  ${name.padEnd(width)}${count(left).padStart(9)} ${count(right).padStart(9)}  ${holds ? 'holds' : 'DOES NOT HOLD'}`;
  return [
    `  ${'equation (audit)'.padEnd(width)}${'left'.padStart(9)} ${'right'.padStart(9)}`,
    ...equations.map(line),
  ];
}

const quantiles = (sorted: Float64Array): string =>
  `p50 ${ms(percentile(sorted, 0.5))}, p95 ${ms(percentile(sorted, 0.95))}, p99 ${ms(percentile(sorted, 0.99))}, max ${ms(percentile(sorted, 1))}`;

const count = (n: number): string => n.toLocaleString('en-US');
const ms = (n: number): string => (n < 10 ? `${n.toFixed(1)} ms` : `${count(Math.round(n))} ms`);

/** Lines of the event file that say that a claim on this voucher was issued. */
export async function issuedEvents(file: string, voucherId: string): Promise<number> {
  if (!existsSync(file)) return 0;
  let found = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    if (!line.includes(voucherId)) continue;
    try {
      const event = JSON.parse(line) as { type?: string; data?: { voucher_id?: string } };
      if (event.type === 'claim.issued' && event.data?.voucher_id === voucherId) found += 1;
    } catch {
      // The last line may be half written; the next look counts it.
    }
  }
  return found;
}
