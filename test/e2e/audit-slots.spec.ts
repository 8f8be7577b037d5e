import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { Auditor } from '../../src/audit/index.js';
import { until, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';

let server: TestApp;
let merchant: Session;
let voucherId: string;
let letThrough = (): void => undefined;

beforeAll(async () => {
  server = await startApp();
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
  await until(async () => (refused.length === 2 ? true : undefined), 20_000);
  expect(signals).toHaveLength(2);
  for (const { headers } of refused) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  const stranger = await server.api.register();
  const wallet = await server.api.call('GET', '/v1/me/claims', { token: stranger.access_token });
  expect(wallet.status).toBe(200);
  expect(signals).toHaveLength(2);
  letThrough();
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(10);
}, 60_000);

it('an audit whose client goes away is told so', async () => {
  const signals = heldAudits();
  const client = new AbortController();
  const headers = { authorization: `Bearer ${merchant.access_token}` };
  const asked = fetch(server.url + path(), { headers, signal: client.signal });
  asked.catch(() => undefined);
  await until(async () => (signals.length === 1 ? true : undefined), 20_000);
  expect(signals[0]?.aborted).toBe(false);
  client.abort();
  await until(async () => (signals[0]?.aborted ? true : undefined), 20_000);
  letThrough();
  expect((await server.api.audit(merchant.access_token, voucherId)).ok).toBe(true);
});
