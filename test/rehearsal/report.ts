import { FAULTS } from './faults.js';
import { holds, type Result } from './scenario.js';

export interface Run {
  readonly machine: string;
  readonly seed: number;
  readonly tookMs: number;
  readonly results: readonly Result[];
}

const HEAD = [
  'fault',
  'answers',
  'accepted',
  'issued',
  'lost',
  'doubled',
  'events',
  'closed for',
  'recovered after',
  'drained after',
  'verdict',
] as const;

function row(result: Result): string[] {
  const count = (...kinds: string[]): string =>
    String(result.violations.filter(({ kind }) => kinds.includes(kind)).length);
  return [
    result.fault,
    answers(result),
    String(result.accepted),
    String(result.issued),
    count('lost'),
    count('doubled', 'oversold', 'above-limit'),
    String(result.events),
    ms(result.closedMs),
    ms(result.recoveredMs),
    ms(result.drainedMs),
    holds(result) ? 'holds' : 'BROKEN',
  ];
}

const answers = (result: Result): string =>
  [...result.answers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([answer, count]) => `${count} x ${answer}`)
    .join(', ');

/** Three digits are more than a shared machine can tell. */
const ms = (value: number | undefined): string => {
  if (value === undefined) return 'never';
  return value < 1_000 ? `${Math.round(value / 10) * 10} ms` : `${(value / 1_000).toFixed(1)} s`;
};

/** One scenario for the terminal. */
export function lines(result: Result): string {
  const [fault, heard, ...figures] = row(result);
  const named = figures.map((figure, index) => `${HEAD[index + 2]} ${figure}`);
  const broken = [
    ...(result.broken === undefined ? [] : [`could not be played: ${result.broken}`]),
    ...(result.recoveredMs === undefined ? ['no claim was taken after the fault'] : []),
    ...(result.drainedMs === undefined ? ['did not come to rest in time'] : []),
    ...result.violations.slice(0, 10).map(({ kind, what }) => `${kind}: ${what}`),
    ...(result.violations.length > 10 ? [`and ${result.violations.length - 10} more`] : []),
  ];
  return [
    `${fault}${result.deaths > 0 ? ` (${result.deaths} deaths)` : ''}`,
    `  ${heard}`,
    `  ${named.join(', ')}`,
    ...broken.map((line) => `  ! ${line}`),
  ].join('\n');
}

export const summary = ({ results, seed, tookMs }: Run): string => {
  const broken = results.filter((result) => !holds(result));
  const verdict = broken.length === 0 ? 'every promise held' : `${broken.length} BROKEN`;
  return `${results.length} faults in ${Math.round(tookMs / 1_000)} s, seed ${seed}: ${verdict}`;
};

const tableRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/**
 * docs/reliability.md. Faults that the run left out keep the row that they have.
 * @param before the file as it is, empty where there is none
 */
export function markdown(run: Run, before: string): string {
  const played = new Map(run.results.map((result) => [result.fault, tableRow(row(result))]));
  const rows = FAULTS.flatMap(({ name }) => {
    const kept = before.split('\n').find((line) => line.slice(2).split(' | ')[0]?.trim() === name);
    return played.get(name) ?? kept ?? [];
  });
  const others = rows.length > played.size ? ' The other rows are of runs before it.' : '';
  const table = [tableRow(HEAD), tableRow(HEAD.map(() => '---')), ...rows];
  return `# What was rehearsed

Written by \`npm run rehearse -- --write docs/reliability.md\`; not by hand. Machine: ${run.machine}.
Last run: ${summary(run)}.${others}

Two application processes on MariaDB, Redis and Kafka (one of each, all on one machine, and a second one where the fault is
about a replica), a workload of shoppers over both: some
want more than the limit of two units, some send twice at once, and whoever gets no clear answer asks again over the
other process with the same \`Idempotency-Key\`. The fault strikes in their midst. Processes that die are started again by a supervisor after
0.2 s. The workload remembers every answer; when it has gone, its memory is held against the rows, the counter and the events:
every \`202\` is issued, nothing is issued that nobody asked for, no unit twice, no user above the limit, no event
missing or doubled after dedupe. Faults of what comes after the issue (cancellation, offer, confirmation, redemption) strike a voucher of
their own beside it: who got no answer asks again, and what each was told is held against the rows.

*Closed for* is the longest time without a single \`202\` from the fault's begin on. *Recovered after* counts from the
fault's end (the server answers again, the process died, the line is whole) to the first \`202\` of a claim asked for
afterwards. *Drained after* counts from the workload's last answer until every accepted claim is issued, its event is sent and the
auditor's equations hold; for faults that leave processes to be restarted their start is included. *Doubled* counts units, users
and stock alike.

${table.join('\n')}

What this does not show: a power cut (nothing here survives one that a broker without fsync on one machine would lose),
several brokers, a slow or cut line to Kafka (its brokers tell clients themselves where to connect, past
any proxy). With its log directory emptied, Kafka loses events that it had acknowledged: there the outbox is
compared instead of the topic.
`;
}

/** Faults that a run left out, by name. */
export const leftOut = (results: readonly Result[]): string[] => {
  const played = new Set(results.map(({ fault }) => fault));
  return FAULTS.filter(({ name }) => !played.has(name)).map(({ name }) => name);
};
