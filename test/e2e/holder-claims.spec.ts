import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { until, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { beforeSoon } from '../support/pass-time.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session;
let shopper: Session;

beforeAll(async () => {
  server = await startApp({ RATE_LIMIT_CLAIM: 'off' });
  [merchant, shopper] = [await server.api.registerMerchant(), await server.api.register()];
});
afterAll(() => server.stop());

const call = (method: string, path: string, json?: unknown, headers = {}): Promise<Json> =>
  server.api.expect(200, method, path, {
    token: merchant.access_token,
    headers,
    ...(json === undefined ? {} : { json }),
  });
const claimOf = async (id: string): Promise<Json> =>
  (await server.api.claimStatus(shopper.access_token, id)).body;
const wallet = async (query = ''): Promise<Json[]> =>
  (await server.api.expect(200, 'GET', `/v1/me/claims?limit=100${query}`, { token: shopper.access_token }))
    .data;
const idsIn = (claims: readonly Json[]): string[] => claims.map(({ id }) => id);

/** A claim as a client makes it: what is answered 503 (a machine that stood still longer than the gate's lease) is asked again. */
async function issued(voucherId: string): Promise<Json> {
  const headers = { 'idempotency-key': randomUUID() };
  const taken = await until(async () => {
    const answer = await server.api.claim(shopper.access_token, voucherId, headers);
    return answer.status === 503 ? undefined : answer;
  });
  expect(taken.status).toBe(202);
  return server.api.waitIssued(shopper.access_token, taken.body.id);
}
const redeem = (code: string) =>
  server.api.call('POST', '/v1/redemptions', { token: merchant.access_token, json: { code } });

describe('a claim, for its holder', () => {
  it('keeps what was promised when it was taken, and shows an edit as an edit', async () => {
    const voucher = await server.api.liveVoucher(merchant.access_token, {
      description: 'Any oolong.',
      per_user_limit: 2,
    });
    const before = await issued(voucher.id);
    expect(await claimOf(before.id)).toMatchObject({
      terms: { title: 'Half price oolong', description: 'Any oolong.', merchant_name: 'Tea House' },
      edits: null,
    });
    await call('PATCH', `/v1/vouchers/${voucher.id}`, { title: 'Half price green tea' }, { 'if-match': '*' });
    const after = await issued(voucher.id);
    expect(await claimOf(before.id)).toMatchObject({
      terms: { title: 'Half price oolong' },
      edits: { title: 'Half price green tea' },
    });
    expect(await claimOf(after.id)).toMatchObject({
      terms: { title: 'Half price green tea' },
      edits: null,
    });
    // Made as text for one claim and as objects for many: the same members with the same values.
    const listed = await wallet(`&voucher=${voucher.id}`);
    expect(listed).toHaveLength(2);
    for (const claim of listed) expect(await claimOf(claim.id)).toEqual(claim);
  });

  it('keeps title, terms and dates when its voucher is archived', async () => {
    const voucher = await server.api.liveVoucher(merchant.access_token);
    const claim = await issued(voucher.id);
    for (const move of ['end', 'archive']) await call('POST', `/v1/vouchers/${voucher.id}/${move}`);
    const kept = { status: 'issued', code: claim.code, terms: { title: 'Half price oolong' } };
    expect(await claimOf(claim.id)).toMatchObject(kept);
    expect((await wallet()).find(({ id }) => id === claim.id)).toMatchObject(kept);
  });

  it('says at once that it was redeemed, shows no code any more, and is found by its state', async () => {
    const voucher = await server.api.liveVoucher(merchant.access_token);
    const claim = await issued(voucher.id);
    const { body } = await redeem(claim.code);
    expect(await claimOf(claim.id)).toMatchObject({
      status: 'redeemed',
      code: null,
      changed_at: body.redeemed_at,
    });
    expect(idsIn(await wallet('&status=redeemed'))).toContain(claim.id);
    expect(idsIn(await wallet('&status=issued'))).not.toContain(claim.id);
    await call('POST', `/v1/redemptions/${body.id}/rollback`, { reason: 'wrong order' });
    expect(await claimOf(claim.id)).toMatchObject({ status: 'issued', code: claim.code });
  });

  it('is expired as soon as its time is over, without a code, for holder, merchant and cashier', async () => {
    const { done, time: soon } = await beforeSoon(async (end) => {
      const terms = { closes_at: end, redeem_until: end };
      const voucher = await server.api.liveVoucher(merchant.access_token, terms);
      const claim = await issued(voucher.id);
      return { voucher, claim, before: await claimOf(claim.id) };
    });
    const { voucher, claim, before } = done;
    expect(before).toMatchObject({ status: 'issued', code: claim.code });
    expect(await claimOf(claim.id)).toMatchObject({ status: 'expired', code: null, redeem_until: soon });
    expect(idsIn(await wallet('&status=expired'))).toContain(claim.id);
    expect(idsIn(await wallet('&status=issued'))).not.toContain(claim.id);
    const list = (status: string) => call('GET', `/v1/vouchers/${voucher.id}/claims?status=${status}`);
    expect((await list('expired')).data).toMatchObject([{ id: claim.id, status: 'expired' }]);
    expect((await list('issued')).data).toEqual([]);
    const answer = await redeem(claim.code);
    expectProblem(answer, 'expired');
    expect(answer.body).toMatchObject({ claim_id: claim.id, redeem_until: soon });
  });
});
