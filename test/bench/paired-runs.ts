import { measure, thereAndBack, type Measure } from './statistics.js';

/** Something that is measured several times, in turn with others. */
export interface Candidate<T> {
  readonly name: string;
  /** Brings the process to its speed; a cold one is another thing than what is asked for. */
  warmUp(): Promise<void>;
  measure(): Promise<T>;
}

/**
 * Measures all candidates there and back (A B B A), so many rounds.
 * @returns the runs by name, in order
 */
export async function pairedRuns<T>(
  candidates: readonly Candidate<T>[],
  rounds: number,
  heard: (name: string, run: T) => void,
): Promise<Map<string, T[]>> {
  const runs = new Map<string, T[]>(candidates.map(({ name }) => [name, []]));
  for (const candidate of candidates) await candidate.warmUp();
  for (let round = 0; round < rounds; round++) {
    for (const candidate of thereAndBack(candidates)) {
      const run = await candidate.measure();
      heard(candidate.name, run);
      runs.get(candidate.name)?.push(run);
    }
  }
  return runs;
}

/** One figure of all runs of a candidate. @throws RangeError where it has none */
export const figure = <T>(
  runs: ReadonlyMap<string, readonly T[]>,
  name: string,
  of: (run: T) => number,
): Measure => measure((runs.get(name) ?? []).map(of));
