import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Auditor } from '../../src/audit/index.js';
import { newId } from '../../src/common/ids.js';
import { Database } from '../../src/database/database.js';
import { OpsServer } from '../../src/observability/ops-server.js';
import { until, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';

let server: TestApp;
let merchant: Session;
let voucherId: string;
let opsPort: number;
let letThrough = (): void => undefined;

beforeAll(async () => {
  server = await startApp();
  opsPort = await server.app.get(OpsServer).listen();
  merchant = await server.api.registerMerchant();
  voucherId = (await server.api.liveVoucher(merchant.access_token)).id;
});
afterEach(() => {
  letThrough();
  jest.restoreAllMocks();
});
afterAll(() => server.stop());

/** Audits that run until they are let through; @returns their signals, in the order in which they began. */
function heldAudits(): AbortSignal[] {
  const auditor = server.app.get(Auditor);
  const audit = auditor.audit.bind(auditor);
  const signals: AbortSignal[] = [];
  const held = new Promise<void>((resolve) => (letThrough = resolve));
  jest.spyOn(auditor, 'audit').mockImplementation(async (id, how) => {
    const signal = how?.signal;
    // The job of the program audits as well, and nobody waits for it.
    if (!signal) return audit(id);
    signals.push(signal);
    await held;
    return audit(id, how);
  });
  return signals;
}

const path = (): string => `/v1/vouchers/${voucherId}/audit`;

it('twelve audits at once: two run, eight wait, two hear when to ask again, and a wallet waits for none', async () => {
  const signals = heldAudits();
  const token = merchant.access_token;
  const asked = Array.from({ length: 12 }, () => server.api.call('GET', path(), { token }));
  const refused: { status: number; headers: Headers }[] = [];
  for (const each of asked) void each.then((answer) => answer.status === 503 && refused.push(answer));
  await until(async () => (refused.length === 2 ? true : undefined));
  expect(signals).toHaveLength(2);
  for (const { headers } of refused) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  const stranger = await server.api.register();
  const wallet = await server.api.call('GET', '/v1/me/claims', { token: stranger.access_token });
  expect(wallet.status).toBe(200);
  expect(signals).toHaveLength(2);
  letThrough();
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(10);
});

it.each([
  ['', () => server.url + path()],
  [' at the operations port', () => `http://127.0.0.1:${opsPort}/audit?voucher=${voucherId}`],
])('an audit%s whose client goes away is told so', async (_where, url) => {
  const signals = heldAudits();
  const client = new AbortController();
  const headers = { authorization: `Bearer ${merchant.access_token}` };
  const asked = fetch(url(), { headers, signal: client.signal });
  asked.catch(() => undefined);
  await until(async () => (signals.length === 1 ? true : undefined));
  expect(signals[0]?.aborted).toBe(false);
  client.abort();
  await until(async () => (signals[0]?.aborted ? true : undefined));
  letThrough();
  expect((await server.api.audit(merchant.access_token, voucherId)).ok).toBe(true);
});

describe('an audit that runs by itself', () => {
  const begin = (json: unknown, token = merchant.access_token) =>
    server.api.call('POST', `${path()}s`, { token, json });
  const find = (id: string): Promise<Json> =>
    server.api.expect(200, 'GET', `${path()}s/${id}`, { token: merchant.access_token });
  const ended = (id: string): Promise<Json> =>
    until(async () => {
      const job = await find(id);
      return job.status === 'done' || job.status === 'failed' ? job : undefined;
    });

  it('tells how far it is and then what it found; of two alike there is one', async () => {
    const signals = heldAudits();
    const first = await begin({});
    expect([first.status, first.headers.get('location')]).toEqual([202, `${path()}s/${first.body.id}`]);
    await until(async () => (signals.length === 1 ? true : undefined));
    expect(await find(first.body.id)).toMatchObject({ status: 'running', full: false, result: null });
    expect((await begin({})).body.id).toBe(first.body.id);
    const full = await begin({ full: true });
    expect(full.body).toMatchObject({ object: 'audit_job', status: 'queued', full: true });
    expect((await begin({})).body.id).toBe(full.body.id);
    letThrough();
    for (const { body } of [first, full])
      expect(await ended(body.id)).toMatchObject({ status: 'done', progress: 100, result: { ok: true } });
    const list = await server.api.expect(200, 'GET', `${path()}s`, { token: merchant.access_token });
    expect(list.data.map(({ id }: Json) => id)).toEqual([full.body.id, first.body.id]);
    expect((await begin({})).body.id).not.toBe(full.body.id);
  });

  it('is run again when its process died, and no more than three times', async () => {
    const [lost, hopeless] = [newId('adt', Date.now()), newId('adt', Date.now() + 1)];
    for (const [id, attempts] of [
      [lost, 1],
      [hopeless, 3],
    ])
      await server.app.get(Database).write((tx) =>
        tx.query(
          `INSERT INTO audit_jobs (id, voucher_id, whole, state, lease, beat_at, attempts, created_at)
           VALUES (?, ?, 0, 'running', 'of-the-dead', 1, ?, 1)`,
          [id, voucherId, attempts],
        ),
      );
    expect(await ended(lost)).toMatchObject({ status: 'done', result: { ok: true } });
    expect(await ended(hopeless)).toMatchObject({ status: 'failed', result: null });
  });

  it('says what does not hold', async () => {
    await server.app
      .get(Database)
      .write((tx) =>
        tx.query('UPDATE voucher_stock SET issued = issued + 1 WHERE voucher_id = ?', [voucherId]),
      );
    const { result } = await ended((await begin({})).body.id);
    expect(result.ok).toBe(false);
    expect(result.equations).toContainEqual(expect.objectContaining({ left: 1, right: 0, holds: false }));
  });

  it('is refused with other fields, to others, and to nobody', async () => {
    expect((await begin({ full: 'yes' })).body.code).toBe('validation_failed');
    const other = await server.api.registerMerchant();
    expect((await begin({}, other.access_token)).status).toBe(404);
    const unknown = `${path()}s/${newId('adt', 1)}`;
    expect((await server.api.call('GET', unknown, { token: merchant.access_token })).status).toBe(404);
    expect((await server.api.call('GET', unknown)).status).toBe(401);
  });
});
