import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newEmail, PASSWORD, until, voucherTerms } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { passTime, resetTime } from '../support/pass-time.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
beforeAll(async () => {
  server = await startApp({ REFRESH_GRACE_S: '1' });
});
afterAll(() => server.stop());

const login = (email: string, password: string) =>
  server.api.call('POST', '/v1/auth/login', { json: { email, password } });
const refresh = (token: string) =>
  server.api.call('POST', '/v1/auth/refresh', { json: { refresh_token: token } });

describe('an account', () => {
  it('is registered once, by an address without regard to case', async () => {
    const email = newEmail();
    const json = { email, password: PASSWORD, name: ' Lin ' };
    const first = await server.api.call('POST', '/v1/auth/register', { json });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      object: 'session',
      token_type: 'Bearer',
      expires_in: 900,
      user: { object: 'user', email, name: 'Lin', phone: null, roles: ['shopper'] },
    });
    expect(first.text).not.toContain(PASSWORD);
    const again = { ...json, email: email.toUpperCase() };
    expectProblem(await server.api.call('POST', '/v1/auth/register', { json: again }), 'email_taken');
    const me = await server.api.expect(200, 'GET', '/v1/me', { token: first.body.access_token });
    expect(me).toEqual(first.body.user);
  });

  it('is made once when it is registered ten times at once', async () => {
    const json = { email: newEmail(), password: PASSWORD, name: 'Lin' };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => server.api.call('POST', '/v1/auth/register', { json })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(9).fill(409)]);
  });

  it('logs in with its password; a wrong one and an unknown address get the same answer', async () => {
    const { user } = await server.api.register();
    expect((await login(user.email.toUpperCase(), PASSWORD)).body.user.id).toBe(user.id);
    const wrong = await login(user.email, 'not the password');
    const unknown = await login(newEmail(), PASSWORD);
    expectProblem(wrong, 'invalid_credentials');
    expectProblem(unknown, 'invalid_credentials');
    expect({ ...wrong.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' });
  });

  it('changes its name', async () => {
    const { access_token: token } = await server.api.register();
    const changed = await server.api.expect(200, 'PATCH', '/v1/me', { token, json: { name: 'Yue' } });
    expect(changed.name).toBe('Yue');
    expect((await server.api.expect(200, 'GET', '/v1/me', { token })).name).toBe('Yue');
  });
});

/** The first refusal: until then the answer may have been lost, and the token comes again. */
const refreshRefused = (token: string) =>
  until(async () => {
    const answer = await refresh(token);
    return answer.status === 200 ? undefined : answer;
  });

describe('tokens', () => {
  it('an access token ends by itself, and the refresh token brings a new one', async () => {
    const session = await server.api.register();
    const me = (token: string) => server.api.call('GET', '/v1/me', { token });
    expect((await me(session.access_token)).status).toBe(200);
    passTime(session.expires_in * 1_000);
    try {
      expectProblem(await me(session.access_token), 'token_expired');
      const next = await refresh(session.refresh_token);
      expect(next.status).toBe(200);
      expect(next.body.user).toEqual(session.user);
      expect((await me(next.body.access_token)).status).toBe(200);
    } finally {
      resetTime();
    }
  });

  it('a refresh token that comes again later ends the session for both', async () => {
    const session = await server.api.register();
    const next = await refresh(session.refresh_token);
    expectProblem(await refreshRefused(session.refresh_token), 'refresh_token_reused');
    expectProblem(await refresh(next.body.refresh_token), 'invalid_refresh_token');
    // Other logins of the same user are other families.
    const other = await login(session.user.email, PASSWORD);
    expect((await refresh(other.body.refresh_token)).status).toBe(200);
  });

  it('logout ends the session', async () => {
    const session = await server.api.register();
    const { status, text } = await server.api.call('POST', '/v1/auth/logout', {
      token: session.access_token,
    });
    expect([status, text]).toEqual([204, '']);
    expectProblem(await refresh(session.refresh_token), 'invalid_refresh_token');
    expectProblem(await server.api.call('POST', '/v1/auth/logout'), 'unauthenticated');
  });

  it.each(['x', 'ses_0000000000000000.secret', 'ses_\u0000.x', '....'])(
    '%j is no refresh token',
    async (token) => {
      expectProblem(await refresh(token), 'invalid_refresh_token');
    },
  );
});

describe('roles', () => {
  it('a shopper does nothing of a merchant’s', async () => {
    const { access_token: token } = await server.api.register();
    const calls: [string, string, unknown?][] = [
      ['POST', '/v1/vouchers', voucherTerms()],
      ['GET', '/v1/merchants/me/vouchers'],
      ['POST', '/v1/vouchers/vch_0000000000000000/publish'],
      ['GET', '/v1/vouchers/vch_0000000000000000/audit'],
    ];
    for (const [method, path, json] of calls) {
      expectProblem(await server.api.call(method, path, { token, json }), 'forbidden');
    }
  });

  it('who is nobody does nothing but look', async () => {
    const calls: [string, string][] = [
      ['POST', '/v1/vouchers'],
      ['POST', '/v1/vouchers/vch_0000000000000000/publish'],
      ['POST', '/v1/vouchers/vch_0000000000000000/claims'],
      ['GET', '/v1/me'],
      ['GET', '/v1/me/claims'],
      ['GET', '/v1/claims/clm_1'],
    ];
    for (const [method, path] of calls) expectProblem(await server.api.call(method, path), 'unauthenticated');
    expect((await server.api.call('GET', '/v1/vouchers')).status).toBe(200);
    expect((await server.api.call('GET', '/v1/time')).status).toBe(200);
  });

  it('a merchant’s owner may claim like anybody', async () => {
    const merchant = await server.api.registerMerchant();
    const voucher = await server.api.liveVoucher(merchant.access_token);
    expect((await server.api.claim(merchant.access_token, voucher.id)).status).toBe(202);
  });
});
