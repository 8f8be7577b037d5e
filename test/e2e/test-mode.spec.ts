import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { TestShoppers } from '../../src/auth/index.js';
import { API_SCOPES } from '../../src/auth/api-keys/scopes.js';
import { modeOf } from '../../src/common/mode.js';
import { PASSWORD, until, voucherTerms, type Json, type Session } from '../support/api.js';
import { Metrics } from '../../src/observability/metrics.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const ADMIN_EMAIL = 'admin@example.com';

/** One merchant with a key of each mode, and what each of them made: a voucher that is live, a claim, and a webhook. */
interface Made {
  readonly key: string;
  readonly voucher: Json;
  readonly shopper: Session;
  readonly claim: Json;
  readonly hook: Json;
}

let server: TestApp;
let receiver: WebhookReceiver;
let owner: Session & { readonly merchantId: string };
let live: Made;
let test: Made;

const call = (token: string | undefined, method: string, path: string, json?: unknown) =>
  server.api.call(method, path, { token, ...(json === undefined ? {} : { json }) });
const read = async (token: string | undefined, path: string): Promise<Json> => {
  const answer = await call(token, 'GET', path);
  expect({ path, status: answer.status }).toEqual({ path, status: 200 });
  return answer.body;
};
const keyOf = async (mode: string, token = owner.access_token): Promise<string> => {
  const json = { name: mode, mode, scopes: API_SCOPES };
  const key = await server.api.expect(201, 'POST', '/v1/api-keys', { token, json });
  expect(key).toMatchObject({
    mode,
    secret: expect.stringMatching(new RegExp(`^vck_${mode}_[0-9a-z]{51}$`)),
  });
  return key.secret;
};
const testShopper = (key: string, json?: unknown): Promise<Session> =>
  server.api.expect(201, 'POST', '/v1/test/shoppers', { token: key, ...(json ? { json } : {}) });

async function make(mode: string, shopperOf: (key: string) => Promise<Session>): Promise<Made> {
  const { api } = server;
  const key = await keyOf(mode);
  const hook = await api.expect(201, 'POST', '/v1/webhooks', {
    token: key,
    json: { url: `${receiver.url}/${mode}` },
  });
  const voucher = await api.liveVoucher(key, { title: mode, rollback_within_s: 60, per_user_limit: 2 });
  const shopper = await shopperOf(key);
  const taken = await api.claim(shopper.access_token, voucher.id);
  const claim = await api.waitIssued(shopper.access_token, taken.body.id);
  await api.expect(201, 'POST', '/v1/redemptions', { token: key, json: { code: claim.code } });
  return { key, voucher, shopper, claim, hook };
}

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  server = await startApp({
    RATE_LIMIT_CLAIM: 'off',
    ADMIN_EMAIL,
    ADMIN_PASSWORD: PASSWORD,
    RATE_LIMIT_WRITE: 'off',
    WEBHOOK_PRIVATE_ADDRESSES: 'allowed',
    WEBHOOK_INTERVAL_MS: '50',
    OUTBOX_INTERVAL_MS: '50',
  });
  owner = await server.api.registerMerchant();
  live = await make('live', () => server.api.register());
  test = await make('test', (key) => testShopper(key));
});
afterAll(async () => {
  await server.stop();
  await receiver.stop();
});

describe('the test mode', () => {
  it('does the whole job with one test key, and everything says that it is a test', () => {
    expect(test.voucher).toMatchObject({ mode: 'test', merchant_id: expect.stringMatching(/^mer_t/) });
    expect(live.voucher).toMatchObject({ mode: 'live', merchant_id: owner.merchantId });
    expect([test.hook.mode, live.hook.mode]).toEqual(['test', 'live']);
    expect([modeOf(test.claim.id), modeOf(live.claim.id)]).toEqual(['test', 'live']);
    expect(test.shopper.user).toMatchObject({ email_verified: true, roles: ['shopper'] });
  });

  it('is apart from the live mode in every list, export and sum of the merchant', async () => {
    // People see what a live key sees.
    const sides = [
      { mine: live, other: test, tokens: [live.key, owner.access_token] },
      { mine: test, other: live, tokens: [test.key] },
    ];
    for (const { mine, other, tokens } of sides)
      for (const token of tokens) {
        const vouchers = await read(token, '/v1/merchants/me/vouchers');
        expect(vouchers.data.map(({ id }: Json) => id)).toEqual([mine.voucher.id]);
        const claims = await read(token, `/v1/vouchers/${mine.voucher.id}/claims`);
        expect(claims.data.map(({ id }: Json) => id)).toEqual([mine.claim.id]);
        expect(await read(token, `/v1/vouchers/${mine.voucher.id}/summary`)).toMatchObject({ issued: 1 });
        const redemptions = await read(token, '/v1/redemptions');
        expect(redemptions.data.map(({ claim_id: id }: Json) => id)).toEqual([mine.claim.id]);
        const hooks = await read(token, '/v1/webhooks');
        expect(hooks.data.map(({ id }: Json) => id)).toEqual([mine.hook.id]);
        const theirs = other.voucher.id;
        for (const path of [
          `merchants/me/vouchers/${theirs}`,
          `vouchers/${theirs}/claims`,
          `vouchers/${theirs}/claims/export`,
          `vouchers/${theirs}/claims/export.xlsx`,
          `vouchers/${theirs}/summary`,
          `vouchers/${theirs}/preflight`,
          `vouchers/${theirs}/eligibility`,
          `vouchers/${theirs}/codes`,
          `vouchers/${theirs}/budget`,
          `vouchers/${theirs}/waiting-list/entries`,
          `vouchers/${theirs}/cancellations`,
          `webhooks/${other.hook.id}`,
          `webhooks/${other.hook.id}/deliveries`,
          `redemptions/preview?code=${other.claim.code}`,
        ])
          expect({ path, status: (await call(token, 'GET', `/v1/${path}`)).status }).toEqual({
            path,
            status: 404,
          });
        for (const [path, json] of [
          [`vouchers/${theirs}/pause`],
          [`vouchers/${theirs}/clone`],
          [`claims/${other.claim.id}/cancel`, { reason: 'x' }],
          ['redemptions', { code: other.claim.code }],
        ] as const)
          expect({ path, status: (await call(token, 'POST', `/v1/${path}`, json)).status }).toEqual({
            path,
            status: 404,
          });
      }
  });

  it('is for people who ask for it by a header, with the rights that they have', async () => {
    const asPerson = (method: string, path: string, json?: unknown, more: Record<string, string> = {}) =>
      server.api.call(method, path, {
        token: owner.access_token,
        headers: { 'x-mode': 'test', ...more },
        ...(json === undefined ? {} : { json }),
      });
    const seen = async (path: string): Promise<string[]> =>
      (await asPerson('GET', path)).body.data.map(({ id }: Json) => id);
    expect(await seen('/v1/merchants/me/vouchers')).toEqual([test.voucher.id]);
    expect(await seen(`/v1/vouchers/${test.voucher.id}/claims`)).toEqual([test.claim.id]);
    expect(await seen('/v1/webhooks')).toEqual([test.hook.id]);
    for (const [method, path] of [
      ['GET', `merchants/me/vouchers/${live.voucher.id}`],
      ['POST', `vouchers/${live.voucher.id}/pause`],
      ['GET', `webhooks/${live.hook.id}`],
    ] as const)
      expectProblem(await asPerson(method, `/v1/${path}`), 'not_found');
    // The same key of an intention on the other side is another intention.
    const once = { 'idempotency-key': 'on-both-sides' };
    const [tested, real] = [
      await asPerson('POST', '/v1/vouchers', voucherTerms(), once),
      await asPerson('POST', '/v1/vouchers', voucherTerms(), { ...once, 'x-mode': 'live' }),
    ];
    expect([tested.body.mode, real.body.mode]).toEqual(['test', 'live']);
    for (const { body } of [tested, real])
      expect(
        (await asPerson('DELETE', `/v1/vouchers/${body.id}`, undefined, { 'x-mode': body.mode })).status,
      ).toBe(204);

    // What has no test mode is what it is; a key keeps to its own; nobody else has a side.
    expect((await asPerson('GET', '/v1/merchants/me')).body.id).toBe(owner.merchantId);
    const byKey = { token: live.key, headers: { 'x-mode': 'test' } };
    const ofKey = await server.api.expect(200, 'GET', '/v1/merchants/me/vouchers', byKey);
    expect(ofKey.data.map(({ id }: Json) => id)).toEqual([live.voucher.id]);
    const other = await server.api.registerMerchant();
    const path = `/v1/merchants/me/vouchers/${test.voucher.id}`;
    expectProblem(
      await server.api.call('GET', path, { token: other.access_token, headers: { 'x-mode': 'test' } }),
      'not_found',
    );
    expectProblem(
      await asPerson('GET', '/v1/webhooks', undefined, { 'x-mode': 'both' }),
      'validation_failed',
    );
  });

  it('shows nothing of it to the public, and finds it by no cursor', async () => {
    const { id } = test.voucher;
    const lists = ['/v1/vouchers', '/v1/vouchers?status=live', '/v1/vouchers?limit=1'];
    for (const path of lists)
      expect((await read(undefined, path)).data.map(({ id }: Json) => id)).toEqual([live.voucher.id]);
    expectProblem(await call(undefined, 'GET', `/v1/vouchers?starting_after=${id}`), 'validation_failed');
    expect(
      (await read(undefined, `/v1/availabilities?voucher_ids=${id},${live.voucher.id}`)).data,
    ).toHaveLength(1);
    for (const token of [undefined, live.shopper.access_token, owner.access_token])
      for (const path of [`/v1/vouchers/${id}`, `/v1/vouchers/${id}/availability`])
        expectProblem(await call(token, 'GET', path), 'not_found');
    expectProblem(await call(undefined, 'GET', `/v1/vouchers/${id}/availability/events`), 'not_found');
    for (const page of ['/', '/drops', '/sitemap.xml', `/drops/${id}`, `/embed/${id}`])
      expect((await call(undefined, 'GET', page)).text).not.toContain(`>test<`);
    expect((await call(undefined, 'GET', '/sitemap.xml')).text).not.toContain(id);
    // Its own test shoppers look at it as people look at live ones.
    const seen = await call(test.shopper.access_token, 'GET', `/v1/vouchers/${id}`);
    expect([seen.status, seen.headers.get('cache-control')]).toEqual([200, 'private, no-store']);
    const left = await read(test.shopper.access_token, `/v1/vouchers/${id}/availability`);
    expect(left.remaining).toBe(9);
  });

  it('gives units of either mode to its own shoppers alone, by every entrance', async () => {
    const otherOwner = await server.api.registerMerchant();
    const stranger = await testShopper(await keyOf('test', otherOwner.access_token));
    const guarded = await server.api.liveVoucher(test.key, {
      protection: { claim_link: true, captcha: 'none' },
    });
    for (const { access_token: token } of [live.shopper, stranger, owner])
      for (const [method, path] of [
        ['POST', `/v1/vouchers/${test.voucher.id}/claims`],
        ['POST', `/v1/vouchers/${guarded.id}/claims`],
        ['POST', `/v1/vouchers/${guarded.id}/claim-links`],
        ['POST', `/v1/vouchers/${test.voucher.id}/waiting-list`],
        ['PUT', `/v1/vouchers/${test.voucher.id}/reminder`],
      ] as const)
        expect([path, (await call(token, method, path)).status]).toEqual([
          path,
          // Who has no e-mail address that is proved, or is no person, is told that first.
          path.endsWith('reminder') ? expect.any(Number) : 404,
        ]);
    expectProblem(await server.api.claim(test.shopper.access_token, live.voucher.id), 'not_found');
    // With a body it takes the standard route.
    expectProblem(
      await call(test.shopper.access_token, 'POST', `/v1/vouchers/${live.voucher.id}/claims`, {}),
      'not_found',
    );
    const link = await server.api.expect(201, 'POST', `/v1/vouchers/${guarded.id}/claim-links`, {
      token: test.shopper.access_token,
    });
    expect((await call(test.shopper.access_token, 'POST', link.url)).status).toBe(202);
    for (const { voucher, key } of [live, test])
      expect(await server.api.waitSettled(key, voucher.id)).toMatchObject({ issued: 1 });
  });

  it('sends events of each mode to the webhooks of that mode, and those of tests nowhere else', async () => {
    for (const [mode, { voucher, hook, claim }] of Object.entries({ live, test })) {
      const types = ['voucher.published', 'claim.issued', 'claim.redeemed'];
      const sent = await until(async () => {
        const events = receiver
          .at(`/${mode}`)
          .map(
            ({ body, headers }) =>
              new Webhook(hook.secret).verify(body, headers as Record<string, string>) as Json,
          )
          .filter(({ data }) => [voucher.id, claim.id].includes(data.id));
        return types.every((type) => events.some((event) => event.type === type)) ? events : undefined;
      });
      expect(sent.find(({ type }) => type === 'voucher.published').data.mode).toBe(mode);
      const all = receiver.at(`/${mode}`).map(({ body }) => JSON.parse(body));
      expect(new Set(all.map(({ data }) => modeOf(data.voucher_id ?? data.id)))).toEqual(new Set([mode]));
    }
    const stream = await readFile(join(server.dataDir, 'events.ndjson'), 'utf8');
    expect(stream).toContain(live.claim.id);
    expect(stream).not.toContain('vch_t');
  });

  it('is marked in the audit log, which owners read by mode', async () => {
    const entries = async (mode: string) =>
      (await read(owner.access_token, `/v1/audit-log?limit=100${mode}`)).data;
    for (const [query, mode] of [
      ['', 'live'],
      ['&mode=live', 'live'],
      ['&mode=test', 'test'],
    ] as const) {
      const found = await entries(query);
      expect(new Set(found.map((entry: Json) => entry.mode))).toEqual(new Set([mode]));
      expect(found.some(({ subject }: Json) => subject.id === { live, test }[mode].voucher.id)).toBe(true);
    }
    const made = (await entries('&mode=test')).find(({ action }: Json) => action === 'test_shopper.created');
    expect(made).toMatchObject({
      actor: { kind: 'api_key', name: 'test' },
      subject: { id: test.shopper.user.id },
    });
  });

  it('is counted apart from the live mode', async () => {
    const metrics = server.app.get(Metrics);
    // The voucher of each mode, and the one that is claimed by a link.
    const issued = async () =>
      (await metrics.issuedInTests.get()).values[0]?.value === 2 ? true : undefined;
    await until(issued);
    expect((await metrics.issued.get()).values[0]?.value).toBe(1);
    const accepted = async (counter: Metrics['claims' | 'testClaims']) =>
      (await counter.get()).values.find(({ labels }) => labels.outcome === 'accepted')?.value;
    expect([await accepted(metrics.claims), await accepted(metrics.testClaims)]).toEqual([1, 2]);
  });
});

describe('a test shopper', () => {
  it('has proved what its key says, and no more', async () => {
    const voucher = await server.api.liveVoucher(test.key, { requires: 'verified_phone' });
    const without = await testShopper(test.key, { phone_verified: false, email_verified: false });
    expect(without.user).toMatchObject({ phone: null, email_verified: false });
    expectProblem(await server.api.claim(without.access_token, voucher.id), 'phone_unverified');
    const taken = await server.api.claim(test.shopper.access_token, voucher.id);
    expect(taken.status).toBe(202);
  });

  it('does nothing that is people’s matter, also with a token that was refreshed', async () => {
    const refreshed = await server.api.expect(200, 'POST', '/v1/auth/refresh', {
      json: { refresh_token: (await testShopper(test.key)).refresh_token },
    });
    const token = refreshed.access_token;
    for (const [method, path, json] of [
      ['PATCH', '/v1/me', { name: 'Lin' }],
      ['DELETE', '/v1/me'],
      ['POST', '/v1/merchants', { name: 'Mine', time_zone: 'UTC' }],
      ['GET', '/v1/me/mail-preferences'],
      ['GET', '/v1/me/sessions'],
      ['GET', '/v1/merchants/me/vouchers'],
      ['GET', '/v1/audit-log'],
    ] as const) {
      const answer = await call(token, method, path, json);
      expect([path, answer.body?.code]).toEqual([path, 'forbidden']);
    }
    expect((await call(token, 'GET', '/v1/me')).body.id).toBe(refreshed.user.id);
    expect((await call(token, 'POST', '/v1/auth/logout')).status).toBe(204);
  });

  it('is made by test keys alone, and not of bad input', async () => {
    expectProblem(await call(live.key, 'POST', '/v1/test/shoppers'), 'forbidden');
    expectProblem(await call(owner.access_token, 'POST', '/v1/test/shoppers'), 'forbidden');
    expectProblem(await call(test.key, 'POST', '/v1/test/shoppers', { name: '' }), 'validation_failed');
    expectProblem(
      await call(owner.access_token, 'POST', '/v1/api-keys', {
        name: 'x',
        mode: 'sandbox',
        scopes: ['claims:read'],
      }),
      'validation_failed',
    );
    const secret = live.key.replace('vck_live_', 'vck_test_');
    expectProblem(await call(secret, 'GET', '/v1/merchants/me/vouchers'), 'unauthenticated');
  });

  it('ends with its merchant', async () => {
    const banned = await server.api.registerMerchant();
    const key = await keyOf('test', banned.access_token);
    const shopper = await testShopper(key);
    const { id } = await server.api.createVoucher(key, voucherTerms());
    expect(id).toMatch(/^vch_t/);
    const { access_token: token } = await server.api.expect(200, 'POST', '/v1/auth/login', {
      json: { email: ADMIN_EMAIL, password: PASSWORD },
    });
    const path = `/v1/admin/merchants/${banned.merchantId}/disable`;
    await server.api.expect(200, 'POST', path, { token, json: { reason: 'sold claims' } });
    // Administrators read both, by merchant.
    const log = `/v1/audit-log?merchant=${banned.merchantId}`;
    const actions = async (url: string) => (await read(token, url)).data.map(({ action }: Json) => action);
    expect(await actions(`${log}&mode=test`)).toEqual(['voucher.created', 'test_shopper.created']);
    expect(await actions(log)).toContain('api_key.created');
    expectProblem(await call(token, 'GET', '/v1/audit-log?mode=test'), 'validation_failed');
    expectProblem(await server.api.claim(shopper.access_token, id), 'unauthenticated');
    await until(async () => ((await call(key, 'GET', '/v1/webhooks')).status === 401 ? true : undefined));
  });

  it('is deleted after the time that is set, with its login; its claims stay', async () => {
    const from = Date.now();
    const younger = await testShopper(test.key);
    const inThirtyDays = { now: () => from + 30 * 86_400_000 };
    const shoppers = server.app.get(TestShoppers);
    await (Object.create(shoppers, { clock: { value: inThirtyDays } }) as TestShoppers).prune();
    const refresh = (session: Session) =>
      server.api.call('POST', '/v1/auth/refresh', { json: { refresh_token: session.refresh_token } });
    expectProblem(await refresh(test.shopper), 'invalid_refresh_token');
    for (const session of [younger, live.shopper]) expect((await refresh(session)).status).toBe(200);
    const { data } = await read(test.key, `/v1/vouchers/${test.voucher.id}/claims`);
    expect(data.map(({ id }: Json) => id)).toEqual([test.claim.id]);
  });
});
