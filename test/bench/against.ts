import { readFileSync } from 'node:fs';
import { figuresOf } from './document.js';
import type { SectionReport } from './report.js';

type Figures = Readonly<Record<string, number>>;

/** What is compared with another build: a figure, and those that it is the sum of. */
const COMPARED: Readonly<Record<string, readonly string[]>> = {
  'against.cpu': ['claims.cpu.application', 'claims.cpu.database'],
  'against.cpu.application': ['claims.cpu.application'],
  'against.half.p99': ['load.half.p99'],
};

/** Figures of a file that `--json` wrote; of none, none. @throws the error of reading it */
export function readFigures(file: string | undefined): Figures {
  if (file === undefined) return {};
  return Object.fromEntries(figuresOf(JSON.parse(readFileSync(file, 'utf8')) as SectionReport[]));
}

/** Ratios of this build's figures to the other's, of those that both have. */
export function againstFigures(now: Figures, before: Figures): Figures {
  const sum = (figures: Figures, names: readonly string[]): number =>
    names.reduce((all, name) => all + (figures[name] ?? NaN), 0);
  return Object.fromEntries(
    Object.entries(COMPARED)
      .map(([name, parts]) => [name, sum(now, parts) / sum(before, parts)] as const)
      .filter(([, value]) => Number.isFinite(value)),
  );
}
