import { parseArgs } from 'node:util';
import { PlainError } from '../harness/programs.js';

export interface BenchArgs {
  readonly quick: boolean;
  readonly sections: readonly string[];
  /** Rounds there and back. */
  readonly rounds: number;
  /** Length of one measurement. */
  readonly seconds: number;
  readonly connections: number;
  /** Claims on the large voucher of growth, audits and watched, in place of their own sizes; of drain, which has none without it. */
  readonly rows: number | undefined;
  /** Figures of another build, as `--json` wrote them: ratios to it are told. */
  readonly against: string | undefined;
  /** Threads of wrk. */
  readonly threads: number;
  readonly json: string | undefined;
  readonly write: string | undefined;
  /** Folder for profiles of the application's processes. */
  readonly profile: string | undefined;
  readonly keep: boolean;
}

export const usage = (sections: readonly { readonly name: string; readonly what: string }[]): string =>
  `usage: npm run bench [-- --quick] [-- --only NAME,NAME] [-- --write docs/performance.md]
This system beside its own baselines, in one run on one machine, and the auditor's word on every claim.
  --quick        a part of the sections, with short measurements, in some two minutes
  --only         sections by name, separated by commas
  --rounds N     rounds there and back (3; quick 1)
  --seconds N    length of one measurement (5; quick 2)
  --connections  of the generator (500)
  --threads      of wrk (1)
  --rows N       claims on the large voucher of growth, audits and watched (1000000; quick less); drain: also with so many
                 claims in the table
  --against FILE figures of another build, that its --json wrote on this machine just before: CPU and latency beside them
  --json FILE    writes the figures as JSON
  --write FILE   writes the report as Markdown, with FILE's name a picture (.svg) and the figures (.json); sections that
                 were left out stay as the .json has them
  --profile DIR  profiles the application's processes into DIR and says where their time went; figures suffer
  --keep         keeps data and logs
Sections: ${sections.map(({ name, what }) => `\n  ${name.padEnd(12)} ${what}`).join('')}
Exit status: 0, 1 where an audit failed (its run is void), 2 where nothing could be measured.`;

/**
 * @param known names of the sections, and of those that a quick run has
 * @returns `undefined` where help is asked for
 * @throws PlainError, or the error of `parseArgs`, where an option is wrong
 */
export function readArgs(
  argv: readonly string[],
  known: { readonly all: readonly string[]; readonly quick: readonly string[] },
): BenchArgs | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      connections: { type: 'string', default: '500' },
      threads: { type: 'string', default: '1' },
      rows: { type: 'string' },
      against: { type: 'string' },
      json: { type: 'string' },
      write: { type: 'string' },
      profile: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  if (values.profile !== undefined && values.write !== undefined)
    throw new PlainError(
      '--profile and --write: a profiled process is slower, its figures are for nobody else',
    );
  const { quick } = values;
  const sections = values.only?.split(',').map((name) => name.trim()) ?? (quick ? known.quick : known.all);
  const unknown = sections.filter((name) => !known.all.includes(name));
  if (unknown.length > 0) throw new PlainError(`--only: there is no section ${unknown.join(', ')}`);
  return {
    quick,
    sections: known.all.filter((name) => sections.includes(name)),
    rounds: wholeNumber('rounds', values.rounds ?? (quick ? '1' : '3'), 100),
    seconds: wholeNumber('seconds', values.seconds ?? (quick ? '2' : '5'), 600),
    connections: wholeNumber('connections', values.connections, 10_000),
    threads: wholeNumber('threads', values.threads, 64),
    rows: values.rows === undefined ? undefined : wholeNumber('rows', values.rows, 100_000_000),
    against: values.against,
    json: values.json,
    write: values.write,
    profile: values.profile,
    keep: values.keep,
  };
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > most)
    throw new PlainError(`--${option}: must be a whole number from 1 to ${most}`);
  return value;
}
