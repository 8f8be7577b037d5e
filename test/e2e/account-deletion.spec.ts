import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SessionStore } from '../../src/auth/index.js';
import { Database } from '../../src/database/database.js';
import { newAddress, PASSWORD, type Answer } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;

beforeAll(async () => {
  server = await startApp({
    ADMIN_EMAIL: 'root@example.com',
    ADMIN_PASSWORD: PASSWORD,
    RATE_LIMIT_LOGIN: 'off',
    RATE_LIMIT_REGISTER: 'off',
  });
});
afterAll(() => server.stop());

const remove = (token: string): Promise<Answer> => server.api.call('DELETE', '/v1/me', { token });
const me = (token: string): Promise<Answer> => server.api.call('GET', '/v1/me', { token });
const login = (email: string): Promise<Answer> =>
  server.api.call('POST', '/v1/auth/login', {
    json: { email, password: PASSWORD },
    headers: { 'x-forwarded-for': newAddress() },
  });
const rows = (sql: string, ...values: string[]): Promise<Record<string, unknown>[]> =>
  server.app.get(Database).read.query(sql, values);

describe('the deletion of an account', () => {
  it('takes all that names its owner, ends all sessions, and lets claims and the books be', async () => {
    const merchant = await server.api.registerMerchant();
    const voucher = await server.api.liveVoucher(merchant.access_token);
    const { access_token, refresh_token, user } = await server.api.register();
    const other = await login(user.email);
    const { body: taken } = await server.api.claim(access_token, voucher.id);
    const claim = await server.api.waitIssued(access_token, taken.id);
    await server.api.expect(202, 'POST', '/v1/me/email-proofs', {
      token: access_token,
      json: { email: user.email },
    });
    expect((await remove(access_token)).status).toBe(204);

    for (const token of [access_token, other.body.access_token])
      expectProblem(await me(token), 'unauthenticated');
    expectProblem(
      await server.api.call('POST', '/v1/auth/refresh', { json: { refresh_token } }),
      'invalid_refresh_token',
    );
    expectProblem(await login(user.email), 'invalid_credentials');
    expect(await rows('SELECT id FROM users WHERE id = ? OR email = ?', user.id, user.email)).toEqual([]);
    expect(await rows('SELECT hash FROM account_tokens WHERE user_id = ?', user.id)).toEqual([]);
    expect(
      await rows('SELECT id FROM mails WHERE user_id = ? OR recipient = ?', user.id, user.email),
    ).toEqual([]);
    expect(await rows('SELECT action, object_id FROM audit_log WHERE actor = ?', user.id)).toEqual([
      { action: 'user.deleted', object_id: user.id },
    ]);
    // The merchant sees a claim of nobody, and its code is still good.
    const list = await server.api.expect(200, 'GET', `/v1/vouchers/${voucher.id}/claims`, {
      token: merchant.access_token,
    });
    expect(list.data).toMatchObject([{ id: claim.id, customer: null }]);
    const redeemed = await server.api.call('POST', '/v1/redemptions', {
      token: merchant.access_token,
      json: { code: claim.code },
    });
    expect(redeemed.status).toBe(201);
    // The address is free for a new account, which has nothing of the old one.
    const again = await server.api.expect(201, 'POST', '/v1/auth/register', {
      json: { email: user.email, password: PASSWORD, name: 'Lin' },
    });
    expect(again.user.id).not.toBe(user.id);
    const wallet = await server.api.expect(200, 'GET', '/v1/me/claims', { token: again.access_token });
    expect(wallet.data).toEqual([]);
  });

  it('needs a login of the last ten minutes, and changes nothing without', async () => {
    const { access_token, user } = await server.api.register();
    const sessions = server.app.get(SessionStore);
    const [session] = await sessions.ofUser(user.id);
    if (!session) throw new Error('no session');
    const find = sessions.find.bind(sessions);
    sessions.find = async (id) => {
      const found = await find(id);
      return found && { ...found, createdAt: found.createdAt - 11 * 60_000 };
    };
    try {
      expectProblem(await remove(access_token), 'login_again');
    } finally {
      sessions.find = find;
    }
    expect((await me(access_token)).status).toBe(200);
    expect((await remove((await login(user.email)).body.access_token)).status).toBe(204);
  });

  it('is refused to the last owner of a merchant and the last administrator, whose sessions stay', async () => {
    const owner = await server.api.registerMerchant();
    const before = await login(owner.user.email);
    expectProblem(await remove(owner.access_token), 'last_owner');
    expect((await me(before.body.access_token)).status).toBe(200);
    const admin = await login('root@example.com');
    expectProblem(await remove(admin.body.access_token), 'last_owner');
    expect((await me(admin.body.access_token)).status).toBe(200);
  });

  it('leaves a merchant one owner where two go at the same time', async () => {
    const owner = await server.api.registerMerchant();
    const second = await server.api.register();
    await server.app.get(Database).write((tx) =>
      tx.query(
        `UPDATE users SET role = 'merchant', merchant_role = 'owner',
             merchant_id = (SELECT merchant_id FROM (SELECT merchant_id FROM users WHERE id = ?) AS o) WHERE id = ?`,
        [owner.user.id, second.user.id],
      ),
    );
    const answers = await Promise.all([remove(owner.access_token), remove(second.access_token)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  });

  it('needs an account', async () => {
    expectProblem(await server.api.call('DELETE', '/v1/me'), 'unauthenticated');
  });
});
