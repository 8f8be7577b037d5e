import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { until, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { beforeSoon } from '../support/pass-time.js';
import { expectProblem } from '../support/problem.js';
import { asking, claimRow, type StoredClaim } from '../harness/claim-rows.js';

const HOUR = 3_600_000;
let server: TestApp;
let merchant: Session;
let other: Session;
let shopper: Session;

beforeAll(async () => {
  server = await startApp({
    RATE_LIMIT_CLAIM: 'off',
    RATE_LIMIT_WRITE: 'off',
    RATE_LIMIT_STATUS: 'off',
    LIFECYCLE_INTERVAL_MS: '100',
  });
  [merchant, other] = [await server.api.registerMerchant(), await server.api.registerMerchant()];
  shopper = await server.api.register();
});
afterAll(() => server.stop());

const inFuture = (ms: number): string => new Date(Date.now() + ms).toISOString();
const patch = (id: string, json: Json, session = merchant): Promise<Answer> =>
  server.api.call('PATCH', `/v1/vouchers/${id}`, {
    token: session.access_token,
    json,
    headers: { 'if-match': '*' },
  });
const move = (id: string, name: string): Promise<Json> =>
  server.api.expect(200, 'POST', `/v1/vouchers/${id}/${name}`, { token: merchant.access_token });
const clone = (id: string, session = merchant): Promise<Answer> =>
  server.api.call('POST', `/v1/vouchers/${id}/clone`, { token: session.access_token });
const own = (id: string): Promise<Json> =>
  server.api.expect(200, 'GET', `/v1/merchants/me/vouchers/${id}`, { token: merchant.access_token });
const claimOf = async (id: string): Promise<Json> =>
  (await server.api.claimStatus(shopper.access_token, id)).body;

async function issued(voucherId: string): Promise<Json> {
  const { body } = await server.api.claim(shopper.access_token, voucherId);
  return server.api.waitIssued(shopper.access_token, body.id);
}

const stored = async (claimId: string): Promise<Pick<StoredClaim, 'status' | 'moves'>> => {
  const { status, moves } = await claimRow(asking(server.app.get(Database).read), claimId);
  return { status, moves };
};

/** A voucher whose time to redeem is over, with a claim that the job has stored as expired. */
async function expired(): Promise<{ voucher: Json; claim: Json }> {
  const { done } = await beforeSoon(async (end) => {
    const terms = { closes_at: end, redeem_until: end };
    const voucher = await server.api.liveVoucher(merchant.access_token, terms);
    return { voucher, claim: await issued(voucher.id) };
  });
  const { voucher, claim } = done;
  await until(async () => ((await stored(claim.id)).status === 'expired' ? true : undefined));
  return { voucher, claim };
}

describe('redeem_until', () => {
  it('is extended after the end, and what had expired is good again', async () => {
    const { voucher, claim } = await expired();
    expect(await claimOf(claim.id)).toMatchObject({ status: 'expired', code: null });
    await until(async () => ((await own(voucher.id)).status === 'ended' ? true : undefined));
    const later = inFuture(HOUR);
    expect((await patch(voucher.id, { redeem_until: later })).status).toBe(200);
    // At once for everybody who looks, and soon in the database as well.
    expect(await claimOf(claim.id)).toMatchObject({
      status: 'issued',
      code: claim.code,
      edits: { redeem_until: later },
    });
    await until(async () => ((await stored(claim.id)).status === 'issued' ? true : undefined));
    expect(Number((await stored(claim.id)).moves)).toBe(2);
    const { status } = await server.api.call('POST', '/v1/redemptions', {
      token: merchant.access_token,
      json: { code: claim.code },
    });
    expect(status).toBe(201);
  });

  it('is extended of an archived voucher, too', async () => {
    const voucher = await server.api.liveVoucher(merchant.access_token, { redeem_until: inFuture(2 * HOUR) });
    const claim = await issued(voucher.id);
    for (const name of ['end', 'archive']) await move(voucher.id, name);
    const later = inFuture(3 * HOUR);
    expect((await patch(voucher.id, { redeem_until: later })).body).toMatchObject({
      status: 'archived',
      redeem_until: later,
    });
    expect(await claimOf(claim.id)).toMatchObject({ status: 'issued', redeem_until: later });
  });

  it('is shortened without a word while nobody holds a unit', async () => {
    const voucher = await server.api.liveVoucher(merchant.access_token, {
      closes_at: inFuture(HOUR),
      redeem_until: inFuture(3 * HOUR),
    });
    expect((await patch(voucher.id, { redeem_until: inFuture(2 * HOUR) })).status).toBe(200);
  });

  it('is shortened under those who hold claims only where that is meant, and says how many it touches', async () => {
    const voucher = await server.api.liveVoucher(merchant.access_token, {
      closes_at: inFuture(HOUR),
      per_user_limit: 3,
    });
    const claims = [await issued(voucher.id), await issued(voucher.id), await issued(voucher.id)];
    await server.api.expect(201, 'POST', '/v1/redemptions', {
      token: merchant.access_token,
      json: { code: claims[0]?.code },
    });
    const before = await own(voucher.id);
    for (const confirm of [undefined, false]) {
      const answer = await patch(voucher.id, { redeem_until: inFuture(2 * HOUR), confirm });
      expectProblem(answer, 'confirmation_required', ['/redeem_until']);
      expect(answer.body.claims_affected).toBe(2);
    }
    expect(await own(voucher.id)).toEqual(before);

    const shorter = inFuture(2 * HOUR);
    const answer = await patch(voucher.id, { redeem_until: shorter, confirm: true });
    expect(answer.body).toMatchObject({ redeem_until: shorter });
    expect(await claimOf(claims[1]?.id)).toMatchObject({
      terms: { redeem_until: null },
      edits: { redeem_until: shorter },
    });
    // No time is taken: no question.
    expect((await patch(voucher.id, { redeem_until: shorter })).status).toBe(200);
    expect((await patch(voucher.id, { redeem_until: null })).status).toBe(200);
  });

  it('may not lie before the end of the window, confirmed or not', async () => {
    const voucher = await server.api.liveVoucher(merchant.access_token, { closes_at: inFuture(HOUR) });
    const answer = await patch(voucher.id, { redeem_until: inFuture(HOUR / 2), confirm: true });
    expectProblem(answer, 'validation_failed', ['/redeem_until']);
  });

  it('asks for a field to change besides the word that it is meant', async () => {
    const voucher = await server.api.liveVoucher(merchant.access_token);
    expectProblem(await patch(voucher.id, { confirm: true }), 'validation_failed');
    expectProblem(await patch(voucher.id, { title: 'Tea', confirm: 'yes' }), 'validation_failed', [
      '/confirm',
    ]);
  });
});

describe('a voucher that is over', () => {
  it('has its texts mended, and its holders see that as an edit', async () => {
    const voucher = await server.api.liveVoucher(merchant.access_token, { description: 'Counter 2.' });
    const claim = await issued(voucher.id);
    await move(voucher.id, 'end');
    expect((await patch(voucher.id, { title: 'Oolong', description: 'Counter 3.' })).status).toBe(200);
    expect(await claimOf(claim.id)).toMatchObject({
      terms: { title: 'Half price oolong', description: 'Counter 2.' },
      edits: { title: 'Oolong', description: 'Counter 3.' },
    });
  });
});

const drafts = async (): Promise<string[]> => {
  const { data } = await server.api.expect(200, 'GET', '/v1/merchants/me/vouchers?status=draft&limit=100', {
    token: merchant.access_token,
  });
  return data.map(({ id }: Json) => id);
};

describe('a clone', () => {
  it('is a draft of its own with the same terms, whatever the state of the first', async () => {
    const voucher = await server.api.liveVoucher(merchant.access_token, {
      description: 'Any oolong.',
      per_user_limit: 2,
      redeem_until: inFuture(3 * HOUR),
      protection: { claim_link: true, captcha: 'math' },
    });
    for (const name of ['end', 'archive']) await move(voucher.id, name);
    const answer = await clone(voucher.id);
    expect(answer.status).toBe(201);
    const { id, status, version, created_at: createdAt, ...terms } = answer.body;
    expect({ status, version }).toEqual({ status: 'draft', version: 1 });
    expect(id).not.toBe(voucher.id);
    expect(Date.parse(createdAt)).toBeGreaterThanOrEqual(Date.parse(voucher.created_at));
    const source = await own(voucher.id);
    expect(source).toMatchObject(terms);
    expect(answer.headers.get('location')).toBe(`/v1/merchants/me/vouchers/${id}`);
    expect(answer.headers.get('etag')).toBe('"v1"');
    await move(id, 'publish');
    expect(await own(id)).toMatchObject({ status: 'live' });
  });

  it('of a voucher whose window is over is published with another one', async () => {
    const { voucher } = await expired();
    const { body } = await clone(voucher.id);
    const refused = await server.api.call('POST', `/v1/vouchers/${body.id}/publish`, {
      token: merchant.access_token,
    });
    expectProblem(refused, 'invalid_transition');
    const times = { closes_at: inFuture(HOUR), redeem_until: inFuture(2 * HOUR) };
    expect((await patch(body.id, times)).status).toBe(200);
    expect(await move(body.id, 'publish')).toMatchObject({ status: 'live' });
  });

  it('has other fields where they are named, waves and their times as well', async () => {
    const voucher = await server.api.liveVoucher(merchant.access_token, { description: 'Any oolong.' });
    const json = {
      title: 'Once more',
      description: null,
      total_stock: 7,
      opens_at: inFuture(24 * HOUR),
      closes_at: inFuture(26 * HOUR),
      redeem_until: null,
      waves: [{ at: inFuture(25 * HOUR), units: 3 }],
    };
    const with_ = (body: unknown): Promise<Answer> =>
      server.api.call('POST', `/v1/vouchers/${voucher.id}/clone`, {
        token: merchant.access_token,
        json: body,
      });
    const { status, body } = await with_(json);
    expect(status).toBe(201);
    expect(body).toMatchObject({ ...json, waves: [{ ...json.waves[0], released: false }], status: 'draft' });
    expect(await own(body.id)).toEqual(body);
    expect(await own(voucher.id)).toMatchObject({ title: voucher.title, total_stock: 10, waves: [] });

    const before = await drafts();
    const early = await with_({ ...json, waves: [{ at: inFuture(HOUR), units: 3 }] });
    expectProblem(early, 'validation_failed');
    expect(early.body.errors).toMatchObject([{ pointer: '/waves', code: 'outside_window' }]);
    for (const wrong of [{ closes_at: inFuture(-HOUR) }, { status: 'live' }, { confirm: true }, []])
      expectProblem(await with_(wrong), 'validation_failed');
    expect(await drafts()).toEqual(before);
  });

  it('is made once where a request is repeated', async () => {
    const voucher = await server.api.liveVoucher(merchant.access_token);
    const call = () =>
      server.api.call('POST', `/v1/vouchers/${voucher.id}/clone`, {
        token: merchant.access_token,
        headers: { 'idempotency-key': 'clone-once' },
      });
    expect((await call()).body.id).toBe((await call()).body.id);
  });

  it('is for those who work for its merchant', async () => {
    const voucher = await server.api.liveVoucher(merchant.access_token);
    expectProblem(await clone(voucher.id, other), 'not_found');
    expectProblem(await clone(voucher.id, shopper), 'forbidden');
    expectProblem(await clone('vch_none'), 'not_found');
  });
});

describe('a draft', () => {
  it('is deleted, and leaves nothing', async () => {
    const voucher = await server.api.liveVoucher(merchant.access_token);
    const { body } = await clone(voucher.id);
    const remove = (id: string) =>
      server.api.call('DELETE', `/v1/vouchers/${id}`, { token: merchant.access_token });
    expect((await remove(body.id)).status).toBe(204);
    expectProblem(await remove(body.id), 'not_found');
    for (const table of ['vouchers', 'voucher_stock', 'claim_expiry']) {
      const column = table === 'vouchers' ? 'id' : 'voucher_id';
      const rows: Json[] = await server.app
        .get(Database)
        .read.query(`SELECT 1 FROM ${table} WHERE ${column} = ?`, [body.id]);
      expect(rows).toEqual([]);
    }
    expectProblem(await remove(voucher.id), 'not_editable');
  });
});
