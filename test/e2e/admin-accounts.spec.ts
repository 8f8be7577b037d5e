import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  newAddress,
  newEmail,
  PASSWORD,
  until,
  type Answer,
  type Json,
  type Session,
} from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

const ADMIN_EMAIL = 'root@example.com';
let server: TestApp;
let admin: Session;

beforeAll(async () => {
  server = await startApp({
    ADMIN_EMAIL,
    ADMIN_PASSWORD: PASSWORD,
    RATE_LIMIT_REGISTER: 'off',
    RATE_LIMIT_LOGIN: 'off',
    RATE_LIMIT_WRITE: 'off',
    RATE_LIMIT_STATUS: 'off',
  });
  admin = (await login(ADMIN_EMAIL)).body;
});
afterAll(() => server.stop());

const login = (email: string): Promise<Answer> =>
  server.api.call('POST', '/v1/auth/login', {
    json: { email, password: PASSWORD },
    headers: { 'x-forwarded-for': newAddress() },
  });
const ask = (method: string, path: string, json?: unknown, token = admin.access_token): Promise<Answer> =>
  server.api.call(method, `/v1/admin/${path}`, { token, ...(json === undefined ? {} : { json }) });
const find = async (kind: 'users' | 'merchants', q: string): Promise<string[]> => {
  const { status, body } = await ask('GET', `${kind}?q=${encodeURIComponent(q)}`);
  expect(status).toBe(200);
  return body.data.map(({ id }: Json) => id);
};
const me = (token: string): Promise<Answer> => server.api.call('GET', '/v1/me', { token });
const refresh = (refresh_token: string): Promise<Answer> =>
  server.api.call('POST', '/v1/auth/refresh', { json: { refresh_token } });
/** Entries about an object, the newest first. */
const logOf = async (id: string): Promise<Json[]> =>
  (await server.api.expect(200, 'GET', `/v1/audit-log?object=${id}`, { token: admin.access_token })).data;

describe('an administrator', () => {
  it('finds users by id, e-mail in whatever spelling, phone and beginning of the name', async () => {
    const email = newEmail();
    const { user } = await server.api.expect(201, 'POST', '/v1/auth/register', {
      json: { email, password: PASSWORD, name: `Zhao ${email}` },
    });
    for (const q of [user.id, email, ` ${email.toUpperCase()} `, `zhao ${email.slice(0, 20)}`])
      expect([q, await find('users', q)]).toEqual([q, [user.id]]);
    expect(await find('users', email.slice(1))).toEqual([]);
    expect(await find('users', 'usr_01k9z3v8f0abcdef')).toEqual([]);
    for (const q of ['', 'x', 'x'.repeat(255)])
      expectProblem(await ask('GET', `users?q=${q}`), 'validation_failed');
    expectProblem(await ask('GET', 'users'), 'validation_failed');
    expect((await ask('GET', `users/${user.id}`)).body).toMatchObject({
      object: 'admin_user',
      email,
      email_verified: false,
      roles: ['shopper'],
      disabled: null,
    });
    expectProblem(await ask('GET', 'users/usr_01k9z3v8f0abcdef'), 'not_found');
  });

  it('finds merchants by id, by the beginning of their name and by their people; signs are no wildcards', async () => {
    const owner = { email: newEmail(), password: PASSWORD, name: 'Wu' };
    const name = `100%_Tea! ${owner.email}`;
    const { id } = await server.api.expect(201, 'POST', '/v1/merchants', {
      json: { name, time_zone: 'UTC', owner },
    });
    for (const q of [id, owner.email, '100%_tea!', name])
      expect([q, (await find('merchants', q)).includes(id)]).toEqual([q, true]);
    for (const q of ['1000', '%Tea', '__', 'Tea!'])
      expect([q, (await find('merchants', q)).includes(id)]).toEqual([q, false]);
  });

  it('disables a user: sessions, refresh tokens and streams end, nobody logs in; and enables them again', async () => {
    const merchant = await server.api.registerMerchant();
    const drop = await server.api.liveVoucher(merchant.access_token);
    const victim = await server.api.register();
    const { id, email } = victim.user;
    const claim = await server.api.claim(victim.access_token, drop.id);
    await server.api.waitIssued(victim.access_token, claim.body.id);
    const { body: other } = await login(email);
    const disabled = await ask('POST', `users/${id}/disable`, { reason: 'sold claims' });
    expect(disabled.status).toBe(200);
    expect(disabled.body.disabled).toMatchObject({ reason: 'sold claims', by: admin.user.id });
    for (const { access_token: token, refresh_token: token2 } of [victim, other]) {
      expectProblem(await me(token), 'unauthenticated');
      expectProblem(await refresh(token2), 'invalid_refresh_token');
    }
    expectProblem(await login(email), 'account_disabled');
    // A wrong password learns nothing of it.
    const wrong = { email, password: 'a wrong password' };
    expectProblem(await server.api.call('POST', '/v1/auth/login', { json: wrong }), 'invalid_credentials');
    const again = await ask('POST', `users/${id}/disable`, { reason: 'another' });
    expect(again.body.disabled.reason).toBe('sold claims');
    const enabled = await ask('POST', `users/${id}/enable`, { reason: 'it was the brother' });
    expect(enabled.body.disabled).toBeNull();
    expect((await ask('POST', `users/${id}/enable`, { reason: 'again' })).status).toBe(200);
    const { body } = await login(email);
    expect((await server.api.claimStatus(body.access_token, claim.body.id)).body.status).toBe('issued');
    const entries = (await logOf(id)).map(({ action, details, actor }) => [action, details.reason, actor.id]);
    expect(entries).toEqual([
      ['user.enabled', 'it was the brother', admin.user.id],
      ['user.disabled', 'sold claims', admin.user.id],
    ]);
  });

  it('lets in nobody who logs in at the same moment', async () => {
    const { user } = await server.api.register();
    const logins = Array.from({ length: 6 }, () => login(user.email));
    await ask('POST', `users/${user.id}/disable`, { reason: 'a race' });
    const answers = [...(await Promise.all(logins)), await login(user.email)];
    for (const { status, body } of answers) {
      if (status === 200) expectProblem(await me(body.access_token), 'unauthenticated');
      else expect([status, body.code]).toEqual([403, 'account_disabled']);
    }
    expect(answers.at(-1)?.status).toBe(403);
  });

  it('disables a merchant: all of its people, and its API keys, until it is enabled', async () => {
    const owner = await server.api.registerMerchant();
    const stranger = await server.api.registerMerchant();
    const key = await server.api.expect(201, 'POST', '/v1/api-keys', {
      token: owner.access_token,
      json: { name: 'till', scopes: ['vouchers:read'] },
    });
    const byKey = (): Promise<Answer> =>
      server.api.call('GET', '/v1/merchants/me/vouchers', { token: key.secret });
    expect((await byKey()).status).toBe(200);
    const { merchantId } = owner;
    expect((await ask('POST', `merchants/${merchantId}/disable`, { reason: 'fraud' })).status).toBe(200);
    expectProblem(await me(owner.access_token), 'unauthenticated');
    expectProblem(await login(owner.user.email), 'account_disabled');
    await until(async () => ((await byKey()).status === 401 ? true : undefined));
    expect((await me(stranger.access_token)).status).toBe(200);
    await ask('POST', `merchants/${merchantId}/enable`, { reason: 'cleared' });
    expect((await login(owner.user.email)).status).toBe(200);
    await until(async () => ((await byKey()).status === 200 ? true : undefined));
    expect((await logOf(merchantId)).map(({ action }) => action).slice(0, 2)).toEqual([
      'merchant.enabled',
      'merchant.disabled',
    ]);
  });

  it('cannot lock out all administrators, nor do any of it without being one', async () => {
    expectProblem(await ask('POST', `users/${admin.user.id}/disable`, { reason: 'me' }), 'validation_failed');
    const { user, access_token: shopper } = await server.api.register();
    const { access_token: merchant } = await server.api.registerMerchant();
    for (const token of [shopper, merchant]) {
      expectProblem(await ask('GET', 'users?q=lin', undefined, token), 'forbidden');
      expectProblem(await ask('POST', `users/${user.id}/disable`, { reason: 'x' }, token), 'forbidden');
    }
    for (const json of [{}, { reason: '' }, { reason: 'x', more: 1 }])
      expectProblem(await ask('POST', `users/${user.id}/disable`, json), 'validation_failed');
    expectProblem(await ask('POST', 'users/usr_01k9z3v8f0abcdef/disable', { reason: 'x' }), 'not_found');
    expect((await login(user.email)).status).toBe(200);
  });

  it('leaves a trace of blocks in the audit log', async () => {
    const { body } = await ask('POST', 'blocks', {
      address: '203.0.113.0/24',
      reason: 'bots',
      duration_s: 60,
    });
    await ask('DELETE', `blocks/${body.id}`);
    const entries = await logOf(body.id);
    expect(entries.map(({ action, actor }) => [action, actor.id])).toEqual([
      ['block.removed', admin.user.id],
      ['block.created', admin.user.id],
    ]);
    expect(entries[1].details).toMatchObject({ subject: '203.0.113.0/24', reason: 'bots' });
  });
});
