import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { Voucher, VoucherLifecycle } from '../../src/voucher/index.js';
import { StockWaves } from '../../src/voucher/stock-waves.js';
import { until, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session;

beforeAll(async () => {
  // The job does not come by itself: the tests say when.
  server = await startApp({
    WEB_DIR: 'test/support/web',
    LIFECYCLE_INTERVAL_MS: '3600000',
    RATE_LIMIT_CLAIM: 'off',
    RATE_LIMIT_WRITE: 'off',
  });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

const inFuture = (ms: number): string => new Date(Date.now() + ms).toISOString();
const HOUR = 3_600_000;
const PAST = -600_000;
const read = (id: string): Promise<Json> =>
  server.api.expect(200, 'GET', `/v1/merchants/me/vouchers/${id}`, { token: merchant.access_token });
const patch = (id: string, waves: Json, ifMatch = '*'): Promise<Answer> =>
  server.api.call('PATCH', `/v1/vouchers/${id}`, {
    token: merchant.access_token,
    json: { waves },
    headers: { 'if-match': ifMatch },
  });
const deltas = async (id: string): Promise<number[]> => {
  const rows: Json[] = await server.app
    .get(Database)
    .read.query('SELECT delta, state FROM stock_ledger WHERE voucher_id = ? ORDER BY number', [id]);
  expect(rows.every(({ state }) => state === 'applied')).toBe(true);
  return rows.map(({ delta }) => delta);
};
const run = (): Promise<void> => server.app.get(VoucherLifecycle).run();

async function auditHolds(id: string): Promise<void> {
  await server.api.waitSettled(merchant.access_token, id);
  const { ok, equations } = await server.api.audit(merchant.access_token, id);
  expect(equations.filter((equation: Json) => !equation.holds)).toEqual([]);
  expect(ok).toBe(true);
}

describe('units that come at times', () => {
  it('are added once their time has come, and to those who were refused before', async () => {
    const waves = [
      { at: inFuture(PAST), units: 2 },
      { at: inFuture(HOUR / 2), units: 5 },
    ];
    const { id } = await server.api.liveVoucher(merchant.access_token, { total_stock: 1, waves });
    const [lin, wang] = [await server.api.register(), await server.api.register()];
    expect((await server.api.claim(lin.access_token, id)).status).toBe(202);
    expectProblem(await server.api.claim(wang.access_token, id), 'sold_out');

    await run();
    expect(await deltas(id)).toEqual([1, 2]);
    const now = await read(id);
    expect(now.total_stock).toBe(3);
    expect(now.waves.map(({ released }: Json) => released)).toEqual([true, false]);
    await until(async () =>
      (await server.api.claim(wang.access_token, id)).status === 202 ? true : undefined,
    );
    await auditHolds(id);

    await run();
    expect(await deltas(id)).toEqual([1, 2]);
    const page = await fetch(`${server.url}/drops/${id}`, { headers: { accept: 'text/html' } });
    expect(await page.text()).toMatch(/Next units: 5 at\s+<time/);
  });

  it('are added once, however many look at the same moment and whatever they saw before', async () => {
    const waves = [1, 2, 3].map((n) => ({ at: inFuture(PAST + n), units: n }));
    const { id } = await server.api.liveVoucher(merchant.access_token, { total_stock: 10, waves });
    const release = server.app.get(StockWaves);
    const seen = await server.app.get(Database).read.findOneByOrFail(Voucher, { id });
    // Each has read the voucher before any of them began, as two instances would.
    await Promise.all(Array.from({ length: 8 }, () => release.release([seen], Date.now())));
    await release.release([seen], Date.now());
    await run();
    expect(await deltas(id)).toEqual([10, 1, 2, 3]);
    expect((await read(id)).total_stock).toBe(16);
    await auditHolds(id);
  });

  it('are not added twice by an edit that has not seen the release', async () => {
    const waves = [{ at: inFuture(PAST), units: 2 }];
    const { id, version } = await server.api.liveVoucher(merchant.access_token, { total_stock: 1, waves });
    await run();
    expectProblem(await patch(id, waves, `"v${version}"`), 'precondition_failed');
    // Whoever has seen it says what is to come; what was released stays.
    const later = [{ at: inFuture(HOUR / 2), units: 7 }];
    const { body } = await patch(id, later);
    expect(body.waves.map(({ units, released }: Json) => [units, released])).toEqual([
      [2, true],
      [7, false],
    ]);
    await run();
    expect(await deltas(id)).toEqual([1, 2]);
  });

  it('are added while it is paused, and no more once it has ended', async () => {
    const token = merchant.access_token;
    const paused = await server.api.liveVoucher(token, { waves: [{ at: inFuture(PAST), units: 2 }] });
    const ended = await server.api.liveVoucher(token, { waves: [{ at: inFuture(PAST), units: 2 }] });
    await server.api.expect(200, 'POST', `/v1/vouchers/${paused.id}/pause`, { token });
    const seen = await server.app.get(Database).read.findOneByOrFail(Voucher, { id: ended.id });
    await server.api.expect(200, 'POST', `/v1/vouchers/${ended.id}/end`, { token });
    await server.app.get(StockWaves).release([seen], Date.now());
    await run();
    expect(await deltas(paused.id)).toEqual([10, 2]);
    expect(await deltas(ended.id)).toEqual([10]);
  });

  it('come again in a clone', async () => {
    const { id } = await server.api.liveVoucher(merchant.access_token, {
      waves: [{ at: inFuture(PAST), units: 2 }],
    });
    await run();
    const clone = await server.api.expect(201, 'POST', `/v1/vouchers/${id}/clone`, {
      token: merchant.access_token,
    });
    expect(clone.waves).toMatchObject([{ units: 2, released: false }]);
    // They are not in its stock already.
    expect(await server.api.expect(200, 'GET', `/v1/vouchers/${id}`)).toMatchObject({ total_stock: 12 });
    expect(clone.total_stock).toBe(10);
  });
});

describe('waves that cannot be', () => {
  it.each([
    ['too many', Array.from({ length: 51 }, (_none, n) => ({ at: inFuture(n * 1_000), units: 1 })), '/waves'],
    ['no units', [{ at: inFuture(0), units: 0 }], '/waves/0/units'],
    ['no time', [{ at: 'soon', units: 1 }], '/waves/0/at'],
    ['after the end', [{ at: inFuture(2 * HOUR), units: 1 }], '/waves'],
    ['before the opening', [{ at: inFuture(-2 * HOUR), units: 1 }], '/waves'],
    ['more than a voucher can have', [{ at: inFuture(0), units: 9_999_999 }], '/waves'],
    ['in no order', [1_000, 0].map((ms) => ({ at: inFuture(ms), units: 1 })), '/waves'],
  ])('%s', async (_name, waves, pointer) => {
    const { id } = await server.api.createVoucher(merchant.access_token);
    expectProblem(await patch(id, waves), 'validation_failed', [pointer]);
    expect((await read(id)).waves).toEqual([]);
  });
});
