import { describe, expect, it } from '@jest/globals';
import { run } from './support/scenario.js';
import { STEPS } from './support/steps.js';

const MOST = 150;
const ENOUGH = 3;

const AIMS = STEPS.flatMap((step, number) =>
  (['before', 'after'] as const).map((when) => ({ number: number + 1, step, when })),
);

/** The seeds meet steps by chance; here each is met for certain. */
describe('a process killed', () => {
  it.each(AIMS)('$when step $number, $step, breaks no promise', async ({ step, when }) => {
    let met = 0;
    for (let seed = 1; seed <= MOST && met < ENOUGH; seed++) {
      const { broken, killedAt } = await run(seed, undefined, false, { step, when });
      expect(broken).toEqual([]);
      if (killedAt.has(`${step}/${when}`)) met += 1;
    }
    expect(met).toBe(ENOUGH);
  });
});
