import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from '../../src/common/root.js';
import { Api, inParallel, until, type Session } from '../support/api.js';
import { newDataDir, TEST_ENV } from '../support/app.js';
import { freePort } from '../../src/cli/free-ports.js';
import { Instance } from '../support/instance.js';

const running = new Set<Instance>();
const folders = new Set<string>();

beforeAll(() => {
  if (!existsSync(join(ROOT, 'dist', 'src', 'main.js')))
    throw new Error('dist/ is missing: run `npm run build` first');
});
afterEach(async () => {
  for (const instance of running) await instance.kill();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  running.clear();
  folders.clear();
});

async function dataDir(): Promise<string> {
  const folder = await newDataDir();
  folders.add(folder);
  return folder;
}

/** The environment of a child: nothing of the servers that this shell may know, nor of `.env`. */
const childEnv = (folder: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  ...TEST_ENV,
  DATABASE_URL: '',
  REDIS_URL: '',
  KAFKA_BROKERS: '',
  LOG_LEVEL: 'error',
  SQLITE_SYNCHRONOUS: 'full',
  DATA_DIR: folder,
  ...more,
  PORT: more['PORT'] ?? '',
  OPS_PORT: more['OPS_PORT'] ?? '',
});

async function spawn(folder: string, more: Readonly<Record<string, string>> = {}): Promise<Instance> {
  const env = childEnv(folder, more);
  for (const name of ['PORT', 'OPS_PORT']) if (env[name] === '') delete env[name];
  const instance = await Instance.spawn(env);
  running.add(instance);
  return instance;
}

async function start(folder: string, more: Readonly<Record<string, string>> = {}): Promise<Instance> {
  const instance = await spawn(folder, more);
  await instance.ready();
  return instance;
}

/** One line is what people see when the start fails, and no stack trace; lines of JSON are the log's, on stdout. */
function expectOneLine(log: string, pattern: RegExp): void {
  expect(log).not.toMatch(/\n\s+at |"stack"/);
  const lines = log.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('{'));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(pattern);
}

describe('kill -9 under load', () => {
  it('loses no claim that was answered 202, and the equations hold', async () => {
    const folder = await dataDir();
    // A few users claim as fast as a crowd: here it is not about their rate.
    const noRate = { RATE_LIMIT_CLAIM: 'off' };
    const first = await start(folder, noRate);
    const api = new Api(first.url);
    const merchant = await api.registerMerchant();
    const users = await inParallel(Array.from({ length: 150 }), 16, () => api.register());
    const voucher = await api.liveVoucher(merchant.access_token, { total_stock: 5_000, per_user_limit: 20 });

    const promised: { readonly id: string; readonly token: string }[] = [];
    let dead = false;
    const crowd = inParallel(users, users.length, async ({ access_token: token }: Session) => {
      while (!dead) {
        try {
          const { status, body } = await api.claim(token, voucher.id);
          if (status === 202) promised.push({ id: body.id, token });
          if (body?.code === 'claim_limit_reached') return;
        } catch {
          return; // the connection died with the process
        }
      }
    });
    await until(async () => (promised.length >= 300 ? true : undefined));
    await first.kill('SIGKILL');
    dead = true;
    await crowd;
    const before = [...promised];
    expect(before.length).toBeGreaterThanOrEqual(300);

    const second = new Api((await start(folder, noRate)).url);
    const claims = await inParallel(before, 16, ({ id, token }) => second.waitEnded(token, id));
    expect(claims.filter((claim) => claim.status !== 'issued')).toEqual([]);
    expect(new Set(claims.map((claim) => claim.code)).size).toBe(before.length);

    const summary = await second.waitSettled(merchant.access_token, voucher.id);
    expect(summary.issued).toBeGreaterThanOrEqual(before.length);
    expect(summary.remaining).toBe(5_000 - summary.issued);
    const audit = await second.audit(merchant.access_token, voucher.id);
    expect(audit.equations.filter((equation: { holds: boolean }) => !equation.holds)).toEqual([]);

    // The gate goes on where it was: quota and sequence are remembered.
    const someone = users[0] as Session;
    for (;;) {
      const { status, body } = await second.claim(someone.access_token, voucher.id);
      if (status !== 202) {
        expect(body.code).toBe('claim_limit_reached');
        break;
      }
    }
    await second.waitSettled(merchant.access_token, voucher.id);
    const mine = await second.expect(200, 'GET', '/v1/me/claims?limit=100', { token: someone.access_token });
    expect(mine.data).toHaveLength(20);
    expect((await second.audit(merchant.access_token, voucher.id)).ok).toBe(true);
  });

  it('keeps what was issued, the keys and the accounts over an orderly stop', async () => {
    const folder = await dataDir();
    const first = await start(folder);
    const api = new Api(first.url);
    const merchant = await api.registerMerchant();
    const shopper = await api.register();
    const voucher = await api.liveVoucher(merchant.access_token, { per_user_limit: 3 });
    const key = { 'idempotency-key': 'over a restart' };
    const accepted = await api.claim(shopper.access_token, voucher.id, key);
    const issued = await api.waitIssued(shopper.access_token, accepted.body.id);
    expect(await first.kill('SIGTERM')).toBe(0);

    const second = new Api((await start(folder)).url);
    expect((await second.claimStatus(shopper.access_token, accepted.body.id)).body).toEqual(issued);
    const replay = await second.claim(shopper.access_token, voucher.id, key);
    expect([replay.status, replay.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
    expect(replay.body).toEqual(accepted.body);
    expect((await second.claim(shopper.access_token, voucher.id)).body).toMatchObject({
      ordinal: 2,
      sequence: 2,
    });
    expect((await second.waitSettled(merchant.access_token, voucher.id)).issued).toBe(2);
  });
});

describe('a start that cannot succeed', () => {
  let blocker: Server | undefined;
  afterEach(() => void blocker?.close());

  it.each(['PORT', 'OPS_PORT'])('on a busy %s ends with code 1 and one line', async (setting) => {
    blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as AddressInfo;
    const instance = await spawn(await dataDir(), { [setting]: String(port) });
    expect(await instance.exited()).toBe(1);
    expectOneLine(instance.log, new RegExp(`port ${port} .*in use.*${setting}`));
  });

  it('on a folder that another process holds ends with code 1 and one line, and leaves the other alone', async () => {
    const folder = await dataDir();
    const first = await start(folder);
    const second = await spawn(folder);
    expect(await second.exited()).toBe(1);
    expectOneLine(second.log, /in use by another process/);
    expect((await new Api(first.url).call('GET', '/readyz')).status).toBe(200);
  });

  it('with wrong settings names all of them in one line, without their values', async () => {
    const instance = await spawn(await dataDir(), {
      JWT_SECRET: 'tooshort',
      LOG_LEVEL: 'loud',
      REDIS_URL: 'redis://:hush@h',
    });
    expect(await instance.exited()).toBe(1);
    expectOneLine(instance.log, /JWT_SECRET.*|LOG_LEVEL/);
    for (const name of ['JWT_SECRET', 'LOG_LEVEL']) expect(instance.log).toContain(name);
    for (const secret of ['tooshort', 'hush', 'loud']) expect(instance.log).not.toContain(secret);
  });

  it('without its servers ends with code 1 and one line, without the password', async () => {
    const port = await freePort();
    const instance = await spawn(await dataDir(), {
      DATABASE_URL: `mariadb://someone:hush@127.0.0.1:${port}/nothing`,
      REDIS_URL: `redis://127.0.0.1:${port}/0`,
      KAFKA_BROKERS: `127.0.0.1:${port}`,
    });
    expect(await instance.exited()).toBe(1);
    expectOneLine(instance.log, /cannot be reached/);
    expect(instance.log).not.toContain('hush');
  });
});
