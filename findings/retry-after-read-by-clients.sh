#!/usr/bin/env bash
# A server answers 429 once, with a `Retry-After` of RFC 9110, 10.2.3, and then 200. `0` and a date that has just passed, as it has for a
# client whose clock is a second ahead, say that the request may be sent again now: retry-axios 4.0.3 gives up and hands the refusal to
# its caller. The RetryAgent of undici 7.30.2 waits 30 of 40 seconds: in a window of a minute that is one more refusal. got 16.1.0,
# ky 2.1.0, axios-retry 4.5.0, @fetchkit/ffetch 4.3.0 (npm), urllib3 2.8.0 and httpx-retries 0.6.0 (PyPI) are let in by their second
# request, and wait the whole time. Takes 45 seconds.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit --ignore-scripts got@16.1.0 ky@2.1.0 axios@1.21.1 axios-retry@4.5.0 retry-axios@4.0.3 \
  undici@7.30.2 @fetchkit/ffetch@4.3.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check urllib3==2.8.0 httpx==0.28.1 httpx-retries==0.6.0
cat > clients.py <<'PY'
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import urllib3
from httpx_retries import Retry, RetryTransport

base, *cases = sys.argv[1:]


def with_urllib3(case):
    pool = urllib3.PoolManager(retries=urllib3.Retry(3, status_forcelist=[429]))
    pool.request("GET", f"{base}/urllib3/{case}")


def with_httpx_retries(case):
    with httpx.Client(transport=RetryTransport(retry=Retry(total=3)), timeout=60) as client:
        client.get(f"{base}/httpx-retries/{case}")


with ThreadPoolExecutor(10) as pool:
    for get in with_urllib3, with_httpx_retries:
        for case in cases:
            pool.submit(get, case)
PY
cat > try.mjs <<'JS'
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { createClient } from '@fetchkit/ffetch';
import axios from 'axios';
import axiosRetry from 'axios-retry';
import got from 'got';
import ky from 'ky';
import * as retryAxios from 'retry-axios';
import { Agent, RetryAgent, request } from 'undici';

const inSeconds = (s) => new Date(Date.now() + s * 1000).toUTCString();
const CASES = { zero: () => '0', seconds: () => '2', 'date-passed': () => inSeconds(-1), forty: () => '40' };
const asked = new Map();
const server = createServer((incoming, answer) => {
  const times = asked.get(incoming.url) ?? [];
  asked.set(incoming.url, [...times, performance.now()]);
  if (times.length > 0) answer.end('ok');
  else answer.writeHead(429, { 'retry-after': CASES[incoming.url.split('/').at(-1)]() }).end();
}).listen(0, '127.0.0.1');
await new Promise((listening) => server.once('listening', listening));
const base = `http://127.0.0.1:${server.address().port}`;

const withAxiosRetry = axios.create();
axiosRetry(withAxiosRetry, { retries: 3, retryCondition: () => true });
const withRetryAxios = axios.create();
withRetryAxios.defaults.raxConfig = { retry: 3 };
retryAxios.attach(withRetryAxios);
const ffetch = createClient({ retries: 3, timeout: 60_000 });
const agent = new RetryAgent(new Agent());
const clients = {
  got: (url) => got(url),
  ky: (url) => ky(url, { timeout: 60_000 }),
  'axios-retry': (url) => withAxiosRetry.get(url),
  'retry-axios': (url) => withRetryAxios.get(url),
  ffetch,
  undici: async (url) => (await request(url, { dispatcher: agent })).body.dump(),
};
const tries = Object.entries(clients).flatMap(([name, get]) =>
  Object.keys(CASES).map((kind) => get(`${base}/${name}/${kind}`).catch(() => undefined)),
);
await Promise.all([...tries, promisify(execFile)('venv/bin/python', ['clients.py', base, ...Object.keys(CASES)])]);
const LEAST = { zero: 0, seconds: 2, 'date-passed': 0, forty: 40 };
for (const name of [...Object.keys(clients), 'urllib3', 'httpx-retries']) {
  const said = Object.keys(CASES).map((kind) => {
    const [first, second] = asked.get(`/${name}/${kind}`);
    if (second === undefined) return `${kind} gave up`;
    return `${kind} ${(second - first) / 1000 > LEAST[kind] - 0.1 ? 'ok' : 'too early'}`;
  });
  console.log(`${name}: ${said.join(', ')}`);
}
process.exit();
JS
node try.mjs | tee seen
diff seen - <<'OUT'
got: zero ok, seconds ok, date-passed ok, forty ok
ky: zero ok, seconds ok, date-passed ok, forty ok
axios-retry: zero ok, seconds ok, date-passed ok, forty ok
retry-axios: zero gave up, seconds ok, date-passed gave up, forty ok
ffetch: zero ok, seconds ok, date-passed ok, forty ok
undici: zero ok, seconds ok, date-passed ok, forty too early
urllib3: zero ok, seconds ok, date-passed ok, forty ok
httpx-retries: zero ok, seconds ok, date-passed ok, forty ok
OUT
