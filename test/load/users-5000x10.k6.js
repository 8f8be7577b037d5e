import { sleep } from 'k6';
import exec from 'k6/execution';
import { claim, thresholds } from './support.k6.js';

const USERS = 5_000;
const RAMP_UP_S = 1;

/** 5,000 users within a second, each of whom asks ten times for one unit. */
export const options = {
  scenarios: {
    claims: { executor: 'per-vu-iterations', vus: USERS, iterations: 10, maxDuration: '10m' },
  },
  thresholds,
};

export default function () {
  const user = exec.vu.idInTest - 1;
  if (exec.vu.iterationInScenario === 0) sleep((user / USERS) * RAMP_UP_S);
  claim(user);
}
