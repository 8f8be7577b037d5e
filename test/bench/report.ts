import type { Measure } from './statistics.js';

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A line of the picture. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What one section found out. Figures have names such as `claims.ratio.f1`; the targets are judged by them. */
export interface Findings {
  readonly figures: Readonly<Record<string, number>>;
  readonly tables: readonly Table[];
  readonly notes: readonly string[];
  readonly series?: readonly Series[];
  /** Cost over the number of claims: a picture of its own. */
  readonly growth?: readonly Series[];
  /** Why a run counts for nothing: an audit that failed, answers that were not kept. */
  readonly voids: readonly string[];
  /** Connections of the generator, where the section has a number of its own. */
  readonly connections?: number;
}

/** Findings with what has to be known to repeat them. */
export interface SectionReport extends Findings {
  readonly name: string;
  readonly what: string;
  readonly measuredAt: string;
  readonly commit: string;
  readonly machine: string;
  readonly tookMs: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: number;
}

/** Three digits are more than a shared machine can tell. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const abs = Math.abs(value);
  if (abs >= 1_000) return Number(value.toPrecision(3)).toLocaleString('en-US');
  if (abs >= 100) return value.toFixed(0);
  return abs >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Median, and the range in brackets where there were several. */
export const spread = ({ median, least, most, values }: Measure): string =>
  values.length < 2 ? digits(median) : `${digits(median)} (${digits(least)} to ${digits(most)})`;

export const ms = (value: number | undefined): string => (value === undefined ? '-' : `${digits(value)} ms`);

/** A table for the terminal: the first column to the left, numbers to the right. */
export function textTable({ title, head, rows }: Table): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [`  ${title}`, ...all.map((row) => `    ${line(row)}`)].join('\n');
}

/** One section for the terminal. */
export function sectionText(section: SectionReport): string {
  return [
    `${section.name}: ${section.what} (${Math.round(section.tookMs / 1_000)} s)`,
    ...section.tables.map(textTable),
    ...section.notes.map((note) => `  ${note}`),
    ...section.voids.map((reason) => `  VOID: ${reason}`),
  ].join('\n');
}
