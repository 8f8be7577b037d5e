/** A row of the table in docs/reference/servers.md. */
export interface Row {
  /** Of the edition, as `mysql-9.7`. */
  readonly name: string;
  /** What the server says of itself. */
  readonly version: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  /** `12 of 12 pass`, `1 of 12 fails: ...`, `not run: ...`. */
  readonly outcome: string;
}

const BEGIN = '<!-- written by test:matrix from here -->';
const END = '<!-- to here -->';

/**
 * The page with these rows in place of those of the same name; others stay.
 * @throws Error where the page has no place for them
 */
export function withRows(page: string, rows: readonly Row[]): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`the page has no "${BEGIN}" and "${END}"`);
  const kept = page
    .slice(from, to)
    .split('\n')
    .filter((line) => /^\| [a-z]+-\d/.test(line))
    .filter((line) => !rows.some(({ name }) => line.startsWith(`| ${name} `)));
  const table = [
    '| edition | version | run on | outcome |',
    '| --- | --- | --- | --- |',
    ...[...kept, ...rows.map(lineOf)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })),
  ];
  return `${page.slice(0, from)}${BEGIN}\n\n${table.join('\n')}\n\n${page.slice(to)}`;
}

/** A bar or a line's end would end the cell. */
const lineOf = ({ name, version, date, outcome }: Row): string =>
  `| ${[name, version, date, outcome].map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')).join(' | ')} |`;
