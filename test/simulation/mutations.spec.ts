import { describe, expect, it } from '@jest/globals';
import { MUTATIONS } from './support/mutations.js';
import { run } from './support/scenario.js';
import { MANY_RUNS_MS } from '../support/patience.js';

const MOST = Number(process.env['SIM_MUTATION_SEEDS'] ?? 6_000);

/** Each guard is worth its place: without it, some run breaks a promise that all runs keep with it. */
describe('without', () => {
  it.each(MUTATIONS)(
    '«$guard» a run breaks a promise',
    async ({ parts, beside, guard, sign, unless, aim }) => {
      let seed = 1;
      let noticed: string | undefined;
      for (; seed <= MOST && noticed === undefined; seed++) {
        const { broken, troubles } = await run(seed, parts, false, aim);
        if (unless === undefined || !troubles.has(unless)) noticed = broken.find((line) => sign.test(line));
      }
      if (noticed === undefined) throw new Error(`nothing noticed it in ${MOST} runs`);
      if (process.env['SIM_SHOW']) process.stdout.write(`${guard}: seed ${seed - 1}: ${noticed}\n`);
      const { broken } = await run(seed - 1, beside, false, aim);
      expect(broken.filter((line) => sign.test(line))).toEqual([]);
    },
    MANY_RUNS_MS,
  );
});
