import { sleep } from 'k6';
import exec from 'k6/execution';
import { claim, thresholds } from './support.k6.js';

const GATHER_MS = 5_000;

/** 2,000 users at the same moment. With UNITS=1 exactly one of them is answered 202. */
export const options = {
  scenarios: { claims: { executor: 'per-vu-iterations', vus: 2_000, iterations: 1, maxDuration: '5m' } },
  thresholds,
};

export function setup() {
  return { at: Date.now() + GATHER_MS };
}

export default function ({ at }) {
  sleep(Math.max(0, at - Date.now()) / 1_000);
  claim(exec.vu.idInTest - 1);
}
