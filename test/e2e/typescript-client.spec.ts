import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  ClaimStillPendingError,
  verifyWebhook,
  VoucherConnect,
  VoucherConnectError,
} from '../../clients/typescript/src/index.js';
import { createApp } from '../../src/app.factory.js';
import { ROOT } from '../../src/common/root.js';
import { loadConfig } from '../../src/config/index.js';
import { releaseFolder } from '../../src/database/connect.js';
import { newEmail, PASSWORD, until, voucherTerms } from '../support/api.js';
import { newDataDir, startApp, TEST_ENV, type TestApp } from '../support/app.js';
import { installClient } from '../support/client-package.js';
import { freePort } from '../../src/cli/free-ports.js';
import { PATIENCE_MS } from '../support/patience.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const run = promisify(execFile);
const TSC_OPTIONS = ['--noEmit', '--strict', '--module', 'nodenext', '--lib', 'es2022,dom'] as const;
type Terms = ReturnType<typeof voucherTerms> & {
  title: string;
  total_stock: number;
  opens_at: string;
  closes_at: string;
};
const terms = (more: Record<string, unknown> = {}): Terms => voucherTerms(more) as Terms;

let server: TestApp;
let receiver: WebhookReceiver;
let anyone: VoucherConnect;
let merchant: VoucherConnect;

const person = () => ({ email: newEmail(), password: PASSWORD, name: 'Lin' });
const signUp = async (client = anyone): Promise<VoucherConnect> => {
  const session = await client.call('post', '/v1/auth/register', { body: person() });
  return client.as(session.access_token ?? '');
};
const live = async (more: Record<string, unknown> = {}): Promise<string> => {
  const { id } = await merchant.call('post', '/v1/vouchers', { body: terms(more) });
  await merchant.call('post', '/v1/vouchers/{id}/publish', { params: { id } });
  return id;
};

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  server = await startApp({
    RATE_LIMIT_REGISTER: 'off',
    RATE_LIMIT_WRITE: 'off',
    WEBHOOK_PRIVATE_ADDRESSES: 'allowed',
    WEBHOOK_INTERVAL_MS: '50',
    OUTBOX_INTERVAL_MS: '50',
  });
  anyone = new VoucherConnect({ baseUrl: `${server.url}/` });
  const { session } = await anyone.call('post', '/v1/merchants', {
    body: { name: 'Tea House', time_zone: 'Asia/Shanghai', owner: person() },
  });
  merchant = anyone.as(session.access_token ?? '');
});
afterAll(async () => {
  await server.stop();
  await receiver.stop();
});

describe('our client', () => {
  it('does the whole job: publish, claim, wait, redeem, verify a webhook', async () => {
    const { secret } = await merchant.call('post', '/v1/webhooks', {
      body: { url: receiver.url, events: ['claim.redeemed'] },
    });
    const voucherId = await live();
    const shopper = await signUp();
    const accepted = await shopper.claim(voucherId);
    const claim = await shopper.claimEnded(accepted.id);
    expect(claim).toMatchObject({ id: accepted.id, status: 'issued', code: expect.any(String) });
    await merchant.call('post', '/v1/redemptions', { body: { code: claim.code ?? '' } });
    const message = await until(async () => receiver.received[0]);
    const event = await verifyWebhook(message.body, message.headers, secret);
    if (event.type !== 'claim.redeemed') throw new Error(event.type);
    expect(event.data.id).toBe(claim.id);
    expect((await anyone.call('get', '/v1/vouchers', { query: { limit: 5 } })).data.length).toBeGreaterThan(
      0,
    );
  });

  it('throws problems as the server tells them, with what a code adds', async () => {
    const voucherId = await live();
    const shopper = await signUp();
    const { id } = await shopper.claim(voucherId);
    const error = await shopper.claim(voucherId).catch((thrown: unknown) => thrown);
    if (!(error instanceof VoucherConnectError)) throw error;
    const { problem, status, requestId } = error;
    if (problem?.code !== 'claim_limit_reached') throw error;
    expect([status, problem.claim_id, requestId]).toEqual([409, id, expect.stringMatching(/^req_/)]);
    await expect(anyone.claim(voucherId)).rejects.toMatchObject({ status: 401, code: 'unauthenticated' });
  });

  it('takes one unit where answers get lost on the way, and another where it is told to', async () => {
    const voucherId = await live({ per_user_limit: 10 });
    const keys: string[] = [];
    let token = '';
    const lossy = new VoucherConnect({
      baseUrl: server.url,
      token: () => token,
      fetch: async (url, init) => {
        const answer = await fetch(url, init);
        keys.push(new Headers(init?.headers).get('idempotency-key') ?? '');
        if (keys.length % 3 !== 0) throw new TypeError('terminated');
        return answer;
      },
    });
    const session = await anyone.call('post', '/v1/auth/register', { body: person() });
    token = session.access_token ?? '';
    const [first, second] = [await lossy.claim(voucherId), await lossy.claim(voucherId)];
    expect(first.id).not.toBe(second.id);
    expect([keys.length, new Set(keys).size]).toEqual([6, 2]);
    const holder = anyone.as(token);
    await Promise.all([holder.claimEnded(first.id), holder.claimEnded(second.id)]);
    expect((await holder.call('get', '/v1/me/claims')).data).toHaveLength(2);
    const logout = lossy.call('post', '/v1/auth/logout');
    await expect(logout).rejects.toMatchObject({ code: 'no_answer' });
    expect(keys).toHaveLength(7);
  });

  it('waits as long as Retry-After says, and ends when it is told to', async () => {
    const calls: number[] = [];
    const busy = new VoucherConnect({
      baseUrl: server.url,
      fetch: async (url, init) => {
        calls.push(performance.now());
        if (calls.length > 1) return fetch(url, init);
        const body = { code: 'overloaded', detail: 'busy', status: 503, retryable: true };
        return Response.json(body, { status: 503, headers: { 'retry-after': '0.3' } });
      },
    });
    await busy.call('get', '/v1/time');
    expect(calls).toHaveLength(2);
    expect((calls[1] ?? 0) - (calls[0] ?? 0)).toBeGreaterThan(250);
    const reason = new Error('the page is closed');
    await expect(busy.call('get', '/v1/time', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('asks for another token once when the first one is no longer good', async () => {
    const session = await anyone.call('post', '/v1/auth/register', { body: person() });
    const asked: boolean[] = [];
    const client = anyone.as((rejected) => {
      asked.push(rejected);
      return rejected ? (session.access_token ?? '') : 'old';
    });
    expect((await client.call('get', '/v1/me')).id).toBe(session.user.id);
    expect(asked).toEqual([false, true]);
  });
});

describe('for a page, our client', () => {
  it('renews a session in cookies once, and not where what was sent is at fault', async () => {
    const { email, ...rest } = person();
    const session = await anyone.call('post', '/v1/auth/register', { body: { email, ...rest } });
    let renewed = 0;
    const keys: (string | null)[] = [];
    const page = new VoucherConnect({
      baseUrl: server.url,
      retry: { retries: 0 },
      renewSession: () => (renewed += 1) === 1,
      fetch: (url, init) => {
        const headers = new Headers(init?.headers);
        keys.push(headers.get('idempotency-key'));
        // What a cookie would do.
        if (renewed > 0) headers.set('authorization', `Bearer ${session.access_token}`);
        return fetch(url, { ...init, headers });
      },
    });
    expect((await page.call('get', '/v1/me')).id).toBe(session.user.id);
    const body = { email, password: 'not the password at all' };
    const login = page.call('post', '/v1/auth/login', { body, renews: false });
    await expect(login).rejects.toMatchObject({ code: 'invalid_credentials' });
    await page.claim(await live());
    expect([renewed, keys]).toEqual([1, [null, null, null, null]]);
  });

  it('follows addresses of the installation alone, and sends a file as it is', async () => {
    expect((await merchant.follow<{ object: string }>('get', '/v1/time')).body.object).toBe('time');
    for (const path of ['//a.example/', '/\\a.example/', '/\t/a.example/', 'https://a.example/', ''])
      await expect(merchant.follow('get', path)).rejects.toBeInstanceOf(TypeError);
    const { id } = await merchant.call('post', '/v1/vouchers', { body: terms() });
    const list = new Blob(['lin@example.com\n'], { type: 'text/csv' });
    const stored = await merchant.call('put', '/v1/vouchers/{id}/eligibility', {
      params: { id },
      body: list,
    });
    expect(stored).toMatchObject({ eligibility: 'listed', people: 1 });
  });
});

describe('waiting for a claim', () => {
  it.each(['stream', 'poll'] as const)('goes on over a restart of the server, by %s', async (by) => {
    const dataDir = await newDataDir();
    const port = await freePort();
    const start = async (consumes: boolean) => {
      const config = loadConfig({ ...TEST_ENV, DATA_DIR: dataDir, PORT: String(port) });
      const app = await createApp(config);
      // Without it the claim is taken, and nobody issues it.
      if (consumes) await app.startAllMicroservices();
      await app.listen({ port, host: '127.0.0.1' });
      return async () => {
        app.getHttpServer().closeAllConnections();
        await app.close();
        releaseFolder(dataDir);
      };
    };
    const client = new VoucherConnect({ baseUrl: `http://127.0.0.1:${port}`, retry: { retries: 8 } });
    const stopFirst = await start(false);
    const shop = await client.call('post', '/v1/merchants', {
      body: { name: 'Tea House', time_zone: 'Asia/Shanghai', owner: person() },
    });
    const owner = client.as(shop.session.access_token ?? '');
    const { id } = await owner.call('post', '/v1/vouchers', { body: terms() });
    await owner.call('post', '/v1/vouchers/{id}/publish', { params: { id } });
    const shopper = await signUp(client);
    const accepted = await shopper.claim(id);
    await expect(shopper.claimEnded(accepted.id, { withinMs: 300, by })).rejects.toBeInstanceOf(
      ClaimStillPendingError,
    );
    const waiting = shopper.claimEnded(accepted.id, { withinMs: PATIENCE_MS, by });
    await stopFirst();
    const stopSecond = await start(true);
    try {
      expect(await waiting).toMatchObject({ id: accepted.id, status: 'issued', code: expect.any(String) });
    } finally {
      await stopSecond();
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  it('says at once where there is no such claim, and when the caller has had enough', async () => {
    const shopper = await signUp();
    await expect(shopper.claimEnded('clm_none')).rejects.toMatchObject({ code: 'not_found' });
    const reason = new Error('the page is closed');
    await expect(shopper.claimEnded('clm_none', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('the package', () => {
  it('is installed from its tarball into an empty folder, and used as module, as CommonJS and with types', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'voucherconnect-package-'));
    try {
      const packed = await installClient(folder);
      expect(packed.filter((path) => !/^(dist\/|README|package)/.test(path))).toEqual([]);
      const use = (load: string): string =>
        `${load}
        const client = new VoucherConnect({ baseUrl: ${JSON.stringify(server.url)} });
        client.call('get', '/v1/time').then(({ object }) => console.log(object, typeof verifyWebhook));`;
      const names = '{ VoucherConnect, verifyWebhook }';
      await writeFile(join(folder, 'a.mjs'), use(`import ${names} from 'voucherconnect-client';`));
      await writeFile(join(folder, 'b.cjs'), use(`const ${names} = require('voucherconnect-client');`));
      for (const file of ['a.mjs', 'b.cjs'])
        expect((await run(process.execPath, [join(folder, file)])).stdout).toBe('time function\n');
      await mkdir(join(folder, 'types'));
      const typed = use(`import ${names} from 'voucherconnect-client';`);
      await writeFile(join(folder, 'types/a.mts'), typed);
      await writeFile(join(folder, 'types/b.cts'), typed);
      const tsc = (...files: string[]) =>
        run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...TSC_OPTIONS, ...files], {
          cwd: folder,
        });
      await writeFile(join(folder, 'types/c.mts'), typed.replace("'/v1/time'", "'/v1/tide'"));
      const said = await tsc('types/a.mts', 'types/b.cts', 'types/c.mts').then(
        ({ stdout }) => stdout,
        (error: { stdout: string }) => error.stdout,
      );
      const faulty = said.match(/^types\/\w\.\wts(?=\(\d+,\d+\): error)/gm);
      expect(new Set(faulty)).toEqual(new Set(['types/c.mts']));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
