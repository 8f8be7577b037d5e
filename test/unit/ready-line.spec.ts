import { describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { loadConfig } from '../../src/config/index.js';
import { readyLines, type Started } from '../../src/ready-line.js';

const STARTED: Started = {
  port: 3000,
  opsPort: 9464,
  fastPath: 'on',
  servesPages: true,
  hasVouchers: true,
};

const lines = (started: Partial<Started> = {}, env: Readonly<Record<string, string>> = {}): string[] =>
  readyLines(loadConfig(env), { ...STARTED, ...started });

describe('the line of a process that is ready', () => {
  it('names site, console, docs, data folder and metrics', () => {
    expect(lines()).toEqual([
      'VoucherConnect is ready (embedded mode): site http://127.0.0.1:3000/, console http://127.0.0.1:3000/console, ' +
        `API docs http://127.0.0.1:3000/docs, data ${resolve('data')}, metrics http://127.0.0.1:9464/metrics, fast path for claims on`,
    ]);
  });

  it('says how to make the first voucher where there is none, and of the examples in development only', () => {
    expect(lines({ hasVouchers: false })[1]).toMatch(/console\/register .*npm run seed/);
    const production = { NODE_ENV: 'production', JWT_SECRET: 'j'.repeat(32), CLAIM_SECRET: 'c'.repeat(32) };
    expect(lines({ hasVouchers: false }, production)[1]).not.toContain('seed');
  });

  it('says why claims do not take the fast path', () => {
    expect(lines({ fastPath: 'off' }, { FAST_PATH: 'off' })[0]).toMatch(
      /fast path for claims off \(FAST_PATH=off\)$/,
    );
    expect(lines({ fastPath: 'off' })[0]).toMatch(
      /fast path for claims off \(not possible with this version of Node\)$/,
    );
  });

  it('names no page that is not served', () => {
    const [line, ...others] = lines({ servesPages: false, hasVouchers: false });
    expect(line).not.toContain('console');
    expect(others).toEqual([]);
    expect(lines({ port: undefined })[0]).toContain('no API in this role');
  });
});
