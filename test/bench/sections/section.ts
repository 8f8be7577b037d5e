import type { BenchArgs } from '../args.js';
import type { Findings } from '../report.js';
import type { BenchInstallation } from '../bench-installation.js';

export interface Bench {
  readonly system: BenchInstallation;
  readonly args: BenchArgs;
  /** A line for whoever waits. */
  readonly say: (line: string) => void;
}

export interface Section {
  readonly name: string;
  /** Half a sentence. */
  readonly what: string;
  /** Also part of a quick run. */
  readonly quick: boolean;
  measure(bench: Bench): Promise<Findings>;
}

/** Claims that a machine of this kind accepts at most in a second, with room: sizes the users, which must not come to its end. */
export const MOST_PER_SECOND = 45_000;

/** Rows that the targets speak of which name a full table. */
const FULL_TABLE_ROWS = 10_000_000;

/** Name of the figure of a run on a full table: with fewer rows it is one of its own, by which no target is judged. */
export const onFullTable = (figure: string, rows: number): string =>
  rows < FULL_TABLE_ROWS ? `${figure}.of.${rows}` : figure;
