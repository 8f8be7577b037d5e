import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { summarySchema } from '../../src/reporting/board.dto.js';
import { inParallel, newEmail, PASSWORD, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import { claimIdAt, insertClaims } from '../harness/claim-rows.js';

let server: TestApp;
let merchant: Session;
const get = (path: string, token = merchant.access_token) => server.api.call('GET', path, { token });

beforeAll(async () => {
  // A window that no machine is too slow for: all attempts of a test fall into it.
  server = await startApp({ WEB_DIR: 'test/support/web', RATE_LIMIT_CLAIM: '5/10m' });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

const reasonsOf = (summary: Json, layer: string): Record<string, number> =>
  Object.fromEntries(
    summary.answers.funnel
      .find((one: Json) => one.layer === layer)
      .reasons.map(({ reason, count }: Json) => [reason, count]),
  );

async function soldOut(units: number): Promise<{ id: string; buyers: Session[] }> {
  const { id } = await server.api.liveVoucher(merchant.access_token, { total_stock: units });
  const buyers = await inParallel(Array.from({ length: units }), 5, () => server.api.register());
  for (const { access_token: token } of buyers) {
    const { status, body } = await server.api.claim(token, id);
    expect(status).toBe(202);
    await server.api.waitIssued(token, body.id);
  }
  return { id, buyers };
}

describe('the board of a voucher', () => {
  it('tells nothing but stock of a voucher that nobody has claimed', async () => {
    const { id } = await server.api.liveVoucher(merchant.access_token, { total_stock: 7 });
    const { status, headers, body } = await get(`/v1/vouchers/${id}/summary`);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('private, no-store');
    expect(summarySchema.parse(body)).toMatchObject({
      status: 'live',
      total_stock: 7,
      remaining: 7,
      issued: 0,
      opened_at: expect.any(String),
      sold_out_at: null,
      rate: { bucket_s: 1, from: null, taken: [], issued: [] },
      answers: { total: 0, accepted: 0, latency_ms: { accepted: null, refused: null } },
    });
  });

  it('is not open before its time, nor as a draft', async () => {
    const soon = { opens_at: new Date(Date.now() + 600_000).toISOString() };
    const { id } = await server.api.createVoucher(merchant.access_token, soon);
    expect((await get(`/v1/vouchers/${id}/summary`)).body.opened_at).toBeNull();
    await server.api.publish(merchant.access_token, id);
    expect((await get(`/v1/vouchers/${id}/summary`)).body.opened_at).toBeNull();
  });

  it('counts each answer once, by the layer that gave it, and tells when all was sold', async () => {
    const { id, buyers } = await soldOut(2);
    const [first] = buyers;
    const late = await server.api.register();
    expect((await server.api.claim(first!.access_token, id)).body.code).toBe('claim_limit_reached');
    expect((await server.api.claim(late.access_token, id)).body.code).toBe('sold_out');
    expect((await server.api.claim('nonsense', id)).status).toBe(401);
    expect(
      (
        await server.api.call('POST', `/v1/vouchers/${id}/claims`, {
          token: late.access_token,
          json: { x: 1 },
        })
      ).status,
    ).toBe(422);
    const { body } = await get(`/v1/vouchers/${id}/summary`);
    expect(summarySchema.parse(body)).toMatchObject({ issued: 2, users: 2, remaining: 0, pending: 0 });
    expect(body.answers).toMatchObject({ total: 6, accepted: 2, replayed: 0 });
    expect(reasonsOf(body, 'request')).toEqual({ unauthenticated: 1, validation_failed: 1 });
    expect(reasonsOf(body, 'gate')).toEqual({ claim_limit_reached: 1, sold_out: 1 });
    const seen = body.answers.funnel.map((layer: Json) => layer.seen);
    expect([...seen].sort((a: number, b: number) => b - a)).toEqual(seen);
    expect(body.answers.latency_ms.accepted).toMatchObject({ count: 2, p50: expect.any(Number) });
    expect(body.answers.latency_ms.refused.count).toBe(4);
    expect(body.rate.taken.reduce((a: number, b: number) => a + b, 0)).toBe(2);
    expect(body.rate.issued.reduce((a: number, b: number) => a + b, 0)).toBe(2);
    expect(Date.parse(body.sold_out_at) - Date.parse(body.opened_at)).toBe(body.sold_out_after_ms);
  });

  it('counts what the sold-out flag refused apart from what the gate did', async () => {
    const { id } = await soldOut(1);
    const late = await inParallel(Array.from({ length: 8 }), 5, () => server.api.register());
    for (const { access_token: token } of late)
      expect((await server.api.claim(token, id)).body.code).toBe('sold_out');
    const { body } = await get(`/v1/vouchers/${id}/summary`);
    const [flag, gate] = [
      reasonsOf(body, 'sold_out_flag')['sold_out'] ?? 0,
      reasonsOf(body, 'gate')['sold_out'] ?? 0,
    ];
    expect(flag + gate).toBe(8);
    expect(flag).toBeGreaterThan(0);
    expect(gate).toBeGreaterThan(0);
  });

  it('counts a repeated answer as such, and the limit of a user at its layer', async () => {
    const { id } = await server.api.liveVoucher(merchant.access_token);
    const { access_token: token } = await server.api.register();
    const headers = { 'idempotency-key': 'k1' };
    await server.api.claim(token, id, headers);
    await server.api.claim(token, id, headers);
    for (let n = 0; n < 6; n++) await server.api.claim(token, id);
    const { body } = await get(`/v1/vouchers/${id}/summary`);
    expect(body.answers).toMatchObject({ accepted: 1, replayed: 1 });
    expect(reasonsOf(body, 'user')['rate_limited']).toBeGreaterThan(0);
  });

  it('counts refusals before a claim link, and those without one, as the challenge', async () => {
    const { id } = await server.api.liveVoucher(merchant.access_token, {
      protection: { claim_link: true, captcha: 'none' },
    });
    const { access_token: token } = await server.api.register();
    const link = await server.api.expect(201, 'POST', `/v1/vouchers/${id}/claim-links`, { token });
    await server.api.expect(202, 'POST', link.url, { token });
    expect((await server.api.claim(token, id)).body.code).toBe('challenge_required');
    expect((await server.api.call('POST', link.url, { token })).body.code).toBe('challenge_required');
    const { body } = await get(`/v1/vouchers/${id}/summary`);
    expect(body.answers.accepted).toBe(1);
    expect(reasonsOf(body, 'challenge')).toEqual({ challenge_required: 2 });
  });

  it('counts claims by plain forms as any other, and a second press as what it is', async () => {
    const { id } = await server.api.liveVoucher(merchant.access_token, { total_stock: 1 });
    const visit = async (): Promise<Browser> => {
      const account = { email: newEmail(), password: PASSWORD };
      await server.api.expect(201, 'POST', '/v1/auth/register', { json: { ...account, name: 'Lin' } });
      const tab = new Browser(server.url);
      await tab.submit('/login', { ...account, next: '/login' });
      return tab;
    };
    const tab = await visit();
    await tab.submit(`/drops/${id}/claim`, {});
    await tab.submit(`/drops/${id}/claim`, {});
    await (await visit()).submit(`/drops/${id}/claim`, {});
    await new Browser(server.url).submit(`/drops/${id}/claim`, {}); // is sent to the login
    const { body } = await get(`/v1/vouchers/${id}/summary`);
    expect(body.answers).toMatchObject({ total: 3, accepted: 1, replayed: 1 });
    expect(reasonsOf(body, 'gate')).toEqual({ sold_out: 1 });
  });

  it('widens the buckets of a long drop, and keeps their sum', async () => {
    const { id } = await server.api.liveVoucher(merchant.access_token, { total_stock: 30_000 });
    const day = 86_400_000;
    const first = Date.now() - 40 * day;
    const rows = Array.from({ length: 12_345 }, (_none, n) => {
      const at = first + Math.floor((n / 12_345) * 30 * day);
      return {
        id: claimIdAt(id, n),
        voucher_id: id,
        user_id: `usr_${n}`,
        ordinal: 1,
        epoch: 1,
        sequence: n + 1,
        status: 'issued',
        created_at: at,
        issued_at: at + 40,
      };
    });
    await server.app.get(Database).write((tx) => insertClaims(tx, rows));
    const { body } = await get(`/v1/vouchers/${id}/summary`);
    expect(body.users).toBe(12_345);
    expect(body.rate.bucket_s).toBe(21_600);
    expect(body.rate.issued.length).toBeLessThanOrEqual(240);
    expect(body.rate.issued.reduce((a: number, b: number) => a + b, 0)).toBe(12_345);
    expect(body.rate.taken.reduce((a: number, b: number) => a + b, 0)).toBe(12_345);
  });

  it('is not there for another merchant, and not for shoppers', async () => {
    const { id } = await server.api.liveVoucher(merchant.access_token);
    const other = await server.api.registerMerchant();
    const shopper = await server.api.register();
    for (const path of ['summary', 'claims', 'claims.csv', 'claims?q=lin', 'audit']) {
      expect((await get(`/v1/vouchers/${id}/${path}`, other.access_token)).status).toBe(404);
      expect((await get(`/v1/vouchers/${id}/${path}`, shopper.access_token)).status).toBe(403);
    }
  });
});
