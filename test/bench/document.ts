import { digits, type SectionReport, type Table } from './report.js';
import { svg } from './svg.js';
import { judge, TARGETS, type Target } from './targets.js';

/** Figures of all sections; those of a section with a void run count for nothing. */
export function figuresOf(sections: readonly SectionReport[]): Map<string, number> {
  return new Map(
    sections.filter(({ voids }) => voids.length === 0).flatMap(({ figures }) => Object.entries(figures)),
  );
}

/** Sections of this run, and from an earlier one those that it left out, in the order of `names`. */
export function together(
  names: readonly string[],
  now: readonly SectionReport[],
  before: readonly SectionReport[],
): SectionReport[] {
  return names.flatMap((name) => {
    const found =
      now.find((section) => section.name === name) ?? before.find((section) => section.name === name);
    return found ? [found] : [];
  });
}

const withUnit = (value: number, unit: Target['unit']): string =>
  unit === undefined ? digits(value) : `${digits(value)} ${unit}`;

/** When the section ran that has the figure. */
const measuredOn = (sections: readonly SectionReport[], { figure }: Target): string | undefined =>
  sections.find(({ figures, voids }) => voids.length === 0 && Number.isFinite(figures[figure]))?.measuredAt;

/** The targets and what became of them. */
export function targetTable(sections: readonly SectionReport[]): Table {
  const figures = figuresOf(sections);
  return {
    title: 'Targets',
    head: ['what', 'at least', 'aim', 'measured', '', 'on', 'options of npm run bench'],
    rows: TARGETS.map((target) => {
      const measured = figures.get(target.figure);
      const known = measured !== undefined && Number.isFinite(measured);
      const least = `${target.smallerIsBetter ? 'at most ' : ''}${withUnit(target.atLeast, target.unit)}`;
      return [
        target.what,
        least,
        withUnit(target.aim, target.unit),
        known ? withUnit(measured, target.unit) : '-',
        judge(target, measured),
        measuredOn(sections, target)?.slice(0, 10) ?? '-',
        target.options ?? `--only ${target.figure.split('.', 1)[0]}`,
      ];
    }),
  };
}

export const missed = (sections: readonly SectionReport[]): readonly Target[] => {
  const figures = figuresOf(sections);
  return TARGETS.filter((target) => judge(target, figures.get(target.figure)) === 'MISSED');
};

/** Name of the picture of the section that has one. @param pictureFile of the document */
export const growthFileOf = (pictureFile: string): string => pictureFile.replace(/\.svg$/, '-growth.svg');

/** Ratios that have a target, as bars, and latency over offered load. */
export function picture(sections: readonly SectionReport[]): string {
  const figures = figuresOf(sections);
  const ratios = TARGETS.filter(({ unit, smallerIsBetter }) => unit === undefined && !smallerIsBetter);
  return svg({
    title: 'Beside the baselines: solid line at least, dashed line aim',
    bars: ratios.flatMap(({ what, figure, atLeast, aim }) => {
      const value = figures.get(figure);
      return value === undefined || !Number.isFinite(value) ? [] : [{ name: what, value, atLeast, aim }];
    }),
    lines: sections.filter(({ voids }) => voids.length === 0).flatMap(({ series = [] }) => series),
  });
}

function markdownTable({ title, head, rows }: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [`${title}:`, '', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/**
 * docs/performance.md.
 * @param pictureFile as the document names it
 * @param explanation what people wrote on the distance to the aims, Markdown
 */
export function markdown(
  sections: readonly SectionReport[],
  pictureFile: string,
  explanation: string,
): string {
  const machines = [...new Set(sections.map(({ machine }) => machine))];
  const parts = sections.map((section) =>
    [
      `## ${section.name}: ${section.what}`,
      '',
      `${section.measuredAt.slice(0, 16).replace('T', ' ')} UTC, commit ${section.commit}, ${section.rounds} rounds there and back, ${section.seconds} s each, ${section.connections} connections.`,
      '',
      ...section.tables.map((table) => `${markdownTable(table)}\n`),
      ...(section.growth ? [`![What grows with the claims](${growthFileOf(pictureFile)})\n`] : []),
      ...section.notes.map((note) => `- ${note}`),
      ...section.voids.map((reason) => `- **VOID**: ${reason}`),
    ]
      .join('\n')
      .trimEnd(),
  );
  return `# What it does in a second

Written by \`npm run bench -- --write docs/performance.md\`; not by hand, but for "The distance to the aims" (docs/performance-notes.md).
Machine: ${machines.join(' / ')}.

How it is measured, and why so: [ADR 0025](adr/0025-benchmark.md). Shortly: the servers as \`npm run stack\` starts them, the application
built for production, generator and all on the same cores. Every claim comes from a different user who is logged in; all guards and limits
are on, with the limits by address raised, since all users have one address. Each process is warmed up first,
and each section has servers that were empty at first. The baselines are bare
programs that do the least that could be done (\`test/bench/baselines\`), measured in turn with the system (A B B A). After each run the auditor
looks at every claim; a run whose audit fails is void.

- **F0** bare Fastify. **F1** bare Fastify and one EVALSHA a request: duplicate check, stock, a pending entry; no token, nothing durable. **F1b** the same,
  coalesced. **F4** bulk insert of claims with the real indexes. **F5** bare Fastify, a token that is verified, and one transaction a
  redemption: a conditional UPDATE by code and an insert. **direct** one database transaction a claim.

${markdownTable(targetTable(sections))}

![Ratios to the baselines, and latency against offered load](${pictureFile})

${explanation.trim()}

${parts.join('\n\n')}
`;
}
