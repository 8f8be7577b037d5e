import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { voucherTerms, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session;
beforeAll(async () => {
  server = await startApp();
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

const withKey = (key: string) => ({ 'idempotency-key': key });

describe('the Idempotency-Key of a claim', () => {
  it('replays status, body and Location while it is pending and after it was issued', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token, { per_user_limit: 5 });
    const { access_token: token } = await api.register();
    const key = withKey(randomUUID());
    const first = await api.claim(token, voucher.id, key);
    expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([202, null]);
    const replays = [await api.claim(token, voucher.id, key)];
    await api.waitIssued(token, first.body.id);
    replays.push(await api.claim(token, voucher.id, key));
    for (const replay of replays) {
      expect([replay.status, replay.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
      expect(replay.body).toEqual(first.body);
      expect(replay.headers.get('location')).toBe(first.headers.get('location'));
    }
    expect((await api.waitSettled(merchant.access_token, voucher.id)).issued).toBe(1);
  });

  it('gives one claim to fifty requests at once', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token, { per_user_limit: 5 });
    const { access_token: token } = await api.register();
    const key = withKey(randomUUID());
    const answers = await Promise.all(Array.from({ length: 50 }, () => api.claim(token, voucher.id, key)));
    for (const { status } of answers) expect(status).toBe(202);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect((await api.waitSettled(merchant.access_token, voucher.id)).issued).toBe(1);
  });

  it('belongs to one user and one voucher', async () => {
    const { api } = server;
    const [one, two] = [
      await api.liveVoucher(merchant.access_token),
      await api.liveVoucher(merchant.access_token),
    ];
    const [a, b] = [await api.register(), await api.register()];
    const key = withKey(randomUUID());
    const answers = [
      await api.claim(a.access_token, one.id, key),
      await api.claim(b.access_token, one.id, key),
      await api.claim(a.access_token, two.id, key),
    ];
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(3);
    for (const { status, headers } of answers)
      expect([status, headers.get('idempotent-replayed')]).toEqual([202, null]);
  });

  it('of a refusal is free again', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token);
    const { access_token: token } = await api.register();
    const key = withKey(randomUUID());
    await api.expect(200, 'POST', `/v1/vouchers/${voucher.id}/pause`, { token: merchant.access_token });
    expectProblem(await api.claim(token, voucher.id, key), 'paused');
    await api.expect(200, 'POST', `/v1/vouchers/${voucher.id}/resume`, { token: merchant.access_token });
    expect((await api.claim(token, voucher.id, key)).headers.get('idempotent-replayed')).toBeNull();
  });

  it('replays when all is sold and when the voucher has ended', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token, { total_stock: 1 });
    const { access_token: token } = await api.register();
    const key = withKey(randomUUID());
    const first = await api.claim(token, voucher.id, key);
    expect((await api.claim(token, voucher.id, key)).body).toEqual(first.body);
    await api.expect(200, 'POST', `/v1/vouchers/${voucher.id}/end`, { token: merchant.access_token });
    expect((await api.claim(token, voucher.id, key)).body).toEqual(first.body);
  });
});

describe('the Idempotency-Key of a new voucher', () => {
  const create = (key: string, terms: Record<string, unknown>) =>
    server.api.call('POST', '/v1/vouchers', {
      token: merchant.access_token,
      headers: withKey(key),
      json: terms,
    });

  it('replays the whole answer, whatever the order of the fields', async () => {
    const key = randomUUID();
    const terms = voucherTerms();
    const first = await create(key, terms);
    const again = await create(key, Object.fromEntries(Object.entries(terms).reverse()));
    expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([201, null]);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect(again.body).toEqual(first.body);
    for (const name of ['location', 'etag']) expect(again.headers.get(name)).toBe(first.headers.get(name));
  });

  it('is refused for another body', async () => {
    const key = randomUUID();
    await create(key, voucherTerms());
    expectProblem(await create(key, voucherTerms({ title: 'Another' })), 'idempotency_key_reused');
  });

  it('makes one voucher of twenty requests at once; the others replay or wait', async () => {
    const key = randomUUID();
    const terms = voucherTerms({ title: `Race ${key}` });
    const answers = await Promise.all(Array.from({ length: 20 }, () => create(key, terms)));
    const made = answers.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    for (const answer of answers) if (answer.status !== 201) expectProblem(answer, 'idempotency_in_progress');
    const list = await server.api.expect(200, 'GET', '/v1/merchants/me/vouchers?limit=100', {
      token: merchant.access_token,
    });
    expect(list.data.filter((voucher: { title: string }) => voucher.title === terms['title'])).toHaveLength(
      1,
    );
  });

  it('of a refusal is free again, and belongs to one merchant', async () => {
    const key = randomUUID();
    expectProblem(await create(key, voucherTerms({ total_stock: 0 })), 'validation_failed');
    const first = await create(key, voucherTerms());
    expect(first.status).toBe(201);
    const other = await server.api.registerMerchant();
    const options = { token: other.access_token, headers: withKey(key), json: voucherTerms() };
    const theirs = await server.api.call('POST', '/v1/vouchers', options);
    expect([theirs.status, theirs.headers.get('idempotent-replayed')]).toEqual([201, null]);
    expect(theirs.body.id).not.toBe(first.body.id);
  });
});
