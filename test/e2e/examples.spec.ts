import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ROOT } from '../../src/common/root.js';
import { startApp, type TestApp } from '../support/app.js';

const run = promisify(execFile);
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

let server: TestApp;
let client: string;

beforeAll(async () => {
  client = await mkdtemp(join(tmpdir(), 'voucherconnect-example-'));
  server = await startApp({ WEBHOOK_PRIVATE_ADDRESSES: 'allowed', WEBHOOK_INTERVAL_MS: '50' });
  // The package itself is another test's matter.
  await run(process.execPath, [TSC, '-p', join(ROOT, 'clients/typescript'), '--outDir', client]);
}, 300_000);
afterAll(async () => {
  await server.stop();
  await rm(client, { recursive: true, force: true });
});

describe('the example', () => {
  it.each([
    ['Node', process.execPath, 'job.mjs'],
    ['Python', 'python3', 'job.py'],
  ])(
    'for %s does the whole job',
    async (_language, program, file) => {
      const env = { ...process.env, API: server.url, CLIENT: pathToFileURL(join(client, 'index.js')).href };
      const { stdout } = await run(program, [join(ROOT, 'clients/examples', file)], { env });
      expect(stdout).toBe('claim issued\nwebhook claim.redeemed of the claim\n');
    },
    300_000,
  );
});
