import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JwtService, type JwtSignOptions } from '@nestjs/jwt';
import { createHmac } from 'node:crypto';
import { Database } from '../../src/database/database.js';
import { newEmail, PASSWORD, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import { expectProblem } from '../support/problem.js';

const RULE = { attribute: 'tier', values: ['gold', 'silver', '7'] };

let server: TestApp;
let merchant: Session;

beforeAll(async () => {
  server = await startApp({
    WEB_DIR: 'test/support/web',
    RATE_LIMIT_CLAIM: 'off',
    RATE_LIMIT_CHALLENGE: 'off',
    RATE_LIMIT_WRITE: 'off',
  });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

/** A draft that asks for a token. */
async function asking(terms: Json = {}): Promise<{ readonly id: string; readonly secret: string }> {
  const { id } = await server.api.createVoucher(merchant.access_token, terms);
  const { secret } = await ask(id);
  return { id, secret };
}
const ask = (id: string, json: unknown = RULE): Promise<Json> =>
  server.api.expect(200, 'PUT', `/v1/vouchers/${id}/eligibility/token`, {
    token: merchant.access_token,
    json,
  });
async function live(terms: Json = {}): Promise<{ readonly id: string; readonly secret: string }> {
  const found = await asking(terms);
  await server.api.publish(merchant.access_token, found.id);
  return found;
}

let customers = 0;
/** By the library that merchants use. */
const sign = (
  { id, secret }: { readonly id: string; readonly secret: string },
  says: Json = { tier: 'gold' },
  more: JwtSignOptions = {},
): string =>
  new JwtService().sign(says, {
    secret,
    subject: `c-${(customers += 1)}`,
    audience: id,
    expiresIn: 600,
    ...more,
  });
const bring = (id: string, who: Session, token: unknown): Promise<Answer> =>
  server.api.call('POST', `/v1/vouchers/${id}/eligibility-proofs`, {
    token: who.access_token,
    json: { token },
  });

describe('a voucher that asks for a token', () => {
  it('is claimed by whoever brought one, and by nobody else', async () => {
    const voucher = await live({ per_user_limit: 2 });
    const [lin, stranger] = [await server.api.register(), await server.api.register()];
    const refused = await server.api.claim(lin.access_token, voucher.id);
    expectProblem(refused, 'not_eligible');
    expect(refused.body.email_unverified).toBe(false);
    const proof = await bring(voucher.id, lin, sign(voucher));
    expect([proof.status, proof.body]).toEqual([
      200,
      { object: 'eligibility_proof', voucher_id: voucher.id, eligible: true },
    ]);
    // At once, although the refusal was remembered; by the fast path and by the standard one.
    expect((await server.api.claim(lin.access_token, voucher.id)).status).toBe(202);
    const path = `/v1/vouchers/${voucher.id}/claims`;
    expect((await server.api.call('POST', path, { token: lin.access_token, raw: '{}' })).status).toBe(202);
    expectProblem(await server.api.claim(stranger.access_token, voucher.id), 'not_eligible');
    const summary = await server.api.waitSettled(merchant.access_token, voucher.id);
    expect(summary.issued).toBe(2);
  });

  it('takes a list of attributes and a number, before it opens as well, and says what it asks', async () => {
    const terms = { opens_at: new Date(Date.now() + 3_600_000).toISOString(), closes_at: undefined };
    const voucher = await live({ ...terms, closes_at: new Date(Date.now() + 7_200_000).toISOString() });
    for (const tier of [['bronze', 'silver'], 7])
      expect((await bring(voucher.id, await server.api.register(), sign(voucher, { tier }))).status).toBe(
        200,
      );
    expect((await server.api.expect(200, 'GET', `/v1/vouchers/${voucher.id}`)).eligibility).toBe('token');
    const page = await fetch(`${server.url}/drops/${voucher.id}`, { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain('Invited people only');
    const token = merchant.access_token;
    const shown = await server.api.call('GET', `/v1/vouchers/${voucher.id}/eligibility`, { token });
    expect(shown.body).toMatchObject({ eligibility: 'token', people: 0, token: RULE });
    expect(shown.text).not.toContain(voucher.secret);
  });

  it('counts a customer of the merchant as one account, in the waiting list too', async () => {
    const voucher = await live({ total_stock: 1 });
    const [lin, friend] = [await server.api.register(), await server.api.register()];
    const token = sign(voucher);
    expect((await bring(voucher.id, lin, token)).status).toBe(200);
    expectProblem(await bring(voucher.id, friend, token), 'one_per_person');
    expect((await server.api.claim(lin.access_token, voucher.id)).status).toBe(202);
    await server.api.waitSettled(merchant.access_token, voucher.id);
    const join = (): Promise<Answer> =>
      server.api.call('POST', `/v1/vouchers/${voucher.id}/waiting-list`, { token: friend.access_token });
    expectProblem(await join(), 'not_eligible');
    expect((await bring(voucher.id, friend, sign(voucher))).status).toBe(200);
    expect((await join()).status).toBe(200);
  });

  it('refuses tokens that are none of its own, and says why', async () => {
    const voucher = await live();
    const other = await live();
    const who = await server.api.register();
    const body = (says: Json): string => Buffer.from(JSON.stringify(says)).toString('base64url');
    const unsigned = `${body({ alg: 'none' })}.${body({ sub: 'c', aud: voucher.id, exp: 9e9, tier: 'gold' })}`;
    const hmac = (text: string): string =>
      `${text}.${createHmac('sha256', voucher.secret).update(text).digest('base64url')}`;
    const [head = '', payload = '', signature = ''] = sign(voucher).split('.');
    const faults: readonly (readonly [unknown, string])[] = [
      ['no token', 'malformed'],
      [`${unsigned}.`, 'malformed'],
      [hmac(unsigned), 'malformed'],
      [sign(voucher, undefined, { algorithm: 'HS512' }), 'malformed'],
      [hmac(`${body({ alg: 'HS256', crit: ['b64'] })}.${payload}`), 'malformed'],
      [hmac(`${head}.${body({ sub: 'c', aud: voucher.id, tier: 'gold' })}`), 'malformed'],
      [hmac(`${head}.${body([])}`), 'malformed'],
      [
        `${head}.${body({ sub: 'c', aud: voucher.id, exp: 9e9, tier: 'gold' })}.${signature}`,
        'wrong_signature',
      ],
      [sign({ ...voucher, secret: other.secret }), 'wrong_signature'],
      [sign({ ...voucher, id: other.id }), 'wrong_audience'],
      [sign(voucher, undefined, { expiresIn: -1 }), 'expired'],
      [sign(voucher, undefined, { expiresIn: '2d' }), 'lives_too_long'],
      [sign(voucher, undefined, { notBefore: 300 }), 'not_yet_valid'],
    ];
    for (const [token, code] of faults) {
      const answer = await bring(voucher.id, who, token);
      expectProblem(answer, 'validation_failed', ['/token']);
      expect([token, answer.body.errors[0].code]).toEqual([token, code]);
    }
    for (const token of ['', 'x'.repeat(4_097), 7])
      expectProblem(await bring(voucher.id, who, token), 'validation_failed', ['/token']);
    for (const says of [{ tier: 'bronze' }, {}, { tier: { gold: true } }, { tier: null }])
      expectProblem(await bring(voucher.id, who, sign(voucher, says)), 'not_eligible');
    expectProblem(await server.api.claim(who.access_token, voucher.id), 'not_eligible');
  });

  it('is not there for those who bring one to a draft, to a voucher for everybody, or too late', async () => {
    const who = await server.api.register();
    const draft = await asking();
    expectProblem(await bring(draft.id, who, sign(draft)), 'not_found');
    const open = await server.api.liveVoucher(merchant.access_token);
    expectProblem(await bring(open.id, who, 'x'), 'not_found');
    const over = await live();
    await server.api.expect(200, 'POST', `/v1/vouchers/${over.id}/end`, { token: merchant.access_token });
    expectProblem(await bring(over.id, who, sign(over)), 'voucher_ended');
  });
});

describe('what a token has to say', () => {
  it('is settled in the draft; a new secret takes the place of the old one until it is over', async () => {
    const voucher = await live();
    const [lin, wang] = [await server.api.register(), await server.api.register()];
    expect((await bring(voucher.id, lin, sign(voucher))).status).toBe(200);
    const token = merchant.access_token;
    const { secret } = await ask(voucher.id, { attribute: 'age', values: ['adult'] });
    expectProblem(await bring(voucher.id, wang, sign(voucher)), 'validation_failed', ['/token']);
    const next = { id: voucher.id, secret };
    expect((await bring(voucher.id, wang, sign(next, { age: 'adult' }))).status).toBe(200);
    for (const who of [lin, wang])
      expect((await server.api.claim(who.access_token, voucher.id)).status).toBe(202);
    expectProblem(
      await server.api.call('DELETE', `/v1/vouchers/${voucher.id}/eligibility`, { token }),
      'not_editable',
    );
    const list = { token, raw: 'lin@example.com', headers: { 'content-type': 'text/csv' } };
    expectProblem(
      await server.api.call('PUT', `/v1/vouchers/${voucher.id}/eligibility`, list),
      'not_editable',
    );
    const open = await server.api.liveVoucher(token);
    const path = `/v1/vouchers/${open.id}/eligibility/token`;
    expectProblem(await server.api.call('PUT', path, { token, json: RULE }), 'not_editable');
  });

  it('takes the place of a list and the other way round, and goes with the copy of a voucher', async () => {
    const { id, secret } = await asking();
    const token = merchant.access_token;
    const look = (of: string): Promise<Json> =>
      server.api.expect(200, 'GET', `/v1/vouchers/${of}/eligibility`, { token });
    const copy = await server.api.expect(201, 'POST', `/v1/vouchers/${id}/clone`, { token });
    expect(await look(copy.id)).toMatchObject({ eligibility: 'token', token: RULE });
    await server.api.publish(token, copy.id);
    const who = await server.api.register();
    expect((await bring(copy.id, who, sign({ id: copy.id, secret }))).status).toBe(200);
    const list = { token, raw: 'lin@example.com', headers: { 'content-type': 'text/csv' } };
    await server.api.expect(200, 'PUT', `/v1/vouchers/${id}/eligibility`, list);
    expect(await look(id)).toMatchObject({ eligibility: 'listed', people: 1, token: null });
    await ask(id);
    expect(await look(id)).toMatchObject({ eligibility: 'token', people: 0, token: RULE });
    await server.api.expect(200, 'DELETE', `/v1/vouchers/${id}/eligibility`, { token });
    expect(await look(id)).toMatchObject({ eligibility: 'everyone', token: null });
    const left = await server.app
      .get(Database)
      .read.query('SELECT attribute FROM eligibility_tokens WHERE voucher_id = ?', [id]);
    expect(left).toEqual([]);
  });

  it('is refused where it says nothing, and for whoever is another', async () => {
    const { id } = await server.api.createVoucher(merchant.access_token);
    const path = `/v1/vouchers/${id}/eligibility/token`;
    const put = (json: unknown, session = merchant): Promise<Answer> =>
      server.api.call('PUT', path, { token: session.access_token, json });
    expectProblem(await put({ attribute: '', values: ['a'] }), 'validation_failed', ['/attribute']);
    expectProblem(await put({ attribute: 'tier', values: [] }), 'validation_failed', ['/values']);
    expectProblem(await put({ attribute: 'tier', values: ['a', 'a'] }), 'validation_failed', ['/values']);
    expectProblem(await put({ ...RULE, secret: 'mine' }), 'validation_failed', ['/secret']);
    expectProblem(await put(RULE, await server.api.registerMerchant()), 'not_found');
    expectProblem(await put(RULE, await server.api.register()), 'forbidden');
  });
});

describe('without scripts', () => {
  /** A browser that is signed in by the form. */
  async function shopper(): Promise<Browser> {
    const email = newEmail();
    await server.api.expect(201, 'POST', '/v1/auth/register', {
      json: { email, password: PASSWORD, name: 'Lin' },
    });
    const tab = new Browser(server.url);
    await tab.submit('/login', { email, password: PASSWORD, next: '/login' });
    return tab;
  }
  const paste = (tab: Browser, id: string, invitation: string) =>
    tab.submit(`/drops/${id}/invitation`, { invitation });

  it('the link of the merchant is pasted on the drop’s page, and claims', async () => {
    const voucher = await live();
    const tab = await shopper();
    const drop = await tab.send('GET', `/drops/${voucher.id}`);
    expect(drop.text).toContain(`action="/drops/${voucher.id}/invitation"`);
    const other = await server.api.liveVoucher(merchant.access_token);
    expect((await tab.send('GET', `/drops/${other.id}`)).text).not.toContain('/invitation');
    const page = await paste(tab, voucher.id, `${server.url}/drops/${voucher.id}#token=${sign(voucher)}`);
    expect(page.status).toBe(200);
    expect(page.text).toContain('Your invitation was accepted');
    expect(page.text).toContain(`action="/drops/${voucher.id}/claim"`);
    expect((await tab.submit(`/drops/${voucher.id}/claim`, {})).path).toMatch(/^\/claims\/clm_/);
  });

  it('says why one is not accepted, repeats it nowhere, and asks whoever is not signed in to do that', async () => {
    const voucher = await live();
    const tab = await shopper();
    const token = sign(voucher, { tier: 'bronze' });
    for (const [pasted, status, words] of [
      ['', 422, 'The link is damaged.'],
      ['x'.repeat(4_097), 422, 'The link is damaged.'],
      [sign(voucher, undefined, { expiresIn: -60 }), 422, 'It has expired.'],
      [token, 403, 'It says that this drop is not for you.'],
    ] as const) {
      const page = await paste(tab, voucher.id, pasted);
      expect([page.status, page.text.includes(words)]).toEqual([status, true]);
      if (pasted !== '') expect(page.text).not.toContain(pasted);
    }
    const stranger = new Browser(server.url);
    const { path } = await paste(stranger, voucher.id, sign(voucher));
    expect(path).toBe(`/login?next=${encodeURIComponent(`/drops/${voucher.id}`)}`);
    expect((await stranger.send('GET', `/drops/${voucher.id}`)).text).not.toContain(token);
  });
});
