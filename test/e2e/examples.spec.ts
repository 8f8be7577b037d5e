import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ROOT } from '../../src/common/root.js';
import { newWebhookSecret, signedHeaders, signingKey } from '../../src/webhook/domain/signature.js';
import { startApp, type TestApp } from '../support/app.js';

const run = promisify(execFile);
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const FOLDER = join(ROOT, 'clients/examples');
/** Compilers have nothing in their caches on a new machine, and that may be a slow one. */
const PATIENCE_MS = 900_000;

let server: TestApp;
/** What is compiled, for these tests alone. */
let built: string;

beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), 'voucherconnect-example-'));
  server = await startApp({ WEBHOOK_PRIVATE_ADDRESSES: 'allowed', WEBHOOK_INTERVAL_MS: '50' });
  // The package itself is another test's matter.
  await run(process.execPath, [TSC, '-p', join(ROOT, 'clients/typescript'), '--outDir', built]);
  // Without a C compiler, and with the toolchain that is there.
  const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local' };
  await run('go', ['build', '-o', join(built, 'job'), 'job.go'], { cwd: FOLDER, env });
  await run('javac', ['-d', built, 'VerifyWebhook.java'], { cwd: FOLDER });
}, PATIENCE_MS);
afterAll(async () => {
  await server.stop();
  await rm(built, { recursive: true, force: true });
});

const goJob = (): string => join(built, 'job');

describe('the example', () => {
  it.each<[string, () => string, string[]]>([
    ['Node', () => process.execPath, ['job.mjs']],
    ['Python', () => 'python3', ['job.py']],
    ['Go', goJob, []],
    ['curl', () => 'bash', ['job.sh']],
  ])(
    'for %s does the whole job',
    async (_language, program, args) => {
      const CLIENT = pathToFileURL(join(built, 'index.js')).href;
      const env = { ...process.env, API: server.url, CLIENT };
      const { stdout } = await run(program(), args, { env, cwd: FOLDER });
      expect(stdout).toBe('claim issued\nwebhook claim.redeemed of the claim\n');
    },
    PATIENCE_MS,
  );
});

describe('the verification of webhooks', () => {
  const [now, old] = [newWebhookSecret(), newWebhookSecret()];
  const body = '{"id":"evt_1","type":"claim.issued","data":{"id":"clm_1","name":"林"}}';
  const message = (at = Date.now(), secrets = [old, now]) =>
    signedHeaders('evt_1', at, body, secrets.map(signingKey));

  it.each<[string, () => string, () => string[]]>([
    ['Python', () => 'python3', () => ['job.py', 'verify']],
    ['Go', goJob, () => ['verify']],
    ['Java', () => 'java', () => ['-cp', built, 'VerifyWebhook']],
  ])(
    'in %s takes what we signed, and nothing else',
    async (_language, program, args) => {
      const verified = async (headers: Readonly<Record<string, string>>, sent = body, secret = now) => {
        const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures } = headers;
        const given = [secret, id, at, signatures].map(String);
        const child = run(program(), [...args(), ...given], { cwd: FOLDER });
        child.child.stdin?.end(sent);
        return (await child).stdout.trim();
      };
      // While one secret replaces the other, either of them is enough.
      expect(await verified(message())).toBe('genuine');
      expect(await verified(message(), body, old)).toBe('genuine');
      expect(await verified(message(), body.replace('clm_1', 'clm_2'))).toBe('refused');
      expect(await verified(message(), body, newWebhookSecret())).toBe('refused');
      expect(await verified({ ...message(), 'webhook-id': 'evt_2' })).toBe('refused');
      expect(await verified(message(Date.now() - 3_600_000))).toBe('refused');
      expect(await verified(message(Date.now() + 3_600_000))).toBe('refused');
    },
    PATIENCE_MS,
  );
});
