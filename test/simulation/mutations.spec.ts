import { describe, expect, it } from '@jest/globals';
import { MUTATIONS } from './support/mutations.js';
import { run } from './support/scenario.js';

const MOST = Number(process.env['SIM_MUTATION_SEEDS'] ?? 6_000);

/** Each guard is worth its place: without it, some run breaks a promise that all runs keep with it. */
describe('without', () => {
  it.each(MUTATIONS)(
    '«$guard» a run breaks a promise',
    async ({ parts, guard }) => {
      let noticed: { seed: number; broken: readonly string[] } | undefined;
      for (let seed = 1; seed <= MOST && !noticed; seed++) {
        const { broken } = await run(seed, parts);
        if (broken.length > 0) noticed = { seed, broken };
      }
      if (process.env['SIM_SHOW']) process.stdout.write(`${guard}: ${noticed?.seed} ${noticed?.broken[0]}\n`);
      if (!noticed) throw new Error(`nothing noticed it in ${MOST} runs`);
      expect((await run(noticed.seed)).broken).toEqual([]);
    },
    600_000,
  );
});
