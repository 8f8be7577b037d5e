import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { GateLostError, GateUnreachableError } from '../../src/claim/gate/gate-errors.js';
import { StockGate } from '../../src/claim/gate/stock-gate.js';
import { until, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';

let server: TestApp;
let merchant: Session;

beforeAll(async () => {
  server = await startApp();
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

const adjust = (
  id: string,
  delta: number,
  headers: Readonly<Record<string, string>> = {},
  token = merchant.access_token,
): Promise<Answer> =>
  server.api.call('POST', `/v1/vouchers/${id}/stock-adjustments`, {
    token,
    headers,
    json: { delta, reason: 'a test' },
  });

const entries = (id: string): Promise<Json[]> =>
  server.app
    .get(Database)
    .read.query(
      'SELECT number, delta, reason, actor, state FROM stock_ledger WHERE voucher_id = ? ORDER BY number',
      [id],
    );

const claims = async (id: string, count: number): Promise<string[]> => {
  const outcomes: string[] = [];
  for (let n = 0; n < count; n++) {
    const { access_token: token } = await server.api.register();
    const { status, body } = await server.api.claim(token, id);
    outcomes.push(status === 202 ? 'accepted' : body.code);
  }
  return outcomes;
};

const auditHolds = async (id: string): Promise<void> => {
  await server.api.waitSettled(merchant.access_token, id);
  const { ok, equations } = await server.api.audit(merchant.access_token, id);
  expect(equations.filter((equation: Json) => !equation.holds)).toEqual([]);
  expect(ok).toBe(true);
  const names = equations.map((equation: Json) => equation.name);
  expect(names).toEqual(expect.arrayContaining(['gate total = stock ledger', 'stock ledger = total']));
};

/** What the gate does, until the returned function is called. */
function gateAdjusts(otherwise: StockGate['adjust']): () => void {
  const gate = server.app.get(StockGate);
  const real = gate.adjust.bind(gate);
  gate.adjust = otherwise;
  return () => {
    gate.adjust = real;
  };
}

describe('a stock adjustment', () => {
  it('adds units to a live voucher, which then sells again', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token, { total_stock: 1 });
    expect(await claims(voucher.id, 2)).toEqual(['accepted', 'sold_out']);
    const { status, body, headers } = await adjust(voucher.id, 2);
    expect([status, body.total_stock, body.status]).toEqual([200, 3, 'live']);
    expect(body.version).toBeGreaterThan(voucher.version);
    expect(headers.get('etag')).toBe(`"v${body.version}"`);
    expect(await claims(voucher.id, 3)).toEqual(['accepted', 'accepted', 'sold_out']);
    expect(await entries(voucher.id)).toEqual([
      { number: 0, delta: 1, reason: 'initial', actor: null, state: 'applied' },
      { number: 1, delta: 2, reason: 'a test', actor: merchant.user.id, state: 'applied' },
    ]);
    await auditHolds(voucher.id);
  });

  it('takes away what nobody holds, and not one more', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token, { total_stock: 10 });
    await claims(voucher.id, 3);
    const refused = await adjust(voucher.id, -8);
    expect([refused.status, refused.body.code]).toEqual([409, 'stock_below_committed']);
    expect((await adjust(voucher.id, -7)).body.total_stock).toBe(3);
    expect(await claims(voucher.id, 1)).toEqual(['sold_out']);
    expect((await entries(voucher.id)).map(({ state }) => state)).toEqual(['applied', 'refused', 'applied']);
    await auditHolds(voucher.id);
  });

  it('is possible while scheduled and paused, not as a draft and not after the end', async () => {
    const { api } = server;
    const token = merchant.access_token;
    const soon = { opens_at: new Date(Date.now() + 600_000).toISOString() };
    const draft = await api.createVoucher(token, soon);
    expect((await adjust(draft.id, 1)).body).toMatchObject({
      code: 'invalid_transition',
      voucher_status: 'draft',
    });
    expect((await api.audit(token, draft.id)).ok).toBe(true);
    await api.publish(token, draft.id);
    expect((await adjust(draft.id, 5)).body).toMatchObject({ status: 'scheduled', total_stock: 15 });
    const live = await api.liveVoucher(token);
    await api.expect(200, 'POST', `/v1/vouchers/${live.id}/pause`, { token });
    expect((await adjust(live.id, -10)).body).toMatchObject({ status: 'paused', total_stock: 0 });
    await api.expect(200, 'POST', `/v1/vouchers/${live.id}/end`, { token });
    expect((await adjust(live.id, 1)).body.code).toBe('invalid_transition');
    await auditHolds(draft.id);
    await auditHolds(live.id);
  });

  it('is nobody else’s', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token);
    const other = await api.registerMerchant();
    const shopper = await api.register();
    expect((await adjust(voucher.id, 1, {}, other.access_token)).status).toBe(404);
    expect((await adjust(voucher.id, 1, {}, shopper.access_token)).status).toBe(403);
    expect((await adjust('vch_0000000000000000', 1)).status).toBe(404);
    expect(await entries(voucher.id)).toHaveLength(1);
  });

  it.each([
    [{ delta: 0, reason: 'x' }, '/delta'],
    [{ delta: 1.5, reason: 'x' }, '/delta'],
    [{ delta: 10_000_000, reason: 'x' }, '/delta'],
    [{ delta: 1, reason: '' }, '/reason'],
    [{ delta: 1, reason: 'x'.repeat(201) }, '/reason'],
    [{ delta: 1 }, '/reason'],
  ])('of %j is not valid', async (json, pointer) => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token);
    const path = `/v1/vouchers/${voucher.id}/stock-adjustments`;
    const { status, body } = await api.call('POST', path, { token: merchant.access_token, json });
    expect([status, body.code, body.errors?.[0]?.pointer]).toEqual([422, 'validation_failed', pointer]);
    expect(await entries(voucher.id)).toHaveLength(1);
  });

  it('counts once with an Idempotency-Key, and 20 at once without one count all', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token, { total_stock: 100 });
    const first = await adjust(voucher.id, 5, { 'idempotency-key': 'one' });
    const again = await adjust(voucher.id, 5, { 'idempotency-key': 'one' });
    expect(again.body).toEqual(first.body);
    expect((await adjust(voucher.id, 6, { 'idempotency-key': 'one' })).body.code).toBe(
      'idempotency_key_reused',
    );
    const many = await Promise.all(Array.from({ length: 20 }, (_, n) => adjust(voucher.id, n % 2 ? 3 : -2)));
    const done = many.filter(({ status }) => status === 200).length;
    expect(many.every(({ status }) => status === 200 || status === 503)).toBe(true);
    const all = await entries(voucher.id);
    expect(all).toHaveLength(2 + done);
    const total = all.reduce((sum, { delta }) => sum + delta, 0);
    expect((await api.call('GET', `/v1/vouchers/${voucher.id}`)).body.total_stock).toBe(total);
    await auditHolds(voucher.id);
  });

  it('that the gate did not take is recorded, finished by itself, and told to who repeats it', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token, { total_stock: 4 });
    const restore = gateAdjusts(() => Promise.reject(new GateUnreachableError(true, new Error('away'))));
    const waiting = await adjust(voucher.id, 3, { 'idempotency-key': 'wait' });
    expect([waiting.status, waiting.body.code, waiting.body.retryable]).toEqual([
      503,
      'dependency_unavailable',
      true,
    ]);
    expect(waiting.headers.get('retry-after')).not.toBeNull();
    expect((await entries(voucher.id)).at(-1)).toMatchObject({ number: 1, state: 'pending' });
    // Nothing is promised yet: the gate has its old stock, and the equations hold while it is pending.
    expect((await api.audit(merchant.access_token, voucher.id)).ok).toBe(true);
    restore();
    const settled = await until(async () =>
      (await entries(voucher.id)).at(-1).state === 'applied' ? true : undefined,
    );
    expect(settled).toBe(true);
    const outcome = await adjust(voucher.id, 3, { 'idempotency-key': 'wait' });
    expect([outcome.status, outcome.body.total_stock]).toEqual([200, 7]);
    expect(await entries(voucher.id)).toHaveLength(2);
    await auditHolds(voucher.id);
  });

  it('that the gate took, and the process died before the ledger, is not taken twice', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token, { total_stock: 4 });
    const gate = server.app.get(StockGate);
    const real = gate.adjust.bind(gate);
    let died = 0;
    const restore = gateAdjusts(async (...call) => {
      await real(...call);
      died += 1;
      throw new GateUnreachableError(true, new Error('no answer came'));
    });
    expect((await adjust(voucher.id, -3, { 'idempotency-key': 'dies' })).status).toBe(503);
    expect(died).toBeGreaterThan(0);
    expect(await claims(voucher.id, 2)).toEqual(['accepted', 'sold_out']);
    restore();
    const outcome = await adjust(voucher.id, -3, { 'idempotency-key': 'dies' });
    expect([outcome.status, outcome.body.total_stock]).toEqual([200, 1]);
    await auditHolds(voucher.id);
  });

  it.each([3, -3])('of %d that was pending while the gate was rebuilt is finished once', async (delta) => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token, { total_stock: 5 });
    await claims(voucher.id, 2);
    let lose = true;
    const gate = server.app.get(StockGate);
    const real = gate.adjust.bind(gate);
    const restore = gateAdjusts(async (...call) => {
      const verdict = await real(...call);
      if (!lose) return verdict;
      lose = false;
      throw new GateLostError('state'); // applied, and then the gate is distrusted and rebuilt
    });
    const { status, body } = await adjust(voucher.id, delta);
    expect([status, body.code, body.retryable]).toEqual([503, 'gate_recovering', false]);
    await until(async () => ((await entries(voucher.id)).at(-1).state === 'applied' ? true : undefined));
    restore();
    expect(await claims(voucher.id, 4)).toEqual(
      delta > 0
        ? ['accepted', 'accepted', 'accepted', 'accepted']
        : ['sold_out', 'sold_out', 'sold_out', 'sold_out'],
    );
    await auditHolds(voucher.id);
  });
});
