import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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

const SUMMER = 'SUMMER-####-????';
const FORM = /^SUMMER-[2-9]{4}-[A-HJKMNP-TV-Z]{4}$/;
const asMerchant = (method: string, url: string, json?: unknown, headers?: Json): Promise<Answer> =>
  server.api.call(method, url, {
    token: merchant.access_token,
    ...(json === undefined ? {} : { json }),
    ...(headers === undefined ? {} : { headers }),
  });
const draft = (terms: Json = {}): Promise<Json> =>
  server.api.createVoucher(merchant.access_token, { code_pattern: SUMMER, total_stock: 100, ...terms });
const edit = (voucher: Json, change: Json): Promise<Answer> =>
  asMerchant('PATCH', `/v1/vouchers/${voucher.id}`, change, { 'if-match': `"v${voucher.version}"` });
async function live(terms: Json = {}): Promise<string> {
  const { id } = await draft(terms);
  await server.api.publish(merchant.access_token, id);
  return id;
}
async function claimed(id: string): Promise<{ session: Session; claim: Json }> {
  const session = await server.api.register();
  const { body } = await server.api.claim(session.access_token, id);
  return { session, claim: await server.api.waitIssued(session.access_token, body.id) };
}
async function expectAudited(id: string): Promise<void> {
  const { body } = await asMerchant('GET', `/v1/vouchers/${id}/audit`);
  expect(body.equations.filter((one: Json) => !one.holds)).toEqual([]);
  expect(body.equations.map(({ name }: Json) => name)).toContain('codes that one claim has = codes given');
}

describe('a voucher with a pattern of codes', () => {
  it('gives a crowd different codes of it, by which they are found and redeemed however they are typed', async () => {
    const id = await live({ total_stock: 40 });
    const people: Session[] = [];
    for (let n = 0; n < 4; n++)
      people.push(...(await Promise.all(Array.from({ length: 10 }, () => server.api.register()))));
    const claims = await Promise.all(people.map((one) => server.api.claim(one.access_token, id)));
    const issued = await Promise.all(
      claims.map(({ body }, n) => server.api.waitIssued(people[n]?.access_token ?? '', body.id)),
    );
    const codes = issued.map(({ code }) => code as string);
    expect(new Set(codes).size).toBe(40);
    expect(codes.filter((code) => !FORM.test(code))).toEqual([]);
    // Nobody sees the code of another, nor the merchant one whole.
    const [mine = ''] = codes;
    const found = await asMerchant('GET', `/v1/vouchers/${id}/claims?q=${mine.toLowerCase()}`);
    expect(found.body.data).toMatchObject([{ id: issued[0]?.id, code: null, code_ending: mine.slice(-4) }]);
    const typed = `券码：${mine.replaceAll('-', ' ').toLowerCase()}`;
    const other = await server.api.registerMerchant();
    const strange = await server.api.call('POST', '/v1/redemptions', {
      token: other.access_token,
      json: { code: mine },
    });
    expectProblem(strange, 'not_found');
    const redeemed = await asMerchant('POST', '/v1/redemptions', { code: typed });
    expect([redeemed.status, redeemed.body.claim_id]).toEqual([201, issued[0]?.id]);
    expectProblem(await asMerchant('POST', '/v1/redemptions', { code: mine }), 'already_redeemed');
    await server.api.waitSettled(merchant.access_token, id);
    await expectAudited(id);
  });

  it('gives a unit that comes back another code, and a copy of the voucher others', async () => {
    const id = await live({ total_stock: 1, cancellable_until: '2099-01-01T00:00:00Z' });
    const { session, claim } = await claimed(id);
    const cancelled = await server.api.call('POST', `/v1/claims/${claim.id}/cancel`, {
      token: session.access_token,
      json: {},
    });
    expect(cancelled.status).toBe(200);
    const second = (await claimed(id)).claim.code;
    const copy = await asMerchant('POST', `/v1/vouchers/${id}/clone`);
    expect(copy.body).toMatchObject({ code_source: 'pattern', code_pattern: SUMMER });
    await server.api.publish(merchant.access_token, copy.body.id);
    const third = (await claimed(copy.body.id)).claim.code;
    expect(new Set([claim.code, second, third]).size).toBe(3);
    expectProblem(await asMerchant('POST', '/v1/redemptions', { code: claim.code }), 'cancelled');
    await expectAudited(id);
    await expectAudited(copy.body.id);
  });

  it.each([
    ['SUMMER-####-???', 'too_guessable'],
    ['no pattern', 'not_a_pattern'],
  ])('is not made with %j', async (pattern, code) => {
    const terms = { ...(await draft()), code_pattern: pattern };
    const refused = await asMerchant('POST', `/v1/vouchers/${terms['id']}/clone`, { code_pattern: pattern });
    expectProblem(refused, 'validation_failed', ['/code_pattern']);
    expect(refused.body.errors[0].code).toBe(code);
  });

  it('has a million codes for each unit: when it is made, edited, and when its stock grows', async () => {
    const voucher = await draft({ total_stock: 950 });
    const refused = await edit(voucher, { total_stock: 960 });
    expectProblem(refused, 'validation_failed', ['/code_pattern']);
    expect(refused.body.errors[0].code).toBe('too_guessable');
    await server.api.publish(merchant.access_token, voucher['id']);
    const add = (delta: number): Promise<Answer> =>
      asMerchant('POST', `/v1/vouchers/${voucher['id']}/stock-adjustments`, { delta, reason: 'more tea' });
    expectProblem(await add(10), 'validation_failed', ['/delta']);
    expect((await add(9)).body.total_stock).toBe(959);
  });

  it('is fixed once published; in a draft it and imported codes exclude each other', async () => {
    const voucher = await draft();
    const none = await edit(voucher, { code_pattern: null });
    expect(none.body).toMatchObject({ code_source: 'generated', code_pattern: null });
    const again = await edit(none.body, { code_pattern: '####-####-####' });
    expect(again.body).toMatchObject({ code_source: 'pattern', code_pattern: '####-####-####' });
    const imported = await server.api.call('POST', `/v1/vouchers/${voucher['id']}/codes`, {
      token: merchant.access_token,
      raw: 'TEA-000001\n',
      headers: { 'content-type': 'text/csv' },
    });
    expect(imported.body.code_source).toBe('imported');
    const now = (await asMerchant('GET', `/v1/merchants/me/vouchers/${voucher['id']}`)).body;
    expect(now.code_pattern).toBeNull();
    const refused = await edit(now, { code_pattern: SUMMER });
    expectProblem(refused, 'validation_failed', ['/code_pattern']);
    const removed = await asMerchant('DELETE', `/v1/vouchers/${voucher['id']}/codes`);
    expect(removed.body.code_source).toBe('generated');
    const id = await live();
    const published = (await asMerchant('GET', `/v1/merchants/me/vouchers/${id}`)).body;
    expectProblem(await edit(published, { code_pattern: null }), 'not_editable', ['/code_pattern']);
    expectProblem(await asMerchant('DELETE', `/v1/vouchers/${id}/codes`), 'not_editable');
  });
});
