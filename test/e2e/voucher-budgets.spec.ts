import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StockLedger } from '../../src/voucher/stock-ledger.js';
import type { Answer, Json, Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session;

beforeAll(async () => {
  server = await startApp({ RATE_LIMIT_CLAIM: 'off', RATE_LIMIT_WRITE: 'off', RATE_LIMIT_STATUS: 'off' });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

const TEN_YUAN = { amount: 1_000, currency: 'CNY' };
const asMerchant = (method: string, url: string, json?: unknown, headers?: Json): Promise<Answer> =>
  server.api.call(method, url, {
    token: merchant.access_token,
    ...(json === undefined ? {} : { json }),
    ...(headers === undefined ? {} : { headers }),
  });
/** Ten units of ten yuan, and a hundred yuan. */
const TERMS = { total_stock: 10, face_value: TEN_YUAN, budget_minor: 10_000 };
const draft = (terms: Json = {}): Promise<Json> =>
  server.api.createVoucher(merchant.access_token, { ...TERMS, ...terms });
const own = async (id: string): Promise<Json> =>
  (await asMerchant('GET', `/v1/merchants/me/vouchers/${id}`)).body;
const patch = (id: string, change: Json, version: number): Promise<Answer> =>
  asMerchant('PATCH', `/v1/vouchers/${id}`, change, { 'if-match': `"v${version}"` });
const edit = async (id: string, change: Json): Promise<Answer> =>
  patch(id, change, (await own(id))['version'] as number);
const add = (id: string, delta: number): Promise<Answer> =>
  asMerchant('POST', `/v1/vouchers/${id}/stock-adjustments`, { delta, reason: 'more tea' });
const budgetOf = async (id: string): Promise<Json> =>
  (await asMerchant('GET', `/v1/vouchers/${id}/budget`)).body;
function expectExceeded(answer: Answer, pointer: string): void {
  expectProblem(answer, 'validation_failed', [pointer]);
  expect(answer.body.errors[0].code).toBe('budget_exceeded');
}
const inWindow = (voucher: Json): string =>
  new Date((Date.parse(voucher['opens_at']) + Date.parse(voucher['closes_at'])) / 2).toISOString();

describe('the budget of a voucher', () => {
  it('bounds all its units, those of waves to come among them, when it is made and edited', async () => {
    const voucher = await draft();
    const id = voucher['id'] as string;
    expectExceeded(await edit(id, { total_stock: 11 }), '/budget_minor');
    expectExceeded(await edit(id, { face_value: { amount: 1_001, currency: 'CNY' } }), '/budget_minor');
    expectExceeded(await edit(id, { budget_minor: 9_999 }), '/budget_minor');
    const wave = { at: inWindow(voucher), units: 3 };
    expectExceeded(await edit(id, { waves: [wave] }), '/budget_minor');
    const without = await edit(id, { face_value: null });
    expectProblem(without, 'validation_failed', ['/budget_minor']);
    expect(without.body.errors[0].code).toBe('without_face_value');
    expect((await edit(id, { total_stock: 7, waves: [wave] })).status).toBe(200);
    expect(await budgetOf(id)).toEqual({
      object: 'voucher_budget',
      voucher_id: id,
      face_value: TEN_YUAN,
      budget_minor: 10_000,
      committed_minor: 10_000,
      issued_minor: 0,
    });
    const { body: created } = await asMerchant('POST', '/v1/merchants/me/vouchers', {
      vouchers: [
        {
          title: 'Tea',
          opens_at: voucher['opens_at'],
          closes_at: voucher['closes_at'],
          ...TERMS,
          total_stock: 11,
        },
      ],
    });
    expect(created.errors).toMatchObject([{ pointer: '/vouchers/0/budget_minor', code: 'budget_exceeded' }]);
    const copy = await asMerchant('POST', `/v1/vouchers/${id}/clone`);
    expect(await budgetOf(copy.body.id)).toMatchObject({ budget_minor: 10_000, committed_minor: 10_000 });
    expectExceeded(await asMerchant('POST', `/v1/vouchers/${id}/clone`, { total_stock: 8 }), '/budget_minor');
  });

  it('lets so many grow its stock at once as it suffices for, and is not lowered below that', async () => {
    const { id } = await draft({ total_stock: 5 });
    await server.api.publish(merchant.access_token, id);
    const answers = await Promise.all(Array.from({ length: 8 }, () => add(id, 1)));
    const grown = answers.filter(({ status }) => status === 201 || status === 200);
    for (const refused of answers.filter((one) => !grown.includes(one)))
      expect(['validation_failed', 'overloaded']).toContain(refused.body.code);
    // Those that were told to come again do so.
    let total = (await own(id))['total_stock'] as number;
    while (total < 10) {
      await add(id, 1);
      total = (await own(id))['total_stock'] as number;
    }
    expectExceeded(await add(id, 1), '/delta');
    expectExceeded(await edit(id, { budget_minor: 9_999 }), '/budget_minor');
    expect((await add(id, -1)).body.total_stock).toBe(9);
    expect((await edit(id, { budget_minor: 9_000 })).status).toBe(200);
    expectExceeded(await add(id, 1), '/delta');
    expect((await edit(id, { budget_minor: null })).status).toBe(200);
    expect((await add(id, 1)).body.total_stock).toBe(10);
    expect(await budgetOf(id)).toMatchObject({
      budget_minor: null,
      committed_minor: null,
      issued_minor: null,
    });
  });

  it('counts stock that is recorded to be added, before the voucher shows it', async () => {
    const { id } = await draft({ total_stock: 5 });
    await server.api.publish(merchant.access_token, id);
    const { version } = await own(id);
    const order = { voucherId: id, delta: 5, reason: 'more tea', actor: 'usr_1', idempotency: undefined };
    const outcome = await server.app.get(StockLedger).record(order, () => Promise.resolve());
    expect(outcome.kind).toBe('recorded');
    const refused = await patch(id, { budget_minor: 5_000 }, version as number);
    // Where the job was so fast as to finish it, the voucher is at another version.
    if (refused.status !== 412) expectExceeded(refused, '/budget_minor');
    expect(await budgetOf(id)).toMatchObject({ budget_minor: 10_000, committed_minor: 10_000 });
  });

  it('keeps what waves to come need, and counts what people have', async () => {
    const voucher = await draft({ total_stock: 5 });
    const id = voucher['id'] as string;
    const at = new Date((Date.now() + Date.parse(voucher['closes_at'])) / 2).toISOString();
    expect((await edit(id, { waves: [{ at, units: 4 }] })).status).toBe(200);
    await server.api.publish(merchant.access_token, id);
    expectExceeded(await add(id, 2), '/delta');
    expect((await add(id, 1)).body.total_stock).toBe(6);
    const session = await server.api.register();
    const { body } = await server.api.claim(session.access_token, id);
    await server.api.waitIssued(session.access_token, body.id);
    expect(await budgetOf(id)).toMatchObject({ committed_minor: 10_000, issued_minor: 1_000 });
    const { body: audit } = await asMerchant('GET', `/v1/vouchers/${id}/audit`);
    expect(audit.equations).toContainEqual({
      name: 'total <= units of the budget',
      left: 6,
      right: 10,
      holds: true,
    });
  });

  it('is seen by the merchant alone', async () => {
    const { id } = await draft();
    await server.api.publish(merchant.access_token, id);
    const other = await server.api.registerMerchant();
    const strange = await server.api.call('GET', `/v1/vouchers/${id}/budget`, { token: other.access_token });
    expectProblem(strange, 'not_found');
    const { body } = await server.api.call('GET', `/v1/vouchers/${id}`, {});
    expect(JSON.stringify(body)).not.toContain('budget');
    expectProblem(await server.api.call('GET', `/v1/vouchers/${id}/budget`, {}), 'unauthenticated');
  });
});
