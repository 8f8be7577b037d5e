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
import { UserNames } from '../../src/auth/index.js';
import { newId } from '../../src/common/ids.js';
import { Database } from '../../src/database/database.js';
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

  it('finds users by any word of their name, however it is written, until it is changed or they go', async () => {
    const { user, access_token: token } = await server.api.expect(201, 'POST', '/v1/auth/register', {
      json: { email: newEmail(), password: PASSWORD, name: 'Kate O’Neil-Świątek 李 小龙' },
    });
    for (const q of ['kate', 'KATE o', "o'neil", 'oneil', 'swiatek kate', '李小龙', '小龙', '龙'])
      expect([q, await find('users', q)]).toEqual([q, [user.id]]);
    for (const q of ['ate', 'kate brown']) expect([q, await find('users', q)]).toEqual([q, []]);
    await server.api.expect(200, 'PATCH', '/v1/me', { token, json: { name: 'Cate Brown' } });
    expect(await find('users', 'oneil')).toEqual([]);
    expect(await find('users', 'brown cate')).toEqual([user.id]);
    await server.api.expect(204, 'DELETE', '/v1/me', { token });
    expect(await find('users', 'brown cate')).toEqual([]);
  });

  it('finds users that an instance of an older version made', async () => {
    const id = newId('usr', Date.now());
    await server.app
      .get(Database)
      .write((tx) =>
        tx.query(
          `INSERT INTO users (id, name, role, created_at) VALUES (?, 'Ferdinand Older', 'shopper', 0)`,
          [id],
        ),
      );
    await server.app.get(UserNames).fill();
    expect(await find('users', 'older')).toEqual([id]);
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

describe('a drop that is taken down', () => {
  const takeDown = (id: string, reason = 'counterfeit'): Promise<Answer> =>
    ask('POST', `vouchers/${id}/take-down`, { reason });
  const lift = (id: string): Promise<Answer> =>
    ask('POST', `vouchers/${id}/lift`, { reason: 'it is genuine' });
  const isShown = async (id: string): Promise<boolean> => {
    const [one, availability, list] = await Promise.all([
      server.api.call('GET', `/v1/vouchers/${id}`),
      server.api.call('GET', `/v1/vouchers/${id}/availability`),
      server.api.expect(200, 'GET', '/v1/vouchers?limit=100'),
    ]);
    const listed = list.data.some((voucher: Json) => voucher.id === id);
    expect([one.status === 200, availability.status === 200]).toEqual([listed, listed]);
    return listed;
  };

  it('is claimed, redeemed and seen by nobody, cannot be resumed, and runs again once it is lifted', async () => {
    const merchant = await server.api.registerMerchant();
    const own = { token: merchant.access_token };
    const { id } = await server.api.liveVoucher(own.token);
    const { access_token: holder } = await server.api.register();
    const { access_token: late } = await server.api.register();
    const claim = await server.api.claim(holder, id);
    const { code } = await server.api.waitIssued(holder, claim.body.id);
    const taken = await takeDown(id);
    expect(taken.body).toMatchObject({
      status: 'paused',
      taken_down: { reason: 'counterfeit', by: admin.user.id },
    });
    expect((await takeDown(id, 'again')).body.taken_down.reason).toBe('counterfeit');
    await until(async () => ((await isShown(id)) ? undefined : true));
    expectProblem(await server.api.claim(late, id), 'paused');
    expectProblem(
      await server.api.call('POST', '/v1/redemptions', { ...own, json: { code } }),
      'voucher_paused',
    );
    expectProblem(await server.api.call('POST', `/v1/vouchers/${id}/resume`, own), 'taken_down');
    expect((await server.api.claimStatus(holder, claim.body.id)).body.status).toBe('issued');
    const { data } = await server.api.expect(200, 'GET', `/v1/audit-log?object=${id}`, own);
    // The merchant is told that it was done and why, not by whom.
    expect(data[0]).toMatchObject({
      action: 'voucher.taken_down',
      actor: { kind: 'system', id: null },
      address: null,
      details: { reason: 'counterfeit' },
    });
    expect((await lift(id)).body).toMatchObject({ status: 'live', taken_down: null });
    expect((await lift(id)).status).toBe(200);
    await until(async () => ((await isShown(id)) ? true : undefined));
    const again = await until(async () => {
      const answer = await server.api.claim(late, id);
      return answer.status === 202 ? answer : undefined;
    });
    await server.api.waitIssued(late, again.body.id);
    const whole: Json[] = await logOf(id);
    const admins = whole.filter(({ actor }) => actor.id === admin.user.id);
    expect(admins.map(({ action }) => action)).toEqual(['voucher.take_down_lifted', 'voucher.taken_down']);
  });

  it('is afterwards what it was: paused by its merchant, not yet open, or over; a copy is no part of it', async () => {
    const { access_token: token } = await server.api.registerMerchant();
    const move = (id: string, to: string): Promise<Answer> =>
      server.api.call('POST', `/v1/vouchers/${id}/${to}`, { token });
    const paused = await server.api.liveVoucher(token);
    await move(paused.id, 'pause');
    await takeDown(paused.id);
    expect((await lift(paused.id)).body.status).toBe('paused');
    expect((await move(paused.id, 'resume')).body.status).toBe('live');

    const later = await server.api.liveVoucher(token, {
      opens_at: new Date(Date.now() + 1_800_000).toISOString(),
    });
    expect((await takeDown(later.id)).body.status).toBe('paused');
    const copy = await server.api.expect(201, 'POST', `/v1/vouchers/${later.id}/clone`, { token });
    expect((await lift(later.id)).body.status).toBe('scheduled');
    expect((await move(copy.id, 'publish')).status).toBe(200);
    expect(await isShown(copy.id)).toBe(true);

    const over = await server.api.liveVoucher(token);
    await takeDown(over.id);
    expect((await move(over.id, 'end')).body.status).toBe('ended');
    expect((await lift(over.id)).body.status).toBe('ended');
  });

  it('goes with its merchant, and comes back with it as it was; what was taken down by itself stays away', async () => {
    const { access_token: token, merchantId, user } = await server.api.registerMerchant();
    const open = await server.api.liveVoucher(token);
    const paused = await server.api.liveVoucher(token);
    await server.api.expect(200, 'POST', `/v1/vouchers/${paused.id}/pause`, { token });
    const [away, later] = [await server.api.liveVoucher(token), await server.api.liveVoucher(token)];
    const stranger = await server.api.liveVoucher((await server.api.registerMerchant()).access_token);
    await takeDown(away.id);
    const { access_token: holder } = await server.api.register();
    const claim = await server.api.claim(holder, open.id);
    await server.api.waitIssued(holder, claim.body.id);

    expect((await ask('POST', `merchants/${merchantId}/disable`, { reason: 'fraud' })).status).toBe(200);
    for (const { id } of [open, paused, later])
      await until(async () => ((await isShown(id)) ? undefined : true));
    expectProblem(await server.api.claim((await server.api.register()).access_token, open.id), 'paused');
    expect((await server.api.claimStatus(holder, claim.body.id)).body.status).toBe('issued');
    expect(await isShown(stranger.id)).toBe(true);
    // It would go again at once; and one that is taken down by itself does not come back with the merchant.
    expectProblem(await lift(open.id), 'invalid_transition');
    expect((await takeDown(later.id)).body.taken_down).toMatchObject({ reason: 'counterfeit' });

    await ask('POST', `merchants/${merchantId}/enable`, { reason: 'cleared' });
    for (const { id } of [open, paused]) await until(async () => ((await isShown(id)) ? true : undefined));
    const owner = (await login(user.email)).body.access_token;
    const states = await Promise.all(
      [open, paused, away, later].map(async ({ id }) => {
        const { body } = await ask('GET', `vouchers/${id}`);
        return [body.status, await isShown(id)];
      }),
    );
    expect(states).toEqual([
      ['live', true],
      ['paused', true],
      ['paused', false],
      ['paused', false],
    ]);
    // The merchant reads what became of its drop, and neither who did it nor what is said of the merchant.
    const { data } = await server.api.expect(200, 'GET', `/v1/audit-log?object=${open.id}`, { token: owner });
    expect(data.slice(0, 2)).toMatchObject([
      { action: 'voucher.take_down_lifted', actor: { kind: 'system' } },
      { action: 'voucher.taken_down', details: { reason: 'The merchant was disabled' } },
    ]);
    expect((await lift(later.id)).body).toMatchObject({ status: 'live', taken_down: null });
  });

  it('is one decision of a merchant who resumes at the same moment', async () => {
    const { access_token: token } = await server.api.registerMerchant();
    const { id } = await server.api.liveVoucher(token);
    for (let n = 0; n < 3; n++) {
      await server.api.call('POST', `/v1/vouchers/${id}/pause`, { token });
      const [taken] = await Promise.all([
        takeDown(id),
        server.api.call('POST', `/v1/vouchers/${id}/resume`, { token }),
        server.api.call('POST', `/v1/vouchers/${id}/resume`, { token }),
      ]);
      expect(taken.status).toBe(200);
      expect((await ask('GET', `vouchers/${id}`)).body.status).toBe('paused');
      await lift(id);
    }
  });

  it('is taken down by administrators alone, once it was published', async () => {
    const { access_token: token } = await server.api.registerMerchant();
    const { id } = await server.api.createVoucher(token);
    expectProblem(await takeDown(id), 'not_found');
    expectProblem(await takeDown('vch_01k9z3v8f0abcdef'), 'not_found');
    await server.api.publish(token, id);
    expectProblem(await ask('POST', `vouchers/${id}/take-down`, { reason: 'x' }, token), 'forbidden');
    expectProblem(await ask('GET', `vouchers/${id}`, undefined, token), 'forbidden');
    expectProblem(await ask('POST', `vouchers/${id}/take-down`, {}), 'validation_failed');
    expect((await ask('GET', `vouchers/${id}`)).body).toMatchObject({ status: 'live', taken_down: null });
  });
});
