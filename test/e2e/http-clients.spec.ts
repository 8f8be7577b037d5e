import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'undici';
import { inParallel, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';

/** Real programs, and what they do by themselves: on each entrance they are answered as any other client. */
const run = promisify(execFile);

let server: TestApp;
let merchant: Session;
let voucherId: string;
let protectedId: string;
let port: number;

beforeAll(async () => {
  server = await startApp({ RATE_LIMIT_CLAIM: 'off', MAX_IN_FLIGHT_REQUESTS: '2000' });
  merchant = await server.api.registerMerchant();
  const { access_token: token } = merchant;
  voucherId = (await server.api.liveVoucher(token, { total_stock: 5_000, per_user_limit: 500 })).id;
  const protection = { claim_link: true, captcha: 'none' };
  protectedId = (await server.api.liveVoucher(token, { total_stock: 50, protection })).id;
  port = Number(new URL(server.url).port);
});
afterAll(() => server.stop());

const shopper = async (): Promise<string> => (await server.api.register()).access_token;
const claimsPath = (): string => `/v1/vouchers/${voucherId}/claims`;

/** Sends bytes and reads until the server closes the connection, or so many answers came. */
async function raw(text: string, answers: number, end = false): Promise<string[]> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  let got = '';
  const begins = (): number => got.split(/HTTP\/1\.[01] (?=\d{3} )/).length - 1;
  const done = new Promise<void>((resolve) => {
    socket.on('data', (data: Buffer) => {
      got += data.toString('latin1');
      if (!end && begins() >= answers && got.endsWith('}')) resolve();
    });
    socket.once('close', () => resolve());
  });
  if (end) socket.end(text);
  else socket.write(text);
  await done;
  socket.destroy();
  return got.split(/HTTP\/1\.[01] (?=\d{3} )/).slice(1);
}

const request = (path: string, token: string, more = '', version = '1.1'): string =>
  `POST ${path} HTTP/${version}\r\nhost: x\r\nauthorization: Bearer ${token}\r\n${more}\r\n`;

/** What clients name by themselves although they send nothing. */
const TYPES = [
  'application/octet-stream',
  'application/x-www-form-urlencoded',
  'text/plain',
  'text/html',
  '///',
];
const FRAMES = [
  ['kept alive', 'content-length: 0\r\n', '1.1'],
  ['kept alive, without a length', '', '1.1'],
  ['closed', 'content-length: 0\r\nconnection: close\r\n', '1.1'],
  ['HTTP/1.0, kept alive', 'content-length: 0\r\nconnection: keep-alive\r\n', '1.0'],
  ['HTTP/1.0', 'content-length: 0\r\n', '1.0'],
] as const;

describe.each(TYPES)('a request without a body that names %s', (type) => {
  it.each(FRAMES)('is taken, and its wrong token told, %s', async (_how, frame, version) => {
    const more = `content-type: ${type}\r\n${frame}`;
    const [taken] = await raw(request(claimsPath(), await shopper(), more, version), 1);
    expect(taken).toMatch(/^202 /);
    const [wrong] = await raw(request(claimsPath(), 'old', more, version), 1);
    expect(wrong).toMatch(/^401 /);
  });

  it('has nothing to be refused for on other routes either', async () => {
    const token = await shopper();
    const more = `content-type: ${type}\r\ncontent-length: 0\r\n`;
    const [link] = await raw(request(`/v1/vouchers/${protectedId}/claim-links`, token, more), 1);
    expect(link).toMatch(/^201 /);
    const [logout] = await raw(request('/v1/auth/logout', token, `${more}connection: close\r\n`), 1);
    expect(logout).toMatch(/^204 /);
  });
});

it('a body of another type is refused as before', async () => {
  const more = 'content-type: text/plain\r\ncontent-length: 2\r\n';
  const [answer] = await raw(`${request(claimsPath(), await shopper(), more)}{}`, 1);
  expect(answer).toMatch(/^415 /);
});

describe.each([
  ['the fast path', ''],
  ['the standard route', 'content-type: application/json\r\ncontent-length: 2\r\n'],
])('%s', (_entrance, more) => {
  const body = more === '' ? '' : '{}';

  it('answers 300 pipelined claims in order', async () => {
    const token = await shopper();
    const all = Array.from(
      { length: 300 },
      (_, index) => `${request(claimsPath(), token, `${more}x-request-id: n-${index}\r\n`)}${body}`,
    );
    const answers = await raw(all.join(''), 300);
    expect(answers.map((answer) => /^202 /.test(answer))).toEqual(all.map(() => true));
    expect(answers.map((answer) => /x-request-id: (\S+)/.exec(answer)?.[1])).toEqual(
      all.map((_, index) => `n-${index}`),
    );
  });

  it('answers a client that closes its sending side, a claim and a refusal', async () => {
    const token = await shopper();
    const answers = await raw(
      `${request(claimsPath(), token, more)}${body}${request('/v1/vouchers/vch_0000000000000000/claims', token, more)}${body}`,
      2,
      true,
    );
    expect(answers.map((answer) => answer.slice(0, 3))).toEqual(['202', '404']);
  });

  it.each([10, 100, 300])('answers undici with pipelining %i', async (pipelining) => {
    const token = await shopper();
    const pool = new Pool(server.url, { connections: 1, pipelining });
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
    };
    const statuses = await inParallel(Array.from({ length: 300 }), 300, async () => {
      // undici pipelines what may be repeated alone, unless it is told that this may be.
      const options = {
        method: 'POST',
        path: claimsPath(),
        headers,
        idempotent: true,
        blocking: false,
      } as const;
      const answer = await pool.request({ ...options, ...(body ? { body } : {}) });
      await answer.body.dump();
      return answer.statusCode;
    });
    await pool.close();
    expect(new Set(statuses)).toEqual(new Set([202]));
  });
});

it.each([
  [
    'http.client',
    'c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))',
    'c.request("POST", path, headers=h)',
  ],
  [
    'http.client with an empty body',
    'c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))',
    'c.request("POST", path, b"", h)',
  ],
])('Python’s %s is answered, also with a wrong token', async (_name, open, ask) => {
  const script = `
import http.client, sys
path = sys.argv[2]
${open}
for token in (sys.argv[3], "old", sys.argv[3]):
    h = {"Authorization": "Bearer " + token}
    ${ask}
    r = c.getresponse()
    r.read()
    print(r.status)
`;
  const { stdout } = await run('python3', ['-c', script, String(port), claimsPath(), await shopper()]);
  expect(stdout.trim().split('\n')).toEqual(['202', '401', '202']);
});

it('Python’s urllib is answered, which names a form and closes the connection', async () => {
  const script = `
import sys, urllib.error, urllib.request
for token in (sys.argv[2], "old"):
    request = urllib.request.Request(sys.argv[1], data=b"", headers={"Authorization": "Bearer " + token})
    try:
        print(urllib.request.urlopen(request).status)
    except urllib.error.HTTPError as error:
        print(error.code)
`;
  const { stdout } = await run('python3', ['-c', script, `${server.url}${claimsPath()}`, await shopper()]);
  expect(stdout.trim().split('\n')).toEqual(['202', '401']);
});

it('wrk with 100 pipelined requests gets an answer to each', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'voucherconnect-wrk-'));
  const script = join(folder, 'pipelined.lua');
  await writeFile(
    script,
    `local one = wrk.format("POST", "/v1/vouchers/vch_0000000000000000/claims", { Authorization = "Bearer ${await shopper()}", ["Content-Length"] = "0" })
local all = string.rep(one, 100)
function request() return all end
function done(summary)
  local e = summary.errors
  io.write(string.format("%d %d\\n", summary.requests, e.connect + e.read + e.write))
end
`,
  );
  const { stdout } = await run('wrk', ['-t1', '-c4', '-d1s', '-s', script, server.url]);
  await rm(folder, { recursive: true });
  const [answers, broken] = (stdout.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  expect(answers).toBeGreaterThan(0);
  expect(broken).toBe(0);
});
