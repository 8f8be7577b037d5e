import { expect, it } from '@jest/globals';
import { run, TROUBLES } from './scenario.js';
import { MANY_RUNS_MS } from '../../support/patience.js';

const SHARDS = 4;
const ONE = process.env['SIM_SEED'];
const SEEDS = Number(process.env['SIM_SEEDS'] ?? 10_000);
/** Below this many seeds a shard need not have met every trouble. */
const ENOUGH = 2_500;

/** How to see one run step by step. */
const replay = (seed: number): string =>
  `SIM_SEED=${seed} npx jest --selectProjects simulation --testPathPatterns seeds`;

/**
 * The runs of one of `SHARDS` parts of the seeds, so that Jest can spread them over the cores.
 * SIM_SEEDS: how many seeds in all (10,000). SIM_SEED: this one alone, with its trace.
 */
export function shard(part: number): void {
  if (ONE !== undefined) {
    const seed = Number(ONE);
    it(`seed ${seed} keeps all promises`, async () => {
      if (seed % SHARDS !== part - 1) return; // another part's
      const outcome = await run(seed, undefined, true);
      process.stdout.write(`${outcome.trace.join('\n')}\n`);
      expect(outcome.broken).toEqual([]);
    });
    return;
  }
  it(
    `keeps all promises in ${Math.ceil(SEEDS / SHARDS)} runs, hurt in every way`,
    async () => {
      const troubles = new Set<string>();
      const failed: string[] = [];
      let accepted = 0;
      let recoveries = 0;
      let runs = 0;
      for (let seed = SHARDS + part - 1; seed < SEEDS + SHARDS; seed += SHARDS) {
        const outcome = await run(seed);
        runs += 1;
        accepted += outcome.accepted;
        recoveries += outcome.recoveries;
        for (const trouble of outcome.troubles) troubles.add(trouble);
        if (outcome.broken.length > 0) failed.push(`${replay(seed)}\n  ${outcome.broken.join('\n  ')}`);
      }
      process.stdout.write(
        `simulation, part ${part}: ${runs} runs, ${accepted} answers 202, ${recoveries} recoveries\n`,
      );
      expect(failed).toEqual([]);
      expect(accepted).toBeGreaterThan(runs);
      if (runs >= ENOUGH) expect(TROUBLES.filter((trouble) => !troubles.has(trouble))).toEqual([]);
    },
    MANY_RUNS_MS,
  );
}
