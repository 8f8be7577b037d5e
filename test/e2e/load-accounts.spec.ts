import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { releaseFolder } from '../../src/database/connect.js';
import { ROOT } from '../../src/common/root.js';
import { newDataDir, startApp, TEST_ENV } from '../support/app.js';

let dataDir: string;

interface Outcome {
  readonly status: number;
  readonly said: string;
}

const loadAccounts = (
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Outcome> =>
  new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '', ...TEST_ENV, DATA_DIR: dataDir, ...more };
    const file = join(ROOT, 'dist/test/bench/accounts.js');
    execFile(process.execPath, [file, ...args], { cwd: dataDir, env }, (error, out, err) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, said: `${out}${err}` }),
    );
  });

beforeAll(async () => {
  dataDir = await newDataDir();
  await (await startApp({ DATA_DIR: dataDir })).stop(); // makes the tables
});

afterAll(async () => {
  releaseFolder(dataDir);
  await rm(dataDir, { recursive: true, force: true });
});

describe('npm run load:accounts', () => {
  it('makes accounts whose tokens the application takes', async () => {
    expect(await loadAccounts(['--count', '3', '--out', 'accounts.csv'])).toMatchObject({ status: 0 });
    const [head, ...lines] = readFileSync(join(dataDir, 'accounts.csv'), 'utf8').trim().split('\n');
    expect(head).toBe('user_id,email,access_token');
    expect(new Set(lines).size).toBe(3);
    const server = await startApp({ DATA_DIR: dataDir });
    try {
      for (const line of lines) {
        const [id, email, token] = line.split(',');
        const answer = await server.api.call('GET', '/v1/me', { token });
        expect({ status: answer.status, id: answer.body.id, email: answer.body.email }).toEqual({
          status: 200,
          id,
          email,
        });
      }
    } finally {
      await server.stop();
    }
  });

  it('writes one token a line, all of one length, for generators that count in bytes', async () => {
    expect((await loadAccounts(['--count', '1200', '--out', 'tokens.txt'])).status).toBe(0);
    const tokens = readFileSync(join(dataDir, 'tokens.txt'), 'utf8').trimEnd().split('\n');
    expect(new Set(tokens).size).toBe(1_200);
    expect(new Set(tokens.map(({ length }) => length)).size).toBe(1);
  });

  it('is refused in production', async () => {
    const secrets = { JWT_SECRET: 'j'.repeat(32), CLAIM_SECRET: 'c'.repeat(32) };
    const hashing = { PASSWORD_MEMORY_KIB: '19456', PASSWORD_ITERATIONS: '2' };
    const production = { NODE_ENV: 'production', ...secrets, ...hashing };
    const outcome = await loadAccounts(['--count', '1', '--out', 'never.txt'], production);
    expect(outcome).toEqual({ status: 2, said: 'refused with NODE_ENV=production\n' });
    expect(() => readFileSync(join(dataDir, 'never.txt'))).toThrow('ENOENT');
  });

  it('names what is wrong with its options', async () => {
    expect((await loadAccounts(['--count', '0', '--out', 'x'])).said).toContain('--count');
    expect((await loadAccounts(['--count', '1'])).said).toContain('--out');
    expect((await loadAccounts(['--count', '1', '--out', 'x', '--format', 'xml'])).said).toContain(
      '--format',
    );
  });
});
