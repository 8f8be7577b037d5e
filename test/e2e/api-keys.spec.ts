import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Json, Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session & { readonly merchantId: string };
let shopper: Session;

beforeAll(async () => {
  server = await startApp({ RATE_LIMIT_CLAIM: 'off', RATE_LIMIT_WRITE: 'off' });
  [merchant, shopper] = [await server.api.registerMerchant(), await server.api.register()];
});
afterAll(() => server.stop());

const ALL = [
  'vouchers:read',
  'vouchers:write',
  'claims:read',
  'claims:write',
  'redemptions:read',
  'redemptions:write',
];

const create = (json: Json = {}, token = merchant.access_token): Promise<Json> =>
  server.api.expect(201, 'POST', '/v1/api-keys', { token, json: { name: 'Shop', scopes: ALL, ...json } });
const call = (token: string, method: string, path: string, json?: unknown, headers = {}) =>
  server.api.call(method, path, { token, headers, ...(json === undefined ? {} : { json }) });

describe('a program with an API key', () => {
  it('does a merchant’s whole job: create, publish, list claims, preview, redeem, roll back, cancel', async () => {
    const { secret, id } = await create();
    const api = server.api;
    const voucher = await api.createVoucher(secret, { rollback_within_s: 60, per_user_limit: 5 });
    expect(voucher.merchant_id).toBe(merchant.merchantId);
    expect((await api.publish(secret, voucher.id)).status).toBe('live');
    const claim = await api.waitIssued(
      shopper.access_token,
      (await api.claim(shopper.access_token, voucher.id)).body.id,
    );
    const claims = await api.expect(200, 'GET', `/v1/vouchers/${voucher.id}/claims`, { token: secret });
    expect(claims.data.map((one: Json) => one.id)).toEqual([claim.id]);
    const preview = await call(secret, 'GET', `/v1/redemptions/preview?code=${claim.code}`);
    expect(preview.body.redeemable).toBe(true);
    const redemption = await call(secret, 'POST', '/v1/redemptions', { code: claim.code });
    expect(redemption.body).toMatchObject({ status: 'redeemed', cashier: { id, name: null } });
    const undone = await call(secret, 'POST', `/v1/redemptions/${redemption.body.id}/rollback`, {
      reason: 'wrong order',
    });
    expect(undone.body.status).toBe('rolled_back');
    const cancelled = await call(secret, 'POST', `/v1/claims/${claim.id}/cancel`, { reason: 'out of tea' });
    expect(cancelled.body.status).toBe('cancelled');
    expect((await call(secret, 'POST', `/v1/vouchers/${voucher.id}/end`)).body.status).toBe('ended');
    const used = await api.expect(200, 'GET', `/v1/api-keys/${id}`, { token: merchant.access_token });
    expect(used.last_used_at).not.toBeNull();
  });

  it('sees nothing of another merchant', async () => {
    const other = await server.api.registerMerchant();
    const { id } = await server.api.createVoucher(other.access_token);
    const { secret } = await create();
    expectProblem(await call(secret, 'GET', `/v1/merchants/me/vouchers/${id}`), 'not_found');
    expectProblem(await call(secret, 'POST', `/v1/vouchers/${id}/publish`), 'not_found');
    expectProblem(await call(secret, 'GET', `/v1/vouchers/${id}/claims`), 'not_found');
  });

  it('is told which scope it lacks, and changes nothing', async () => {
    const { secret } = await create({ scopes: ['vouchers:read'] });
    const refused = await call(secret, 'POST', '/v1/vouchers', {});
    expectProblem(refused, 'insufficient_scope');
    expect(refused.body.required_scope).toBe('vouchers:write');
    expectProblem(await call(secret, 'GET', '/v1/redemptions'), 'insufficient_scope');
    expect((await call(secret, 'GET', '/v1/merchants/me/vouchers')).status).toBe(200);
  });

  it('is refused where a person acts: keys, accounts, claims, administration, the auditor', async () => {
    const { secret, id } = await create();
    const { id: voucher } = await server.api.liveVoucher(merchant.access_token);
    for (const [method, path, json] of [
      ['POST', '/v1/api-keys', { name: 'More', scopes: ALL }],
      ['GET', '/v1/api-keys'],
      ['DELETE', `/v1/api-keys/${id}`],
      ['GET', '/v1/me'],
      ['GET', '/v1/me/claims'],
      ['POST', `/v1/vouchers/${voucher}/claims`],
      ['GET', '/v1/admin/blocks'],
      ['GET', `/v1/vouchers/${voucher}/audit`],
    ] as const)
      expectProblem(await call(secret, method, path, json), 'forbidden');
  });

  it('keeps its Idempotency-Key through a rotation', async () => {
    const { secret, id } = await create();
    const json = {
      title: 'Tea',
      total_stock: 1,
      opens_at: '2030-01-01T00:00:00Z',
      closes_at: '2031-01-01T00:00:00Z',
    };
    const header = { 'idempotency-key': `key-${id}` };
    const first = await call(secret, 'POST', '/v1/vouchers', json, header);
    const rotated = await call(merchant.access_token, 'POST', `/v1/api-keys/${id}/rotate`, { overlap_s: 60 });
    const again = await call(rotated.body.secret, 'POST', '/v1/vouchers', json, header);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body.id).toBe(first.body.id);
  });

  it('is refused from an address that its key does not list', async () => {
    const { secret } = await create({ addresses: ['203.0.113.0/24'] });
    const from = (address: string) =>
      call(secret, 'GET', '/v1/merchants/me/vouchers', undefined, { 'x-forwarded-for': address });
    expect((await from('203.0.113.9')).status).toBe(200);
    expectProblem(await from('198.51.100.9'), 'address_not_allowed');
  });
});

describe('an API key', () => {
  it('is shown with its secret once, and known again by its end', async () => {
    const minted = await create({ name: ' Till  ', addresses: ['203.0.113.7/32', '2001:DB8::1/32'] });
    expect(minted).toMatchObject({ name: 'Till', status: 'active', rotated_at: null, last_used_at: null });
    expect(minted.addresses).toEqual(['203.0.113.7', '2001:db8::/32']);
    expect(minted.secret.endsWith(minted.hint)).toBe(true);
    const token = merchant.access_token;
    const found = await server.api.call('GET', `/v1/api-keys/${minted.id}`, { token });
    const list = await server.api.call('GET', '/v1/api-keys?limit=1', { token });
    expect(list.body.data[0].id).toBe(minted.id);
    for (const answer of [found, list]) {
      expect(answer.text).not.toContain(minted.secret);
      expect(answer.headers.get('cache-control')).toBe('private, no-store');
    }
  });

  it('that was revoked, or its secret replaced, is refused at once by who heard it', async () => {
    const token = merchant.access_token;
    const { secret, id } = await create();
    expect((await call(secret, 'GET', '/v1/merchants/me/vouchers')).status).toBe(200);
    const rotated = await call(token, 'POST', `/v1/api-keys/${id}/rotate`, { overlap_s: 0 });
    expectProblem(await call(secret, 'GET', '/v1/merchants/me/vouchers'), 'unauthenticated');
    expect((await call(rotated.body.secret, 'GET', '/v1/merchants/me/vouchers')).status).toBe(200);
    expect((await call(token, 'DELETE', `/v1/api-keys/${id}`)).status).toBe(204);
    expectProblem(await call(rotated.body.secret, 'GET', '/v1/merchants/me/vouchers'), 'unauthenticated');
    expectProblem(await call(token, 'POST', `/v1/api-keys/${id}/rotate`), 'api_key_ended');
    expect((await call(token, 'GET', `/v1/api-keys/${id}`)).body.status).toBe('revoked');
  });

  it('is listed in pages, both ways', async () => {
    const { access_token: token } = await server.api.registerMerchant();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift((await create({}, token)).id);
    const page = (query: string) => server.api.expect(200, 'GET', `/v1/api-keys?${query}`, { token });
    const first = await page('limit=2');
    expect(first.data.map((one: Json) => one.id)).toEqual(ids.slice(0, 2));
    expect(first.has_more).toBe(true);
    const next = await page(`limit=3&starting_after=${ids[1]}`);
    expect([next.data.map((one: Json) => one.id), next.has_more]).toEqual([ids.slice(2), false]);
    const back = await page(`limit=2&ending_before=${ids[4]}`);
    expect([back.data.map((one: Json) => one.id), back.has_more]).toEqual([ids.slice(2, 4), true]);
  });

  it('is not made of bad input', async () => {
    const token = merchant.access_token;
    for (const [json, pointer] of [
      [{ scopes: ['vouchers:read'] }, '/name'],
      [{ name: 'x', scopes: [] }, '/scopes'],
      [{ name: 'x', scopes: ['everything'] }, '/scopes/0'],
      [{ name: 'x', scopes: ['claims:read', 'claims:read'] }, '/scopes'],
      [{ name: 'x', scopes: ['claims:read'], addresses: ['10.0.0.0/33'] }, '/addresses/0'],
      [{ name: 'x', scopes: ['claims:read'], expires_at: '2001-01-01T00:00:00Z' }, '/expires_at'],
      [{ name: 'x', scopes: ['claims:read'], more: 1 }, '/more'],
    ] as const)
      expectProblem(await server.api.call('POST', '/v1/api-keys', { token, json }), 'validation_failed', [
        pointer,
      ]);
    const { id } = await create();
    for (const overlap_s of [-1, 604_801, 1.5, '60'])
      expectProblem(
        await call(token, 'POST', `/v1/api-keys/${id}/rotate`, { overlap_s }),
        'validation_failed',
      );
  });
});

describe('an API key in a URL', () => {
  it('is refused whatever else the request has, and named in the log by its id alone', async () => {
    const { secret, id } = await create();
    const warnings: unknown[] = [];
    const spy = jest.spyOn(Logger.prototype, 'warn').mockImplementation((entry: unknown) => {
      warnings.push(entry);
    });
    try {
      for (const path of [
        `/v1/vouchers?api_key=${secret}`,
        `/v1/vouchers?api_key=${secret.replaceAll('_', '%5f')}`,
        `/v1/vouchers/${secret}`,
        `/?next=${secret}`,
      ]) {
        const answer = await call(secret, 'GET', path);
        expectProblem(answer, 'credential_in_url');
      }
      expectProblem(await call('', 'GET', `/v1/time?k=${secret.slice(0, -4)}0000`), 'credential_in_url');
    } finally {
      spy.mockRestore();
    }
    const told = warnings.filter((one) => (one as Json).event === 'api_key_in_url');
    expect(told.map((one) => (one as Json).key)).toEqual([id, id, id, id, 'unknown']);
    expect(JSON.stringify(warnings)).not.toContain(secret.slice(9, 40));
  });
});
