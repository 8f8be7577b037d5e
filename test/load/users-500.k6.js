import exec from 'k6/execution';
import { claim, thresholds } from './support.k6.js';

/** 500 users, 24,000 claims, each by an account of its own. With UNITS=24000 every one of them is answered 202. */
export const options = {
  scenarios: {
    claims: { executor: 'shared-iterations', vus: 500, iterations: 24_000, maxDuration: '10m' },
  },
  thresholds,
};

export default function () {
  claim(exec.scenario.iterationInTest);
}
