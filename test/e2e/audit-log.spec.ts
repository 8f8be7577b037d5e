import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditLogReader } from '../../src/audit-log/index.js';
import { User } from '../../src/auth/index.js';
import { newId } from '../../src/common/ids.js';
import { Database } from '../../src/database/database.js';
import { newAddress, PASSWORD, until, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { beforeSoon } from '../support/pass-time.js';
import { expectProblem } from '../support/problem.js';

const DAY_MS = 86_400_000;
let server: TestApp;
let merchant: Session & { readonly merchantId: string };
beforeAll(async () => {
  server = await startApp({
    ADMIN_EMAIL: 'root@example.com',
    ADMIN_PASSWORD: 'a long admin password',
    RETENTION_AUDIT_LOG_DAYS: '30',
  });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

const read = (token: string, query = ''): Promise<Answer> =>
  server.api.call('GET', `/v1/audit-log${query}`, { token });
const entries = async (query = '', token = merchant.access_token): Promise<Json[]> =>
  (await server.api.expect(200, 'GET', `/v1/audit-log${query}`, { token })).data;
const login = (email: string, password = PASSWORD, headers = {}) =>
  server.api.call('POST', '/v1/auth/login', { json: { email, password }, headers });
const actionsOf = async (query: string): Promise<string[]> =>
  (await entries(query)).map(({ action }) => action).reverse();

/** Makes a shopper one of the merchant's people, and signs in again. */
async function colleague(merchantRole: 'editor' | 'cashier'): Promise<string> {
  const { user } = await server.api.register();
  const { merchantId } = merchant;
  await server.app
    .get(Database)
    .write((tx) => tx.update(User, { id: user.id }, { role: 'merchant', merchantId, merchantRole }));
  return (await login(user.email)).body.access_token;
}

describe('the audit log', () => {
  it('says who did what to a voucher, in the order in which it was done', async () => {
    const { access_token: token, user } = merchant;
    const { api } = server;
    const draft = await api.createVoucher(token, { title: 'Tea for two' });
    const path = `/v1/vouchers/${draft.id}`;
    const edited = await api.call('PATCH', path, {
      token,
      json: { title: 'Tea for three' },
      headers: { 'if-match': '*', 'x-forwarded-for': '203.0.113.7' },
    });
    expect(edited.status).toBe(200);
    await api.publish(token, draft.id);
    await api.expect(200, 'POST', `${path}/pause`, { token });
    await api.expect(200, 'POST', `${path}/resume`, { token });
    await api.expect(200, 'POST', `${path}/stock-adjustments`, {
      token,
      json: { delta: 3, reason: 'more tea came' },
    });
    await api.expect(200, 'POST', `${path}/end`, { token });
    await api.expect(200, 'POST', `${path}/archive`, { token });
    const list = await entries(`?object=${draft.id}`);
    expect(list.map(({ action }) => action).reverse()).toEqual([
      'voucher.created',
      'voucher.edited',
      'voucher.published',
      'voucher.paused',
      'voucher.resumed',
      'voucher.stock_adjusted',
      'voucher.ended',
      'voucher.archived',
    ]);
    expect(list.find(({ action }) => action === 'voucher.edited')).toEqual({
      object: 'audit_entry',
      id: expect.stringMatching(/^aud_/),
      mode: 'live',
      at: expect.stringMatching(/Z$/),
      actor: { kind: 'user', id: user.id, name: 'Chen Bo' },
      action: 'voucher.edited',
      subject: { type: 'voucher', id: draft.id, count: 1 },
      details: { fields: ['title'], version: 2 },
      merchant_id: merchant.merchantId,
      address: '203.0.113.7',
      request_id: edited.headers.get('x-request-id'),
    });
    expect(list.find(({ action }) => action === 'voucher.stock_adjusted')?.details).toEqual({
      delta: 3,
      reason: 'more tea came',
    });
  });

  it('has what was done and nothing that was refused', async () => {
    const { access_token: token } = merchant;
    const draft = await server.api.createVoucher(token);
    const path = `/v1/vouchers/${draft.id}`;
    const stale = { token, json: { title: 'Late' }, headers: { 'if-match': '"7"' } };
    expectProblem(await server.api.call('PATCH', path, stale), 'precondition_failed');
    expectProblem(await server.api.call('POST', `${path}/pause`, { token }), 'invalid_transition');
    const adjust = { token, json: { delta: 3, reason: 'x' } };
    expectProblem(await server.api.call('POST', `${path}/stock-adjustments`, adjust), 'invalid_transition');
    await server.api.expect(204, 'DELETE', path, { token });
    expect(await actionsOf(`?object=${draft.id}`)).toEqual(['voucher.created', 'voucher.deleted']);
  });

  it('names the program where time did it', async () => {
    const { access_token: token } = merchant;
    const { done } = await beforeSoon((closes_at) => server.api.liveVoucher(token, { closes_at }));
    const { id } = done;
    const closed = await until(async () => (await entries(`?object=${id}&action=voucher.closed`))[0]);
    expect(closed.actor).toEqual({ kind: 'system', id: null, name: null });
    expect(closed.details).toEqual({ from: 'live', to: 'ended' });
  });

  it('has the sign-ins of the merchant’s people, and not those of shoppers', async () => {
    const { user } = merchant;
    const since = new Date().toISOString();
    const headers = { 'x-forwarded-for': newAddress(), 'user-agent': 'a browser' };
    expect((await login(user.email, PASSWORD, headers)).status).toBe(200);
    expectProblem(await login(user.email, 'wrong', headers), 'invalid_credentials');
    const shopper = await server.api.register();
    await login(shopper.user.email);
    const [entry, ...more] = await entries(`?action=user.signed_in&since=${since}`);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({
      actor: { id: user.id },
      subject: { type: 'user', id: user.id },
      details: { session: expect.stringMatching(/^ses_/), user_agent: 'a browser' },
      address: headers['x-forwarded-for'],
    });
  });

  it('is read in pages, forwards and backwards, with each filter', async () => {
    const { access_token: token, user } = merchant;
    const draft = await server.api.createVoucher(token);
    for (let version = 1; version <= 5; version += 1) {
      const headers = { 'if-match': '*' };
      const json = { title: `Title ${version}` };
      await server.api.expect(200, 'PATCH', `/v1/vouchers/${draft.id}`, { token, json, headers });
    }
    for (const filter of [
      `&object=${draft.id}`,
      `&object=${draft.id}&actor=${user.id}&action=voucher.edited`,
      `&actor=${user.id}`,
      '&action=voucher.edited',
      '',
      `&since=${new Date(Date.now() - DAY_MS).toISOString()}&until=${new Date(Date.now() + DAY_MS).toISOString()}`,
    ]) {
      const all = await entries(`?limit=100${filter}`);
      expect(all.length).toBeGreaterThan(3);
      const ids = all.map(({ id }) => id);
      expect(ids).toEqual([...ids].sort().reverse());
      const page = (more: string) => entries(`?limit=2${filter}${more}`);
      expect(await page('')).toEqual(all.slice(0, 2));
      expect(await page(`&starting_after=${ids[1]}`)).toEqual(all.slice(2, 4));
      expect(await page(`&ending_before=${ids[3]}`)).toEqual(all.slice(1, 3));
    }
    const [entry] = await entries(`?object=${draft.id}&action=voucher.edited&limit=1`);
    const at = encodeURIComponent(entry.at);
    const [same, none] = await Promise.all([
      entries(`?object=${draft.id}&since=${at}`),
      entries(`?object=${draft.id}&since=${at}&until=${at}`),
    ]);
    expect(same.map(({ id }) => id)).toContain(entry.id);
    expect(none).toEqual([]);
    expect(await entries('?object=vch_0000000000000000')).toEqual([]);
  });

  it.each([
    ['limit=0', '/limit'],
    ['since=yesterday', '/since'],
    ['until=2030-13-01', '/until'],
    ['starting_after=nonsense', '/starting_after'],
    ['starting_after=aud_0000000000000000&ending_before=aud_0000000000000000', '/ending_before'],
    ['object=', '/object'],
    ['surprise=1', '/surprise'],
  ])('is not read by ?%s', async (query, pointer) => {
    expectProblem(await read(merchant.access_token, `?${query}`), 'validation_failed', [pointer]);
  });

  it('is read by owner and editors of the merchant, by administrators, and by nobody else', async () => {
    const other = await server.api.registerMerchant();
    const mine = await server.api.createVoucher(merchant.access_token);
    const theirs = await server.api.createVoucher(other.access_token);
    const seen = async (token: string, query: string): Promise<number> =>
      (await entries(query, token)).length;
    for (const token of [merchant.access_token, await colleague('editor')]) {
      expect(await seen(token, `?object=${mine.id}`)).toBe(1);
      expect(await seen(token, `?object=${theirs.id}`)).toBe(0);
      expect(await seen(token, `?actor=${other.user.id}`)).toBe(0);
      expect(await seen(token, `?merchant=${merchant.merchantId}&limit=1`)).toBe(1);
      expectProblem(await read(token, `?merchant=${other.merchantId}`), 'forbidden');
    }
    const shopper = await server.api.register();
    for (const token of [shopper.access_token, await colleague('cashier')])
      expectProblem(await read(token), 'forbidden');
    expectProblem(await server.api.call('GET', '/v1/audit-log'), 'unauthenticated');

    const admin = (await login('root@example.com', 'a long admin password')).body.access_token;
    expect(await seen(admin, `?object=${mine.id}`)).toBe(1);
    expect(await seen(admin, `?object=${theirs.id}`)).toBe(1);
    const ofOther = await entries(`?merchant=${other.merchantId}`, admin);
    expect(new Set(ofOther.map(({ merchant_id: id }) => id))).toEqual(new Set([other.merchantId]));
    expect(await seen(admin, '?action=voucher.created&limit=100')).toBeGreaterThan(1);
  });

  it('tells a merchant the id of a shopper who gave a claim back, not the name, nor from where', async () => {
    const { access_token: token } = merchant;
    const soon = new Date(Date.now() + DAY_MS).toISOString();
    const { id } = await server.api.liveVoucher(token, { cancellable_until: soon, closes_at: soon });
    const shopper = await server.api.register();
    const { body } = await server.api.claim(shopper.access_token, id);
    const path = `/v1/claims/${body.id}`;
    await until(
      async () =>
        (await server.api.call('GET', path, { token: shopper.access_token })).body.status === 'issued' ||
        undefined,
    );
    expect(
      (await server.api.call('POST', `${path}/cancel`, { token: shopper.access_token })).status,
    ).toBeLessThan(300);
    const [entry] = await entries(`?actor=${shopper.user.id}`);
    expect(entry).toMatchObject({
      actor: { kind: 'user', id: shopper.user.id, name: null },
      address: null,
      subject: { type: 'claim' },
    });
  });

  it('cannot be written or changed from outside', async () => {
    const { access_token: token } = merchant;
    const [entry] = await entries('?limit=1');
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      for (const path of ['/v1/audit-log', `/v1/audit-log/${entry.id}`]) {
        const { status } = await server.api.call(method, path, { token, json: {} });
        expect([404, 405]).toContain(status);
      }
    expect(await entries('?limit=1')).toEqual([entry]);
  });

  it('forgets what is older than it has to be kept, and nothing else', async () => {
    const database = server.app.get(Database);
    const now = Date.now();
    const ages = [400 * DAY_MS, 31 * DAY_MS, 29 * DAY_MS, 0];
    const ids = ages.map((age) => newId('aud', now - age));
    const many = Array.from({ length: 1_200 }, () => newId('aud', now - 500 * DAY_MS));
    await database.write(async (tx) => {
      for (const id of [...ids, ...many])
        await tx.query(
          `INSERT INTO audit_log (id, at, actor_kind, action, object_type, object_id, objects)
           VALUES (?, 0, 'system', 'test.kept', 'test', 'tst_1', 1)`,
          [id],
        );
    });
    await server.app.get(AuditLogReader).prune();
    const left: { id: string }[] = await database.read.query(
      "SELECT id FROM audit_log WHERE action = 'test.kept' ORDER BY id",
    );
    expect(left.map(({ id }) => id)).toEqual([ids[2], ids[3]]);
    expect((await entries('?limit=1')).length).toBe(1);
  });
});
