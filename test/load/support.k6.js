/* global __ENV, open */
import { check, sleep } from 'k6';
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
const shed = new Counter('shed');
const errors = new Counter('errors');

/** 202 is a unit, 409, 410 and 429 are refusals that explain themselves; anything else is an error, but for load that is shed. */
const EXPECTED = [202, 409, 410, 429];
const SHED = 503;
/** Times that a user who was shed asks again, each after the wait that `Retry-After` names. */
const RETRIES = 20;
http.setResponseCallback(http.expectedStatuses(...EXPECTED, SHED));

/** Above MAX_IN_FLIGHT_REQUESTS the server sheds load with `overloaded`; every other 503 is an error. */
const isShed = ({ status, headers, body }) =>
  status === SHED && headers['Retry-After'] !== undefined && JSON.parse(body).code === 'overloaded';

export const thresholds = {
  errors: ['count==0'],
  accepted: [`count<=${UNITS}`],
  http_req_failed: ['rate==0'],
};

/** One claim by the n-th account of TOKENS, from 0; asked again where load is shed. */
export function claim(n) {
  if (n >= tokens.length) throw new Error(`TOKENS has ${tokens.length} accounts, ${n + 1} are needed`);
  let response = ask(n);
  for (let tries = 0; isShed(response) && tries < RETRIES; tries += 1) {
    shed.add(1);
    sleep(Number(response.headers['Retry-After']));
    response = ask(n);
  }
  const known = EXPECTED.includes(response.status);
  accepted.add(response.status === 202 ? 1 : 0);
  refused.add(known && response.status !== 202 ? 1 : 0);
  errors.add(known ? 0 : 1);
  check(response, { 'a unit, or a refusal that explains itself': () => known });
}

const ask = (n) =>
  http.post(`${BASE_URL}/v1/vouchers/${VOUCHER}/claims`, null, {
    headers: { Authorization: `Bearer ${tokens[n]}` },
    tags: { name: 'claim' },
  });
