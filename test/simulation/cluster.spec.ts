import { describe, expect, it } from '@jest/globals';
import { CLUSTER_MUTATIONS } from './support/cluster-mutations.js';
import { CLUSTER_TROUBLES, run } from './support/scenario.js';
import { MANY_RUNS_MS } from '../support/patience.js';

const ONE = process.env['SIM_CLUSTER_SEED'];
const SEEDS = Number(process.env['SIM_CLUSTER_SEEDS'] ?? 150);
const FIRST = Number(process.env['SIM_CLUSTER_FIRST'] ?? 1);
const MOST = Number(process.env['SIM_CLUSTER_MUTATION_SEEDS'] ?? 300);
const MASTERS = 3;

/** How to see one run step by step. */
const replay = (seed: number): string =>
  `SIM_CLUSTER_SEED=${seed} npx jest --selectProjects simulation --testPathPatterns simulation/cluster`;

/**
 * A gate of several masters, each of which can forget by itself, and give a slot to another (docs/adr/0096).
 * SIM_CLUSTER_SEEDS: how many seeds (150), from SIM_CLUSTER_FIRST on. SIM_CLUSTER_SEED: this one alone, with its trace.
 */
describe('the claim path on a cluster whose slots keep their epoch, simulated', () => {
  if (ONE !== undefined) {
    it(`seed ${ONE} keeps all promises`, async () => {
      const outcome = await run(Number(ONE), undefined, true, undefined, MASTERS);
      process.stdout.write(`${outcome.trace.join('\n')}\n`);
      expect(outcome.broken).toEqual([]);
    });
    return;
  }

  it(
    `keeps all promises in ${SEEDS} runs, hurt in every way`,
    async () => {
      const troubles = new Set<string>();
      const failed: string[] = [];
      let [accepted, recoveries, kept] = [0, 0, 0];
      for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
        const outcome = await run(seed, undefined, false, undefined, MASTERS);
        accepted += outcome.accepted;
        recoveries += outcome.recoveries;
        kept += outcome.kept;
        for (const trouble of outcome.troubles) troubles.add(trouble);
        if (outcome.broken.length > 0) failed.push(`${replay(seed)}\n  ${outcome.broken.join('\n  ')}`);
      }
      process.stdout.write(
        `simulated cluster: ${SEEDS} runs, ${accepted} answers 202, ${recoveries} recoveries, ${kept} of which kept slots\n`,
      );
      expect(failed).toEqual([]);
      expect(accepted).toBeGreaterThan(SEEDS);
      expect(kept).toBeGreaterThan(recoveries / 3);
      expect(CLUSTER_TROUBLES.filter((trouble) => !troubles.has(trouble))).toEqual([]);
    },
    MANY_RUNS_MS,
  );

  it.each(CLUSTER_MUTATIONS)(
    'without «$guard» breaks a promise',
    async ({ guard, parts, beside, sign, aim }) => {
      let seed = 1;
      let noticed: string | undefined;
      for (; seed <= MOST && noticed === undefined; seed++) {
        const { broken } = await run(seed, parts, false, aim, MASTERS);
        noticed = broken.find((line) => sign.test(line));
      }
      if (noticed === undefined) throw new Error(`nothing noticed it in ${MOST} runs`);
      if (process.env['SIM_SHOW']) process.stdout.write(`${guard}: seed ${seed - 1}: ${noticed}\n`);
      const { broken } = await run(seed - 1, beside, false, aim, MASTERS);
      expect(broken.filter((line) => sign.test(line))).toEqual([]);
    },
    MANY_RUNS_MS,
  );
});
