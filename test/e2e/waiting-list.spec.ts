import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StockGate } from '../../src/claim/index.js';
import { GateUnreachableError } from '../../src/claim/gate/gate-errors.js';
import { Offers } from '../../src/claim/waiting/offers.js';
import { Database } from '../../src/database/database.js';
import { inParallel, until, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session;

beforeAll(async () => {
  server = await startApp({ RATE_LIMIT_WRITE: 'off', RATE_LIMIT_CLAIM: 'off' });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

const live = (terms: Readonly<Record<string, unknown>> = {}): Promise<Json> =>
  server.api.liveVoucher(merchant.access_token, { total_stock: 1, ...terms });

const shopper = async (): Promise<string> => (await server.api.register()).access_token;

const call = (method: string, token: string, voucherId: string, path = ''): Promise<Answer> =>
  server.api.call(method, `/v1/vouchers/${voucherId}/waiting-list${path}`, { token });

const place = async (token: string, voucherId: string): Promise<Json> =>
  (await call('GET', token, voucherId)).body;

async function holder(voucherId: string): Promise<{ token: string; id: string }> {
  const token = await shopper();
  const { status, body } = await server.api.claim(token, voucherId);
  expect(status).toBe(202);
  await server.api.waitIssued(token, body.id);
  return { token, id: body.id };
}

const cancel = (claimId: string): Promise<Json> =>
  server.api.expect(200, 'POST', `/v1/claims/${claimId}/cancel`, {
    token: merchant.access_token,
    json: { reason: 'a test' },
  });

const offers = (): Promise<void> => server.app.get(Offers).run();

const offered = (token: string, voucherId: string): Promise<Json> =>
  until(async () => {
    const entry = await place(token, voucherId);
    return entry.status === 'offered' ? entry : undefined;
  });

/** Lets an offer be over, at gate and in the database, as time would. */
async function letTimeEnd(voucherId: string): Promise<void> {
  await server.app.get(Database).write(async (tx) => {
    await tx.query(
      `UPDATE waiting_entries SET offered_until = 1 WHERE voucher_id = ? AND state = 'offered'`,
      [voucherId],
    );
    await tx.query('UPDATE waiting_lists SET version = version + 1 WHERE voucher_id = ?', [voucherId]);
  });
  await offers();
}

async function auditHolds(id: string): Promise<void> {
  await server.api.waitSettled(merchant.access_token, id);
  const { equations } = await server.api.audit(merchant.access_token, id);
  expect(equations.filter((equation: Json) => !equation.holds)).toEqual([]);
}

describe('a waiting list', () => {
  it('gives a unit that returns to the first who waits, and to nobody who does not', async () => {
    const voucher = await live();
    const first = await holder(voucher.id);
    const [a, b, other] = [await shopper(), await shopper(), await shopper()];
    const joined = await call('POST', a, voucher.id);
    expect([joined.status, joined.body.status, joined.body.position]).toEqual([200, 'waiting', 1]);
    expect((await call('POST', b, voucher.id)).body.position).toBe(2);
    expect((await call('POST', a, voucher.id)).body).toEqual(joined.body);

    await cancel(first.id);
    expectProblem(await server.api.claim(other, voucher.id), 'sold_out');
    expectProblem(await server.api.claim(first.token, voucher.id), 'sold_out');
    const availability = await server.api.expect(200, 'GET', `/v1/vouchers/${voucher.id}/availability`);
    expect(availability.remaining).toBe(0);
    const offer = await offered(a, voucher.id);
    expect(offer).toMatchObject({ position: null, offered_until: expect.any(String) });
    expect((await place(b, voucher.id)).position).toBe(1);
    expectProblem(await call('POST', b, voucher.id, '/accept'), 'no_offer');
    expectProblem(await server.api.claim(other, voucher.id), 'sold_out');

    const accepted = await call('POST', a, voucher.id, '/accept');
    expect(accepted.status).toBe(202);
    expect((await server.api.waitIssued(a, accepted.body.id)).code).toEqual(expect.any(String));
    await offers();
    expect((await place(a, voucher.id)).status).toBe('accepted');
    expectProblem(await call('POST', a, voucher.id), 'claim_limit_reached');
    await auditHolds(voucher.id);
    expect((await call('DELETE', b, voucher.id)).status).toBe(204);
    expect((await place(b, voucher.id)).status).toBe('left');
  });

  it('passes on what was declined, and what was not accepted in time', async () => {
    const voucher = await live();
    const { id } = await holder(voucher.id);
    const [a, b, c] = [await shopper(), await shopper(), await shopper()];
    for (const token of [a, b, c]) await call('POST', token, voucher.id);
    await cancel(id);
    await offered(a, voucher.id);
    expect((await call('POST', a, voucher.id, '/decline')).body.status).toBe('declined');
    expectProblem(await call('POST', a, voucher.id, '/decline'), 'no_offer');
    await offered(b, voucher.id);
    await letTimeEnd(voucher.id);
    expect((await place(b, voucher.id)).status).toBe('lapsed');
    expectProblem(await call('POST', b, voucher.id, '/accept'), 'offer_expired');
    await offered(c, voucher.id);
    expect((await call('DELETE', c, voucher.id)).status).toBe(204);
    await offers();
    // Nobody waits any more: the unit is for everybody.
    const claimed = await server.api.claim(await shopper(), voucher.id);
    expect(claimed.status).toBe(202);
    await auditHolds(voucher.id);
  });

  it('offers added stock in order, as much as there is, and takes none of it away', async () => {
    const voucher = await live();
    await holder(voucher.id);
    const tokens = await inParallel(Array.from({ length: 5 }), 1, async () => {
      const token = await shopper();
      await call('POST', token, voucher.id);
      return token;
    });
    const adjust = (delta: number): Promise<Answer> =>
      server.api.call('POST', `/v1/vouchers/${voucher.id}/stock-adjustments`, {
        token: merchant.access_token,
        json: { delta, reason: 'a test' },
      });
    expect((await adjust(3)).status).toBeLessThan(300);
    await offers();
    const statuses = await Promise.all(tokens.map(async (token) => (await place(token, voucher.id)).status));
    expect(statuses).toEqual(['offered', 'offered', 'offered', 'waiting', 'waiting']);
    expectProblem(await adjust(-1), 'stock_below_committed');
    const answers = await inParallel(tokens, 5, (token) => call('POST', token, voucher.id, '/accept'));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 409, 409]);
    await auditHolds(voucher.id);
  });

  it('takes one unit for one offer, however often it is accepted at once', async () => {
    const voucher = await live({ per_user_limit: 5, total_stock: 2 });
    const [one, two] = [await holder(voucher.id), await holder(voucher.id)];
    const [a, b] = [await shopper(), await shopper()];
    await call('POST', a, voucher.id);
    await call('POST', b, voucher.id);
    await cancel(one.id);
    await cancel(two.id);
    await offered(b, voucher.id);
    const answers = await inParallel(Array.from({ length: 10 }), 10, () =>
      call('POST', a, voucher.id, '/accept'),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect((await call('POST', b, voucher.id, '/accept')).status).toBe(202);
    await auditHolds(voucher.id);
  });

  it('repeats the answer to the same Idempotency-Key', async () => {
    const voucher = await live();
    const { id } = await holder(voucher.id);
    const a = await shopper();
    await call('POST', a, voucher.id);
    await cancel(id);
    await offered(a, voucher.id);
    const accept = (): Promise<Answer> =>
      server.api.call('POST', `/v1/vouchers/${voucher.id}/waiting-list/accept`, {
        token: a,
        headers: { 'idempotency-key': 'once' },
      });
    const first = await accept();
    await server.api.waitIssued(a, first.body.id);
    await offers();
    const second = await accept();
    expect([second.status, second.body.id]).toEqual([202, first.body.id]);
  });

  it('of a voucher that ended offers nothing', async () => {
    const voucher = await live();
    const { id } = await holder(voucher.id);
    const a = await shopper();
    await call('POST', a, voucher.id);
    await server.api.expect(200, 'POST', `/v1/vouchers/${voucher.id}/end`, { token: merchant.access_token });
    await cancel(id);
    await offers();
    expect((await place(a, voucher.id)).status).toBe('closed');
    expectProblem(await call('POST', a, voucher.id), 'voucher_ended');
    await auditHolds(voucher.id);
  });

  it('is not for a voucher that has units, or for who has no place', async () => {
    const voucher = await live();
    const a = await shopper();
    expectProblem(await call('POST', a, voucher.id), 'not_sold_out');
    expectProblem(await call('GET', a, voucher.id), 'not_found');
    expectProblem(await call('DELETE', a, voucher.id), 'not_found');
    expectProblem(await call('POST', a, voucher.id, '/accept'), 'no_offer');
    expectProblem(await call('POST', a, 'vch_0000000000000000'), 'not_found');
    expectProblem(
      await server.api.call('POST', `/v1/vouchers/${voucher.id}/waiting-list`),
      'unauthenticated',
    );
  });

  it('is joined by nobody while the gate is away, and asked again it is', async () => {
    const voucher = await live();
    await holder(voucher.id);
    const a = await shopper();
    const gate = server.app.get(StockGate);
    const real = gate.offer.bind(gate);
    gate.offer = () => Promise.reject(new GateUnreachableError(false, undefined));
    try {
      expectProblem(await call('POST', a, voucher.id), 'dependency_unavailable');
    } finally {
      gate.offer = real;
    }
    expect((await call('POST', a, voucher.id)).body).toMatchObject({ status: 'waiting', position: 1 });
  });

  it('ends a place that a gate without memory of its offer sent back in line, once its claim is there', async () => {
    const voucher = await live();
    const first = await holder(voucher.id);
    const [a, b] = [await shopper(), await shopper()];
    for (const token of [a, b]) expect((await call('POST', token, voucher.id)).status).toBe(200);
    await cancel(first.id);
    await offered(a, voucher.id);
    const { body: claim } = await call('POST', a, voucher.id, '/accept');
    await server.api.waitIssued(a, claim.id);
    await server.app.get(Database).write(async (tx) => {
      await tx.query(
        `UPDATE waiting_entries SET state = 'waiting', offered_at = NULL, offered_until = NULL, ended_at = NULL
          WHERE voucher_id = ? AND number = 1`,
        [voucher.id],
      );
      await tx.query('UPDATE waiting_lists SET version = version + 1 WHERE voucher_id = ?', [voucher.id]);
    });
    await offers();
    expect((await place(a, voucher.id)).status).toBe('accepted');
    expect(await place(b, voucher.id)).toMatchObject({ status: 'waiting', position: 1 });
    await cancel(claim.id);
    await offered(b, voucher.id);
    await auditHolds(voucher.id);
  });

  it('shows its merchant who waits, in pages, and the offers that are out', async () => {
    const voucher = await live({ total_stock: 2 });
    const [one, two] = [await holder(voucher.id), await holder(voucher.id)];
    const waiting = [await shopper(), await shopper(), await shopper(), await shopper(), await shopper()];
    for (const token of waiting) expect((await call('POST', token, voucher.id)).status).toBe(200);
    const path = `/v1/vouchers/${voucher.id}/waiting-list/places`;
    const staff = { token: merchant.access_token };
    const read = (query: string): Promise<Json> => server.api.expect(200, 'GET', `${path}?${query}`, staff);
    const first = await read('limit=2');
    expect(first.data.map((place: Json) => place.position)).toEqual([1, 2]);
    expect([first.has_more, first.data[0].status, first.data[0].offered_until]).toEqual([
      true,
      'waiting',
      null,
    ]);
    expect(first.data[0].customer.name).toMatch(/^\S\*\*\*( \S\*\*\*)*$/);
    expect(first.data[0].customer.contact).toMatch(/^.\*\*\*@/);
    const second = await read(`limit=2&starting_after=${first.data[1].id}`);
    const last = await read(`limit=2&starting_after=${second.data[1].id}`);
    expect([second, last].map((page) => page.data.map((place: Json) => place.position))).toEqual([
      [3, 4],
      [5],
    ]);
    expect([second.has_more, last.has_more]).toEqual([true, false]);
    expect((await read(`limit=2&ending_before=${last.data[0].id}`)).data).toEqual(second.data);
    for (const { id } of [one, two]) await cancel(id);
    await offered(waiting[1] ?? '', voucher.id);
    const out = await read('status=offered');
    expect(out.data.map((place: Json) => place.id)).toEqual(first.data.map((place: Json) => place.id));
    expect(
      out.data.every((place: Json) => place.position === null && place.offered_until > place.offered_at),
    ).toBe(true);
    // A cursor is good whatever became of its place; the line has moved up.
    const rest = await read(`starting_after=${first.data[1].id}`);
    expect(rest.data.map((place: Json) => place.position)).toEqual([1, 2, 3]);
    expect((await read('status=lapsed')).data).toEqual([]);
  });

  it('is shown to no shopper and to no other merchant, and with no cursor of another list', async () => {
    const [voucher, another] = [await live(), await live()];
    await holder(another.id);
    expect((await call('POST', await shopper(), another.id)).status).toBe(200);
    const path = `/v1/vouchers/${voucher.id}/waiting-list/places`;
    const stranger = await server.api.registerMerchant();
    expectProblem(await server.api.call('GET', path, { token: stranger.access_token }), 'not_found');
    expectProblem(await server.api.call('GET', path, { token: await shopper() }), 'forbidden');
    const staff = { token: merchant.access_token };
    const [elsewhere] = (
      await server.api.expect(200, 'GET', `/v1/vouchers/${another.id}/waiting-list/places`, staff)
    ).data;
    for (const query of [`starting_after=${elsewhere.id}`, 'ending_before=wle_1', 'status=gone', 'limit=0'])
      expectProblem(await server.api.call('GET', `${path}?${query}`, staff), 'validation_failed');
  });

  it('lists the places of a user over all vouchers, and those of nobody else', async () => {
    const [one, two] = [await live(), await live()];
    await holder(one.id);
    await holder(two.id);
    const [first, second] = [await shopper(), await shopper()];
    for (const [token, id] of [
      [first, one.id],
      [second, one.id],
      [first, two.id],
    ] as const)
      expect((await call('POST', token, id)).status).toBe(200);
    const mine = async (token: string): Promise<Json> =>
      server.api.expect(200, 'GET', '/v1/me/waiting-list', { token });
    const shown = async (token: string): Promise<[string, number][]> =>
      (await mine(token)).data.map((entry: Json) => [entry.voucher_id, entry.position]);
    expect(new Map(await shown(first))).toEqual(
      new Map([
        [one.id, 1],
        [two.id, 1],
      ]),
    );
    expect(await shown(second)).toEqual([[one.id, 2]]);
    expect((await call('DELETE', first, one.id)).status).toBe(204);
    expect(await shown(first)).toEqual([[two.id, 1]]);
    expect(await shown(second)).toEqual([[one.id, 1]]);
    expectProblem(await server.api.call('GET', '/v1/me/waiting-list'), 'unauthenticated');
  });
});
