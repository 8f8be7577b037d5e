import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StockGate } from '../../src/claim/index.js';
import { GateUnreachableError } from '../../src/claim/gate/gate-errors.js';
import { Database } from '../../src/database/database.js';
import { inParallel, until, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { eventsIn } from '../support/event-file.js';

let server: TestApp;
let merchant: Session;
let other: Session;

beforeAll(async () => {
  server = await startApp({ RATE_LIMIT_WRITE: 'off' });
  [merchant, other] = [await server.api.registerMerchant(), await server.api.registerMerchant()];
});
afterAll(() => server.stop());

const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

const live = (terms: Readonly<Record<string, unknown>> = {}): Promise<Json> =>
  server.api.liveVoucher(merchant.access_token, { cancellable_until: inAnHour(), ...terms });

interface Held {
  readonly token: string;
  readonly userId: string;
  readonly claim: Json;
}

/** Somebody new with an issued claim. */
async function holder(voucherId: string, session?: Session): Promise<Held> {
  const { access_token: token, user } = session ?? (await server.api.register());
  const { status, body } = await server.api.claim(token, voucherId);
  expect(status).toBe(202);
  return { token, userId: user.id, claim: await server.api.waitIssued(token, body.id) };
}

const cancel = (token: string, claimId: string, json: unknown = {}, key?: string): Promise<Answer> =>
  server.api.call('POST', `/v1/claims/${claimId}/cancel`, {
    token,
    json,
    ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
  });

const begin = (voucherId: string, json: unknown, token = merchant.access_token): Promise<Answer> =>
  server.api.call('POST', `/v1/vouchers/${voucherId}/cancellations`, { token, json });

const done = (answer: Answer): Promise<Json> =>
  until(async () => {
    const found = await server.api.expect(200, 'GET', answer.headers.get('location') ?? '', {
      token: merchant.access_token,
    });
    return found.status === 'done' ? found : undefined;
  });

const outcome = async (token: string, voucherId: string): Promise<string> => {
  const { status, body } = await server.api.claim(token, voucherId);
  return status === 202 ? 'accepted' : body.code;
};

const returns = (voucherId: string): Promise<Json[]> =>
  server.app
    .get(Database)
    .read.query(
      'SELECT number, cause, units, claims_count, state FROM unit_returns WHERE voucher_id = ? ORDER BY number',
      [voucherId],
    );

async function auditHolds(id: string): Promise<void> {
  await server.api.waitSettled(merchant.access_token, id);
  const { ok, equations } = await server.api.audit(merchant.access_token, id);
  expect(equations.filter((equation: Json) => !equation.holds)).toEqual([]);
  expect(ok).toBe(true);
}

/** Until the returned function is called the gate does not answer to give-backs. */
function gateIsAway(): () => void {
  const gate = server.app.get(StockGate);
  const real = gate.giveBack.bind(gate);
  gate.giveBack = () => Promise.reject(new GateUnreachableError(false, undefined));
  return () => {
    gate.giveBack = real;
  };
}

describe('a holder', () => {
  it('cancels, and unit and place in the limit can be had again', async () => {
    const voucher = await live({ total_stock: 1 });
    const { token, claim } = await holder(voucher.id);
    const { access_token: next } = await server.api.register();
    expect(await outcome(next, voucher.id)).toBe('sold_out');

    const { status, body } = await cancel(token, claim.id, { reason: 'I cannot come' });
    expect([status, body.status, body.code]).toEqual([200, 'cancelled', null]);
    expect(body.cancellation).toEqual({ at: expect.any(String), by: 'holder', reason: 'I cannot come' });
    expect(await server.api.expect(200, 'GET', `/v1/claims/${claim.id}`, { token })).toEqual(body);
    const availability = await server.api.expect(200, 'GET', `/v1/vouchers/${voucher.id}/availability`);
    expect(availability.remaining).toBe(1);

    const again = await holder(voucher.id, { access_token: token, user: { id: '' } } as Session);
    expect(again.claim).toMatchObject({ ordinal: 2, status: 'issued' });
    expect(again.claim.code).not.toBe(claim.code);
    expect(await outcome(next, voucher.id)).toBe('sold_out');
    expect(await returns(voucher.id)).toEqual([
      { number: 1, cause: 'cancelled', units: 1, claims_count: 1, state: 'taken' },
    ]);
    await auditHolds(voucher.id);
  });

  it('hears the second time what the first one did, and with the same key the same again', async () => {
    const voucher = await live();
    const { token, claim } = await holder(voucher.id);
    const first = await cancel(token, claim.id, {}, 'once');
    expect(first.status).toBe(200);
    const second = await cancel(token, claim.id);
    expectProblem(second, 'not_cancellable');
    expect(second.body).toMatchObject({ claim_status: 'cancelled', since: first.body.cancellation.at });
    const repeated = await cancel(token, claim.id, {}, 'once');
    expect([repeated.status, repeated.body]).toEqual([200, first.body]);
    expect(await returns(voucher.id)).toHaveLength(1);
  });

  it('is refused where the voucher does not allow it, or no longer', async () => {
    const never = await live({ cancellable_until: null });
    const first = await holder(never.id);
    expectProblem(await cancel(first.token, first.claim.id), 'not_cancellable');
    const over = await live({ cancellable_until: new Date(Date.now() - 1_000).toISOString() });
    const second = await holder(over.id);
    const answer = await cancel(second.token, second.claim.id);
    expectProblem(answer, 'not_cancellable');
    expect(answer.body.cancellable_until).toBe(over.cancellable_until);
    await auditHolds(over.id);
  });

  it('cancels one claim once, however many try at once', async () => {
    const voucher = await live({ total_stock: 3, per_user_limit: 2 });
    const { token, claim } = await holder(voucher.id);
    const answers = await inParallel(Array.from({ length: 20 }), 20, (_none) =>
      cancel(merchant.access_token, claim.id, { reason: 'a test' }).then(({ status }) => status),
    );
    expect(answers.filter((status) => status === 200)).toHaveLength(1);
    expect(answers.filter((status) => status === 409)).toHaveLength(19);
    expect(await server.app.get(StockGate).remaining(1, voucher.id)).toBe(3);
    expect([await outcome(token, voucher.id), await outcome(token, voucher.id)]).toEqual([
      'accepted',
      'accepted',
    ]);
    expect(await outcome(token, voucher.id)).toBe('claim_limit_reached');
    await auditHolds(voucher.id);
  });

  it('of an ended voucher gives its unit back to the books alone', async () => {
    const voucher = await live({ total_stock: 1 });
    const { token, claim } = await holder(voucher.id);
    await server.api.expect(200, 'POST', `/v1/vouchers/${voucher.id}/end`, { token: merchant.access_token });
    expect((await cancel(token, claim.id)).status).toBe(200);
    expect(await outcome(token, voucher.id)).toBe('voucher_ended');
    await auditHolds(voucher.id);
  });
});

describe('a merchant', () => {
  it('cancels with a reason, which the holder reads', async () => {
    const voucher = await live({ cancellable_until: null });
    const { token, claim } = await holder(voucher.id);
    expectProblem(await cancel(merchant.access_token, claim.id), 'validation_failed', ['/reason']);
    const { status, body } = await cancel(merchant.access_token, claim.id, { reason: 'the show is off' });
    expect([status, body.status, body.code]).toEqual([200, 'cancelled', null]);
    const seen = await server.api.expect(200, 'GET', `/v1/claims/${claim.id}`, { token });
    expect(seen.cancellation).toMatchObject({ by: 'merchant', reason: 'the show is off' });
    const csv = await server.api.call('GET', `/v1/vouchers/${voucher.id}/claims.csv`, {
      token: merchant.access_token,
    });
    expect(csv.text).toContain(`"${claim.id}","cancelled",`);
    const listed = await server.api.expect(200, 'GET', `/v1/vouchers/${voucher.id}/claims?status=cancelled`, {
      token: merchant.access_token,
    });
    expect(listed.data.map(({ id }: Json) => id)).toEqual([claim.id]);
  });

  it('cancels no claim of another, and a stranger none at all', async () => {
    const voucher = await live();
    const { token, claim } = await holder(voucher.id);
    const { access_token: stranger } = await server.api.register();
    expectProblem(await cancel(other.access_token, claim.id, { reason: 'x' }), 'not_found');
    expectProblem(await cancel(stranger, claim.id), 'not_found');
    expectProblem(
      await cancel(token, `${claim.id.slice(0, -1)}${claim.id.endsWith('0') ? '1' : '0'}`),
      'not_found',
    );
    expectProblem(await cancel(token, 'clm_1'), 'not_found');
    expect((await server.api.claimStatus(token, claim.id)).body.status).toBe('issued');
  });

  it('writes an event and an entry of the audit log for it', async () => {
    const voucher = await live();
    const { token, claim } = await holder(voucher.id);
    await cancel(token, claim.id, { reason: 'ill' });
    const event = await until(async () => {
      const all = await eventsIn(server.dataDir);
      return all.find(({ type, data }) => type === 'claim.cancelled' && data.id === claim.id);
    });
    expect(event.data).toMatchObject({ status: 'cancelled', by: 'holder', reason: 'ill' });
    expect(
      await server.app
        .get(Database)
        .read.query('SELECT action FROM audit_log WHERE object_id = ?', [claim.id]),
    ).toEqual([{ action: 'claim.cancel' }]);
  });
});

describe('with the gate away', () => {
  it('a claim is cancelled all the same, and its unit comes back by itself, once', async () => {
    const voucher = await live({ total_stock: 2 });
    const [first, second] = [await holder(voucher.id), await holder(voucher.id)];
    const back = gateIsAway();
    try {
      expect((await cancel(first.token, first.claim.id)).status).toBe(200);
      expect((await cancel(second.token, second.claim.id)).status).toBe(200);
      expect((await returns(voucher.id)).map(({ state }) => state)).toEqual(['pending', 'pending']);
      expect(await outcome(first.token, voucher.id)).toBe('claim_limit_reached');
      await auditHolds(voucher.id);
    } finally {
      back();
    }
    await until(async () =>
      (await returns(voucher.id)).every(({ state }) => state === 'taken') ? true : undefined,
    );
    expect(await server.app.get(StockGate).remaining(1, voucher.id)).toBe(2);
    expect([await outcome(first.token, voucher.id), await outcome(second.token, voucher.id)]).toEqual([
      'accepted',
      'accepted',
    ]);
    await auditHolds(voucher.id);
  });

  it('claims and cancellations may go on: those of a later number wait for the earlier one', async () => {
    const voucher = await live({ total_stock: 3 });
    const [first, second] = [await holder(voucher.id), await holder(voucher.id)];
    const back = gateIsAway();
    await cancel(first.token, first.claim.id);
    back();
    await cancel(second.token, second.claim.id);
    expect((await returns(voucher.id)).map(({ state }) => state)).toEqual(['taken', 'taken']);
    expect(await server.app.get(StockGate).remaining(1, voucher.id)).toBe(3);
  });
});

describe('many at once', () => {
  it('are cancelled by a filter, with progress, and their users may claim again', async () => {
    const voucher = await live({ total_stock: 40 });
    const held = await inParallel(Array.from({ length: 40 }), 8, () => holder(voucher.id));
    const answer = await begin(voucher.id, { filter: {}, reason: 'the show is off' });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ object: 'cancellation', status: 'running', total: 40, cancelled: 0 });
    expect(await done(answer)).toMatchObject({
      total: 40,
      cancelled: 40,
      refused: 0,
      finished_at: expect.any(String),
    });
    expect(await returns(voucher.id)).toEqual([
      { number: 1, cause: 'cancelled', units: 40, claims_count: 40, state: 'taken' },
    ]);
    const [one] = held;
    if (!one) throw new Error('nobody');
    expect((await server.api.claimStatus(one.token, one.claim.id)).body).toMatchObject({
      status: 'cancelled',
      cancellation: { by: 'merchant', reason: 'the show is off' },
    });
    expect(await outcome(one.token, voucher.id)).toBe('accepted');
    expect(await server.app.get(StockGate).remaining(1, voucher.id)).toBe(39);
    await auditHolds(voucher.id);
  });

  it('are those of a part of the line, without those that were cancelled before', async () => {
    const voucher = await live({ total_stock: 6 });
    const held: Held[] = [];
    for (let n = 0; n < 6; n++) held.push(await holder(voucher.id));
    await cancel(held[2]?.token ?? '', held[2]?.claim.id);
    const answer = await begin(voucher.id, {
      filter: { sequence_from: 2, sequence_to: 4 },
      reason: 'a test',
    });
    expect(answer.body.total).toBe(2);
    expect(await done(answer)).toMatchObject({ cancelled: 2, refused: 0 });
    const statuses = await Promise.all(
      held.map(async ({ token, claim }) => (await server.api.claimStatus(token, claim.id)).body.status),
    );
    expect(statuses).toEqual(['issued', 'cancelled', 'cancelled', 'cancelled', 'issued', 'issued']);
    await auditHolds(voucher.id);
  });

  it('are those named; what is not of this voucher, or no longer issued, is counted as refused', async () => {
    const voucher = await live();
    const elsewhere = await live();
    const [mine, gone, foreign] = [
      await holder(voucher.id),
      await holder(voucher.id),
      await holder(elsewhere.id),
    ];
    await cancel(gone.token, gone.claim.id);
    const answer = await begin(voucher.id, {
      claim_ids: [mine.claim.id, gone.claim.id, foreign.claim.id, mine.claim.id],
      reason: 'a test',
    });
    expect(await done(answer)).toMatchObject({ total: 3, cancelled: 1, refused: 2 });
    expect((await server.api.claimStatus(foreign.token, foreign.claim.id)).body.status).toBe('issued');
    const list = await server.api.expect(200, 'GET', `/v1/vouchers/${voucher.id}/cancellations`, {
      token: merchant.access_token,
    });
    expect(list.data.map(({ id }: Json) => id)).toEqual([answer.body.id]);
    await auditHolds(voucher.id);
    await auditHolds(elsewhere.id);
  });

  it.each([
    ['neither ids nor a filter', { reason: 'x' }],
    ['both', { claim_ids: [`clm_${'0'.repeat(40)}`], filter: {}, reason: 'x' }],
    ['no reason', { filter: {} }],
    ['no ids', { claim_ids: [], reason: 'x' }],
    ['what is no id', { claim_ids: ['clm_1'], reason: 'x' }],
    ['an unknown filter', { filter: { status: 'issued' }, reason: 'x' }],
    ['a number in line that is none', { filter: { sequence_from: 0 }, reason: 'x' }],
    ['a time that is none', { filter: { issued_from: 'yesterday' }, reason: 'x' }],
  ])('are refused with %s, and nothing is changed', async (_what, json) => {
    const voucher = await live();
    expectProblem(await begin(voucher.id, json), 'validation_failed');
    const list = await server.api.expect(200, 'GET', `/v1/vouchers/${voucher.id}/cancellations`, {
      token: merchant.access_token,
    });
    expect(list.data).toEqual([]);
  });

  it('are nobody else’s to cancel or to look at', async () => {
    const voucher = await live();
    const { token } = await holder(voucher.id);
    expectProblem(await begin(voucher.id, { filter: {}, reason: 'x' }, other.access_token), 'not_found');
    expectProblem(await begin(voucher.id, { filter: {}, reason: 'x' }, token), 'forbidden');
    const answer = await begin(voucher.id, { filter: {}, reason: 'x' });
    const path = answer.headers.get('location') ?? '';
    expectProblem(await server.api.call('GET', path, { token: other.access_token }), 'not_found');
    expectProblem(
      await server.api.call('GET', `/v1/vouchers/${voucher.id}/cancellations/can_1`, {
        token: merchant.access_token,
      }),
      'not_found',
    );
  });
});
