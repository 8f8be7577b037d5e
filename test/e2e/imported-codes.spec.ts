import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session;

beforeAll(async () => {
  server = await startApp({ RATE_LIMIT_CLAIM: 'off', RATE_LIMIT_WRITE: 'off', RATE_LIMIT_STATUS: 'off' });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

const path = (id: string): string => `/v1/vouchers/${id}/codes`;
const send = (id: string, lines: readonly string[], type = 'text/csv', session = merchant): Promise<Answer> =>
  server.api.call('POST', path(id), {
    token: session.access_token,
    raw: lines.join('\n'),
    headers: { 'content-type': type },
  });
const asMerchant = (method: string, url: string, json?: unknown): Promise<Answer> =>
  server.api.call(method, url, { token: merchant.access_token, ...(json === undefined ? {} : { json }) });
const look = async (id: string): Promise<Json> => (await asMerchant('GET', path(id))).body;
const draft = (terms: Json = {}): Promise<Json> => server.api.createVoucher(merchant.access_token, terms);

let series = 0;
/** Codes that no other voucher has. */
const some = (count: number): string[] => {
  series += 1;
  return Array.from({ length: count }, (_none, n) => `Tea${series}-${String(n).padStart(4, '0')}`);
};
async function live(codes: readonly string[], terms: Json = {}): Promise<string> {
  const { id } = await draft({ total_stock: codes.length, ...terms });
  expect((await send(id, codes)).status).toBe(200);
  await server.api.publish(merchant.access_token, id);
  return id;
}
async function claimed(id: string): Promise<{ session: Session; claim: Json }> {
  const session = await server.api.register();
  const { body } = await server.api.claim(session.access_token, id);
  return { session, claim: await server.api.waitIssued(session.access_token, body.id) };
}
async function auditOf(id: string): Promise<Json[]> {
  const { body } = await asMerchant('GET', `/v1/vouchers/${id}/audit`);
  expect(body.equations.filter((one: Json) => !one.holds)).toEqual([]);
  return body.equations;
}

describe('a voucher with imported codes', () => {
  it('gives each claim its own code of the list, in their order, and a merchant finds it by that', async () => {
    const codes = some(3);
    const id = await live(codes);
    const claims: Json[] = [];
    for (let n = 0; n < 3; n++) claims.push((await claimed(id)).claim);
    expect(claims.map(({ code }) => code)).toEqual(codes);
    expect(await look(id)).toMatchObject({ code_source: 'imported', codes: 3, given: 3, retired: 0 });
    const names = (await auditOf(id)).map(({ name }) => name);
    expect(names).toContain('codes that one claim has = codes given');
    const found = await asMerchant('GET', `/v1/vouchers/${id}/claims?q=${codes[1]?.toLowerCase()}`);
    expect(found.body.data.map((one: Json) => one.id)).toEqual([claims[1]?.id]);
    expect(found.body.data[0]).toMatchObject({ code: null, code_ending: '0001' });
  });

  it('is redeemed by a code however it is typed, and by no other merchant', async () => {
    const codes = some(2);
    const id = await live(codes);
    const { claim } = await claimed(id);
    const typed = `code: ${claim.code.replace('-', ' ').toLowerCase()}`;
    const other = await server.api.registerMerchant();
    const strange = await server.api.call('POST', '/v1/redemptions', {
      token: other.access_token,
      json: { code: claim.code },
    });
    expectProblem(strange, 'not_found');
    expectProblem(await asMerchant('POST', '/v1/redemptions', { code: codes[1] }), 'not_found');
    const preview = await asMerchant('GET', `/v1/redemptions/preview?code=${encodeURIComponent(typed)}`);
    expect(preview.body).toMatchObject({ redeemable: true, claim_id: claim.id });
    const redeemed = await asMerchant('POST', '/v1/redemptions', { code: typed });
    expect([redeemed.status, redeemed.body.claim_id]).toEqual([201, claim.id]);
    expectProblem(await asMerchant('POST', '/v1/redemptions', { code: claim.code }), 'already_redeemed');
  });

  it('may have the codes of another merchant, each redeemed by its own', async () => {
    const codes = some(1);
    const id = await live(codes);
    await claimed(id);
    const other = await server.api.registerMerchant();
    const { id: theirs } = await server.api.createVoucher(other.access_token, { total_stock: 1 });
    expect((await send(theirs, codes, 'text/csv', other)).status).toBe(200);
    await server.api.publish(other.access_token, theirs);
    const { claim } = await claimed(theirs);
    expect(claim.code).toBe(codes[0]);
    const redeemed = await server.api.call('POST', '/v1/redemptions', {
      token: other.access_token,
      json: { code: claim.code },
    });
    expect(redeemed.body.claim_id).toBe(claim.id);
  });

  it('may have a code that was made here for a claim of another merchant: each finds its own', async () => {
    const other = await server.api.registerMerchant();
    const { id: theirs } = await server.api.createVoucher(other.access_token, { total_stock: 1 });
    await server.api.publish(other.access_token, theirs);
    const { claim: made } = await claimed(theirs);
    const { claim: imported } = await claimed(await live([made.code]));
    expect(imported.code).toBe(made.code);
    for (const [session, claim] of [
      [other, made],
      [merchant, imported],
    ] as const) {
      const redeemed = await server.api.call('POST', '/v1/redemptions', {
        token: session.access_token,
        json: { code: made.code.toLowerCase() },
      });
      expect([redeemed.status, redeemed.body.claim_id]).toEqual([201, claim.id]);
    }
  });

  it('gives a crowd that claims at once different codes, and none to a claim beyond them', async () => {
    const codes = some(60);
    const id = await live(codes);
    const people: Session[] = [];
    for (let n = 0; n < 7; n++)
      people.push(...(await Promise.all(Array.from({ length: 10 }, () => server.api.register()))));
    const answers = await Promise.all(people.map((one) => server.api.claim(one.access_token, id)));
    const taken = people.flatMap((session, n) =>
      answers[n]?.status === 202 ? [{ session, claim: answers[n].body.id as string }] : [],
    );
    expect(taken).toHaveLength(60);
    const given = await Promise.all(
      taken.map(
        async ({ session, claim }) => (await server.api.waitIssued(session.access_token, claim)).code,
      ),
    );
    expect(given.toSorted()).toEqual(codes.toSorted());
    await server.api.waitSettled(merchant.access_token, id);
    await auditOf(id);
  });

  it('gives a claim that is held its code when it is confirmed', async () => {
    const codes = some(1);
    const id = await live(codes, { confirm_within_s: 600 });
    const session = await server.api.register();
    const { body } = await server.api.claim(session.access_token, id);
    await until(async () =>
      (await server.api.claimStatus(session.access_token, body.id)).body.status === 'held' ? true : undefined,
    );
    expect((await look(id)).given).toBe(0);
    const confirmed = await server.api.call('POST', `/v1/claims/${body.id}/confirm`, {
      token: session.access_token,
    });
    expect(confirmed.body.code).toBe(codes[0]);
    await auditOf(id);
  });

  it('gives the code of a cancelled claim to nobody: a unit comes back where there is a spare one', async () => {
    const [first, second] = some(2);
    const id = await live([first ?? ''], { cancellable_until: '2099-01-01T00:00:00Z' });
    const { session, claim } = await claimed(id);
    const cancel = (): Promise<Answer> =>
      server.api.call('POST', `/v1/claims/${claim.id}/cancel`, { token: session.access_token, json: {} });
    const refused = await cancel();
    expectProblem(refused, 'not_cancellable');
    expect(refused.body.claim_status).toBe('issued');
    expect((await send(id, [second ?? ''])).body.codes).toBe(2);
    expect((await cancel()).status).toBe(200);
    expect((await claimed(id)).claim.code).toBe(second);
    expect(await look(id)).toMatchObject({ codes: 2, given: 2, retired: 1 });
    expectProblem(await asMerchant('POST', '/v1/redemptions', { code: first }), 'cancelled');
    await auditOf(id);
  });

  it('is cancelled in bulk as far as spare codes go', async () => {
    const codes = some(5);
    const { id } = await draft({ total_stock: 3 });
    await send(id, codes);
    await server.api.publish(merchant.access_token, id);
    for (let n = 0; n < 3; n++) await claimed(id);
    const begun = await asMerchant('POST', `/v1/vouchers/${id}/cancellations`, {
      reason: 'The tea house is closed',
      filter: {},
    });
    const done = await until(async () => {
      const { body } = await asMerchant('GET', `/v1/vouchers/${id}/cancellations/${begun.body.id}`);
      return body.status === 'done' ? body : undefined;
    });
    expect([done.cancelled, done.refused]).toEqual([2, 1]);
    await auditOf(id);
  });
});

describe('the stock of a voucher with imported codes', () => {
  it('is published with a code for each unit, those of waves among them', async () => {
    const codes = some(3);
    const { id } = await draft({ total_stock: 4 });
    await send(id, codes);
    const refused = await asMerchant('POST', `/v1/vouchers/${id}/publish`);
    expectProblem(refused, 'validation_failed', ['/total_stock']);
    expect(refused.body.errors[0].code).toBe('too_few_codes');
    expect((await send(id, some(1))).body.codes).toBe(4);
    expect((await asMerchant('POST', `/v1/vouchers/${id}/publish`)).status).toBe(200);
  });

  it('grows with the codes, and not beyond them', async () => {
    const id = await live(some(2));
    const add = (delta: number): Promise<Answer> =>
      asMerchant('POST', `/v1/vouchers/${id}/stock-adjustments`, { delta, reason: 'more tea' });
    const refused = await add(1);
    expectProblem(refused, 'validation_failed', ['/delta']);
    await send(id, some(3));
    expect((await add(3)).body.total_stock).toBe(5);
    expectProblem(await add(1), 'validation_failed', ['/delta']);
  });
});

describe('a file of codes', () => {
  it('is stored whole or not at all; wrong lines are named', async () => {
    const { id } = await draft();
    const [good] = some(1);
    const refused = await send(id, [
      'code',
      good ?? '',
      'short',
      `${good?.toLowerCase()}`,
      'with,comma-1',
      '',
    ]);
    expectProblem(refused, 'validation_failed', ['/3', '/4', '/5']);
    expect(refused.body.errors.map(({ code }: Json) => code)).toEqual([
      'not_a_code',
      'duplicate',
      'not_a_code',
    ]);
    expect(refused.body.errors[1].detail).toContain('line 2');
    expect(await look(id)).toMatchObject({ code_source: 'generated', codes: 0, updated_at: null });
  });

  it('names the first 20 lines of many', async () => {
    const { id } = await draft();
    const refused = await send(
      id,
      Array.from({ length: 50 }, () => 'no!'),
    );
    expect(refused.body.errors).toHaveLength(20);
    expect(refused.body.detail).toContain('50 lines');
  });

  it('has no code that the merchant has brought along before, in this voucher or another', async () => {
    const codes = some(4);
    const { id } = await draft();
    await send(id, codes.slice(0, 2));
    const { id: other } = await draft();
    const refused = await send(other, ['code', ...codes.slice(2), codes[1]?.toUpperCase() ?? '']);
    expectProblem(refused, 'validation_failed', ['/4']);
    expect(refused.body.errors[0]).toMatchObject({ code: 'known', detail: expect.stringContaining(id) });
    expect((await look(other)).codes).toBe(0);
    // A draft that is deleted takes its codes along.
    expect((await asMerchant('DELETE', `/v1/vouchers/${id}`)).status).toBe(204);
    expect((await send(other, codes)).body.codes).toBe(4);
  });

  it('is read in pieces: 100,000 codes, with any line ends and quotes', async () => {
    const { id } = await draft();
    const codes = Array.from({ length: 100_000 }, (_none, n) => `"BIG-${String(n).padStart(8, '0')}"\r`);
    expect((await send(id, codes)).body.codes).toBe(100_000);
  });

  it.each([
    [['\u0000\u0001'], 'not_a_code'],
    [['code', '', ' '], 'empty'],
    [['x'.repeat(5_000)], 'not_a_list'],
  ])('is refused where it is none: %#', async (lines, code) => {
    const { id } = await draft();
    const refused = await send(id, lines);
    expectProblem(refused, 'validation_failed');
    expect(refused.body.errors[0].code).toBe(code);
  });

  it('is no other type, and nobody else’s', async () => {
    const { id } = await draft();
    expectProblem(await send(id, some(1), 'application/json'), 'malformed_json');
    expectProblem(await send(id, some(1), 'image/png'), 'unsupported_media_type');
    const headers = { 'content-type': 'text/csv' };
    const none = await server.api.call('POST', path(id), { token: merchant.access_token, headers });
    expectProblem(none, 'validation_failed');
    expect(none.body.errors).toMatchObject([{ code: 'empty' }]);
    const other = await server.api.registerMerchant();
    expectProblem(await send(id, some(1), 'text/csv', other), 'not_found');
    const shopper = await server.api.register();
    expectProblem(await send(id, some(1), 'text/csv', shopper), 'forbidden');
  });

  it('is taken by drafts, and by vouchers that have codes and are not over; a copy has none', async () => {
    const generated = await server.api.liveVoucher(merchant.access_token);
    expectProblem(await send(generated.id, some(1)), 'not_editable');
    const id = await live(some(1));
    expectProblem(await asMerchant('DELETE', path(id)), 'not_editable');
    const { body: copy } = await asMerchant('POST', `/v1/vouchers/${id}/clone`);
    expect(copy.code_source).toBe('generated');
    await asMerchant('POST', `/v1/vouchers/${id}/end`);
    expectProblem(await send(id, some(1)), 'not_editable');
    const { id: undecided } = await draft({ total_stock: 1 });
    await send(undecided, some(1));
    expect((await asMerchant('DELETE', path(undecided))).body.code_source).toBe('generated');
    await server.api.publish(merchant.access_token, undecided);
    expect((await claimed(undecided)).claim.code).toMatch(/^[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}$/);
  });
});
