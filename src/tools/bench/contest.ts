import { measure, thereAndBack, type Measure } from './statistics.js';

/** Something that is measured several times, in turn with others. */
export interface Contestant<T> {
  readonly name: string;
  /** Brings the process to its speed; a cold one is another thing than what is asked for. */
  warmUp(): Promise<void>;
  measure(): Promise<T>;
}

/**
 * Measures all contestants there and back (A B B A), so many rounds.
 * @returns the runs by name, in order
 */
export async function contest<T>(
  contestants: readonly Contestant<T>[],
  rounds: number,
  heard: (name: string, run: T) => void,
): Promise<Map<string, T[]>> {
  const runs = new Map<string, T[]>(contestants.map(({ name }) => [name, []]));
  for (const contestant of contestants) await contestant.warmUp();
  for (let round = 0; round < rounds; round++) {
    for (const contestant of thereAndBack(contestants)) {
      const run = await contestant.measure();
      heard(contestant.name, run);
      runs.get(contestant.name)?.push(run);
    }
  }
  return runs;
}

/** One figure of all runs of a contestant. @throws RangeError where it has none */
export const figure = <T>(
  runs: ReadonlyMap<string, readonly T[]>,
  name: string,
  of: (run: T) => number,
): Measure => measure((runs.get(name) ?? []).map(of));
