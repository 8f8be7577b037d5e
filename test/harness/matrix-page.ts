/** What came of a row's run. docs/reference/servers.json holds the newest of each row, and the page is made of them. */
export interface Run {
  /** Of the edition, or of servers of several nodes: `mysql-9.7`, `kafka-3-brokers`. */
  readonly name: string;
  /** What the server says of itself; empty where it was not to be had, or did not start. */
  readonly version: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  /** Files that were run, by tier and name: `stack/claim-path`. */
  readonly specs: readonly string[];
  readonly passed: number;
  /** Full names of tests that failed, and of files that could not be loaded. */
  readonly failed: readonly string[];
}

const KEY_BY_KEY = '`CLUSTER MIGRATESLOTS`: slots are moved key by key';

/**
 * What a server lacks that others have and the program would use, and what is done instead, by the names of rows. Of one that does not
 * stand here nothing is known.
 */
export const LACKS: Readonly<Record<string, string>> = {
  'galera-2-nodes': 'locks that hold on the other node as well: a second writer is refused at start',
  'mysql-9.7': '`idle_transaction_timeout`: `wait_timeout` is short within each transaction instead',
  'redis-6.2': 'carries scripts in its file and to replicas: the history alone closes the gate there',
  'redis-7.0-tls-cluster': KEY_BY_KEY,
  'redis-8.0-cluster': KEY_BY_KEY,
  'valkey-8.1-cluster': KEY_BY_KEY,
};

const BEGIN = '<!-- written by test:matrix from here -->';
const END = '<!-- to here -->';

/** The runs with newer ones in place of those of the same name, in the order of the page. */
export function withRuns(runs: readonly Run[], newer: readonly Run[]): readonly Run[] {
  const kept = runs.filter(({ name }) => !newer.some((run) => run.name === name));
  return [...kept, ...newer].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/**
 * The page with the table of these runs, and of nothing else, in its place.
 * @throws Error where the page has no place for it
 */
export function withTable(page: string, runs: readonly Run[]): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`the page has no "${BEGIN}" and "${END}"`);
  const table = [
    ['edition', 'version', 'run on', 'tier and specs', 'outcome', 'lacks'],
    ['---', '---', '---', '---', '---', '---'],
    ...runs.map((run) => [
      run.name,
      run.version || '-',
      run.date,
      tiersOf(run),
      outcomeOf(run),
      LACKS[run.name] ?? '-',
    ]),
  ];
  return `${page.slice(0, from)}${BEGIN}\n\n${table.map(lineOf).join('\n')}\n\n${page.slice(to)}`;
}

/** `12 of 12 pass`, `1 of 12 fail: ...`, `not run: ...`. */
export function outcomeOf({ passed, failed }: Pick<Run, 'passed' | 'failed'>): string {
  const all = passed + failed.length;
  if (all === 0) return 'not run: it could not be had, or did not start';
  return failed.length === 0
    ? `${all} of ${all} pass`
    : `${failed.length} of ${all} fail: ${failed.join('; ')}`;
}

/** `stack: claim-path, broker-loss`. */
function tiersOf({ specs }: Run): string {
  const names = specs.map((spec) => spec.split('/') as [string, string]);
  const tiers = [...new Set(names.map(([tier]) => tier))];
  return tiers
    .map(
      (tier) =>
        `${tier}: ${names
          .filter(([of]) => of === tier)
          .map(([, name]) => name)
          .join(', ')}`,
    )
    .join('; ');
}

/** A bar or a line's end would end the cell. */
const lineOf = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')).join(' | ')} |`;
