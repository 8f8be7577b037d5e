/* global __ENV, open */
import { check } from 'k6';
import { SharedArray } from 'k6/data';
import http from 'k6/http';
import { Counter } from 'k6/metrics';

/** What all plans have in common; README.md names the settings. */

const setting = (name, fallback) => {
  const value = __ENV[name] || fallback;
  if (value === undefined) throw new Error(`${name} is missing; see test/load/README.md`);
  return value;
};

export const BASE_URL = setting('BASE_URL', 'http://127.0.0.1:3000');
export const VOUCHER = setting('VOUCHER');
/** Units of the voucher: no more may be answered 202. */
export const UNITS = Number(setting('UNITS'));

const tokens = new SharedArray('tokens', () => open(setting('TOKENS')).trim().split('\n'));

const accepted = new Counter('accepted');
const refused = new Counter('refused');
const errors = new Counter('errors');

/** 202 is a unit, 409, 410 and 429 are refusals that explain themselves; anything else is an error. */
const EXPECTED = [202, 409, 410, 429];
http.setResponseCallback(http.expectedStatuses(...EXPECTED));

export const thresholds = {
  errors: ['count==0'],
  accepted: [`count<=${UNITS}`],
  http_req_failed: ['rate==0'],
};

/** One claim by the n-th account of TOKENS, from 0. */
export function claim(n) {
  if (n >= tokens.length) throw new Error(`TOKENS has ${tokens.length} accounts, ${n + 1} are needed`);
  const response = http.post(`${BASE_URL}/v1/vouchers/${VOUCHER}/claims`, null, {
    headers: { Authorization: `Bearer ${tokens[n]}` },
    tags: { name: 'claim' },
  });
  const known = EXPECTED.includes(response.status);
  accepted.add(response.status === 202 ? 1 : 0);
  refused.add(known && response.status !== 202 ? 1 : 0);
  errors.add(known ? 0 : 1);
  check(response, { 'a unit, or a refusal that explains itself': () => known });
}
