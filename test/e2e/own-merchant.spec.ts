import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newAddress, newEmail, PASSWORD, type Answer } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
beforeAll(async () => (server = await startApp()));
afterAll(() => server.stop());

const SHOP = { name: 'Tea House', time_zone: 'Asia/Shanghai' };
const register = (token: string | undefined, json: unknown = SHOP, headers = {}): Promise<Answer> =>
  server.api.call('POST', '/v1/merchants', {
    token,
    json,
    headers: { 'x-forwarded-for': newAddress(), ...headers },
  });

describe('a shopper who becomes a merchant', () => {
  it('keeps account, password and claims, and owns the merchant', async () => {
    const { api } = server;
    const other = await api.registerMerchant();
    const drop = await api.liveVoucher(other.access_token);
    const shopper = await api.register();
    const claim = await api.claim(shopper.access_token, drop.id);
    expect(claim.status).toBe(202);

    const made = await register(shopper.access_token);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      object: 'merchant',
      ...SHOP,
      session: { user: { id: shopper.user.id, email: shopper.user.email, roles: ['merchant', 'owner'] } },
    });
    const { access_token: token } = made.body.session;
    expect((await api.createVoucher(token)).merchant_id).toBe(made.body.id);
    expect((await api.claimStatus(token, claim.body.id)).status).toBe(200);
    const json = { email: shopper.user.email, password: PASSWORD };
    const login = await api.call('POST', '/v1/auth/login', { json });
    expect(login.body.user.roles).toEqual(['merchant', 'owner']);
    expectProblem(await api.call('GET', '/v1/me', { token: shopper.access_token }), 'unauthenticated');
    const log = await api.expect(200, 'GET', '/v1/audit-log?action=merchant.registered', { token });
    expect(log.data).toMatchObject([{ actor: { id: shopper.user.id }, subject: { id: made.body.id } }]);
  });

  it('becomes one merchant, however often and at once it is asked', async () => {
    const { access_token: token } = await server.api.register();
    const answers = await Promise.all(Array.from({ length: 6 }, () => register(token)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 201))
      expectProblem(answer, answer.status === 401 ? 'unauthenticated' : 'already_merchant');
    const owner = answers.find(({ status }) => status === 201)?.body.session.access_token;
    expectProblem(await register(owner), 'already_merchant');
  });

  it('goes on by cookie in a browser, from a page of this origin alone', async () => {
    const tab = new Browser(server.url, { 'x-forwarded-for': newAddress() });
    const json = { email: newEmail(), password: PASSWORD, name: 'Lin' };
    await tab.send('POST', '/v1/auth/register', { json, headers: { 'x-session': 'cookie' } });
    const foreign = { json: SHOP, headers: { 'sec-fetch-site': 'cross-site' } };
    expectProblem(await tab.send('POST', '/v1/merchants', foreign), 'csrf_refused');
    const made = await tab.send('POST', '/v1/merchants', { json: SHOP });
    expect([made.status, made.body.session.access_token]).toEqual([201, undefined]);
    expect((await tab.send('GET', '/v1/me')).body.roles).toEqual(['merchant', 'owner']);
  });

  it('has to be signed in, or names an owner, who then is another account', async () => {
    expectProblem(await register(undefined), 'validation_failed', ['/owner']);
    expectProblem(await register('nonsense'), 'unauthenticated');
    const shopper = await server.api.register();
    const owner = { email: newEmail(), password: PASSWORD, name: 'Chen Bo' };
    const made = await register(shopper.access_token, { ...SHOP, owner });
    expect(made.body.session.user.email).toBe(owner.email);
    const me = await server.api.call('GET', '/v1/me', { token: shopper.access_token });
    expect(me.body.roles).toEqual(['shopper']);
  });
});
