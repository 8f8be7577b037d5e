import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from '../../src/common/root.js';
import { call, openDrop, users } from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { freshSystem } from '../support/stack-env.js';

/** What this machine has of the clients and load tools that people use; `e2e/http-clients` has those that are always there. */
const run = promisify(execFile);
const CLIENTS = join(ROOT, 'test', 'clients', 'http');

const has = (program: string, ...args: readonly string[]): boolean => {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Asks once with each token, and prints the statuses. */
const PROGRAMS = [
  { name: 'Node fetch', there: true, program: process.execPath, args: [join(CLIENTS, 'claims.mjs')] },
  {
    name: 'Go net/http',
    there: has('go', 'version'),
    program: 'go',
    args: ['run', join(CLIENTS, 'claims.go')],
  },
  {
    name: 'Java HttpClient',
    there: has('javac', '-version'),
    program: 'java',
    args: [join(CLIENTS, 'Claims.java')],
  },
  {
    name: 'aiohttp',
    there: has('python3', '-c', 'import aiohttp'),
    program: 'python3',
    args: [join(CLIENTS, 'claims.py')],
  },
].filter(({ there }) => there);

/** Ask many times with one token, and count. */
const TOOLS = [
  {
    name: 'ab',
    there: has('ab', '-V'),
    args: (url: string, token: string, file: string, body: string) => [
      ...['-k', '-q', '-n', '200', '-c', '10', '-H', `Authorization: Bearer ${token}`],
      ...(body ? ['-T', 'application/json', '-p', file] : ['-p', file]),
      url,
    ],
    /** Answers in all, and those that were none of 2xx. */
    counts: (output: string) => ({
      answers: Number(/Complete requests:\s+(\d+)/.exec(output)?.[1]),
      others: Number(/Non-2xx responses:\s+(\d+)/.exec(output)?.[1] ?? 0),
      kept: Number(/Keep-Alive requests:\s+(\d+)/.exec(output)?.[1]),
    }),
  },
  {
    name: 'hey',
    there: has('sh', '-c', 'command -v hey'),
    args: (url: string, token: string, _file: string, body: string) => [
      ...['-n', '200', '-c', '10', '-m', 'POST', '-H', `Authorization: Bearer ${token}`],
      ...(body ? ['-T', 'application/json', '-d', body] : []),
      url,
    ],
    counts: (output: string) => {
      const of = (pattern: RegExp): number =>
        [...output.matchAll(pattern)].reduce((sum, [, count]) => sum + Number(count), 0);
      return {
        answers: of(/\[\d{3}\]\t(\d+) responses/g),
        others: of(/\[[^2]\d\d\]\t(\d+) responses/g),
        kept: 200,
      };
    },
  },
].filter(({ there }) => there);

describe.each([
  { entrance: 'the fast path', body: '' },
  { entrance: 'the standard route', body: '{}' },
])('$entrance', ({ body }) => {
  let server: Instance;
  let url: string;
  let folder: string;
  let file: string;
  const [shopper] = users(1);
  const token = shopper?.token ?? '';

  beforeAll(async () => {
    server = await Instance.start({ ...(await freshSystem('clients', 9)), RATE_LIMIT_CLAIM: 'off' });
    const drop = await openDrop(server.url, 5_000, { per_user_limit: 500 });
    url = `${server.url}/v1/vouchers/${drop.id}/claims`;
    expect(await call(server.url, 'POST', `/v1/vouchers/${drop.id}/claims`, { token })).toMatchObject({
      status: 202,
    });
    folder = await mkdtemp(join(tmpdir(), 'voucherconnect-clients-'));
    file = join(folder, 'body');
    await writeFile(file, body);
  });

  afterAll(async () => {
    await server.kill('SIGTERM');
    await rm(folder, { recursive: true });
  });

  for (const { name, program, args } of PROGRAMS)
    it(`answers ${name}: claims, and a wrong token in between`, async () => {
      const { stdout } = await run(program, [...args, url, body, token, 'old', token]);
      const statuses = stdout.trim().split('\n');
      expect(statuses).toEqual(
        Array.from({ length: statuses.length / 3 }, () => ['202', '401', '202']).flat(),
      );
      expect(statuses.length).toBeGreaterThanOrEqual(3);
    });

  for (const { name, args, counts } of TOOLS)
    it(`answers each of 200 claims of ${name} on kept connections, and tells it of a wrong token`, async () => {
      const claims = await run(name, args(url, token, file, body));
      expect(counts(claims.stdout)).toEqual({ answers: 200, others: 0, kept: 200 });
      const refused = await run(name, args(url, 'old', file, body));
      expect(counts(refused.stdout)).toMatchObject({ answers: 200, others: 200 });
    });
});
