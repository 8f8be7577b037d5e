import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StockGate } from '../../src/claim/index.js';
import { HeldClaims } from '../../src/claim/holds/held-claims.js';
import { GateUnreachableError } from '../../src/claim/gate/gate-errors.js';
import { Database } from '../../src/database/database.js';
import { inParallel, until, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { eventsIn } from '../support/event-file.js';
import { asking, changeClaim, claimRow, claimRows, type Ask } from '../harness/claim-rows.js';

let server: TestApp;
let merchant: Session;
let other: Session;

beforeAll(async () => {
  server = await startApp({ RATE_LIMIT_WRITE: 'off' });
  [merchant, other] = [await server.api.registerMerchant(), await server.api.registerMerchant()];
});
afterAll(() => server.stop());

const live = (terms: Readonly<Record<string, unknown>> = {}): Promise<Json> =>
  server.api.liveVoucher(merchant.access_token, { confirm_within_s: 3_600, ...terms });

interface Kept {
  readonly token: string;
  readonly claim: Json;
}

/** Somebody with a claim that is no longer on its way. */
async function claimed(voucherId: string, token?: string): Promise<Kept> {
  const by = token ?? (await server.api.register()).access_token;
  const { status, body } = await server.api.claim(by, voucherId);
  expect(status).toBe(202);
  return { token: by, claim: await server.api.waitEnded(by, body.id) };
}

const confirm = (token: string, claimId: string, key?: string): Promise<Answer> =>
  server.api.call('POST', `/v1/claims/${claimId}/confirm`, {
    token,
    ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
  });

const seen = (token: string, claimId: string): Promise<Json> =>
  server.api.expect(200, 'GET', `/v1/claims/${claimId}`, { token });

/** Lets the time to confirm be over, with or without the list that the job goes by. */
async function letTimeEnd(claimId: string, { listed = true } = {}): Promise<void> {
  await server.app.get(Database).write(async (tx) => {
    await changeClaim(asking(tx), claimId, { confirm_until: 1 });
    if (listed) await tx.query('UPDATE claim_holds SET confirm_until = 1 WHERE claim_id = ?', [claimId]);
  });
}

const release = (): Promise<void> => server.app.get(HeldClaims).run();

const ask: Ask = Object.assign(
  (sql: string, values: unknown[]) => server.app.get(Database).read.query(sql, values),
  { isFile: true },
);

const rows = (sql: string, values: readonly unknown[]): Promise<Json[]> =>
  server.app.get(Database).read.query(sql, [...values]);

const returns = (voucherId: string): Promise<Json[]> =>
  rows('SELECT cause, units, state FROM unit_returns WHERE voucher_id = ? ORDER BY number', [voucherId]);

async function auditHolds(id: string): Promise<void> {
  await server.api.waitSettled(merchant.access_token, id);
  const { equations } = await server.api.audit(merchant.access_token, id);
  expect(equations.filter((equation: Json) => !equation.holds)).toEqual([]);
}

const events = async (claimId: string): Promise<string[]> => {
  const all = await eventsIn(server.dataDir);
  return all.filter(({ data }) => data.id === claimId).map(({ type }) => type);
};

describe('a claim on a voucher that asks for confirmation', () => {
  it('is held without a code until its holder confirms it', async () => {
    const voucher = await live({ total_stock: 1 });
    expect(voucher).toMatchObject({ confirm_within_s: 3_600, confirm_by: 'user' });
    const { token, claim } = await claimed(voucher.id);
    expect(claim).toMatchObject({ status: 'held', code: null, issued_at: null, confirm_by: 'user' });
    expect(Date.parse(claim.confirm_until)).toBeGreaterThanOrEqual(Date.parse(claim.created_at) + 3_600_000);
    const next = await server.api.register();
    expectProblem(await server.api.claim(next.access_token, voucher.id), 'sold_out');
    await auditHolds(voucher.id);
    const board = await server.api.expect(200, 'GET', `/v1/vouchers/${voucher.id}/summary`, {
      token: merchant.access_token,
    });
    expect([board.held, board.issued, board.remaining]).toEqual([1, 0, 0]);

    const { status, body } = await confirm(token, claim.id);
    expect([status, body.status]).toEqual([200, 'issued']);
    expect(body.code).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
    expect(await seen(token, claim.id)).toEqual(body);
    const wallet = await server.api.expect(200, 'GET', '/v1/me/claims', { token });
    expect(wallet.data).toEqual([body]);
    await until(async () => ((await events(claim.id)).length === 2 ? true : undefined));
    expect(await events(claim.id)).toEqual(['claim.held', 'claim.issued']);
    expect(
      await rows('SELECT action FROM audit_log WHERE object_id = ? ORDER BY at', [claim.id]),
    ).toMatchObject([{ action: 'claim.confirm' }]);
    await auditHolds(voucher.id);
    const redeemed = await server.api.call('POST', '/v1/redemptions', {
      token: merchant.access_token,
      json: { code: body.code },
    });
    expect(redeemed.status).toBe(201);
  });

  it('is confirmed by the merchant alone where the voucher says so, who does not see the code', async () => {
    const voucher = await live({ confirm_by: 'merchant' });
    const { token, claim } = await claimed(voucher.id);
    expect(claim.confirm_by).toBe('merchant');
    expectProblem(await confirm(token, claim.id), 'forbidden');
    expectProblem(await confirm(other.access_token, claim.id), 'not_found');
    const stranger = await server.api.register();
    expectProblem(await confirm(stranger.access_token, claim.id), 'not_found');
    const { status, body } = await confirm(merchant.access_token, claim.id);
    expect([status, body.status, body.code]).toEqual([200, 'issued', null]);
    expect((await seen(token, claim.id)).code).toEqual(expect.any(String));
  });

  it('is not for the merchant to confirm where its holder does', async () => {
    const { claim } = await claimed((await live()).id);
    expectProblem(await confirm(merchant.access_token, claim.id), 'forbidden');
  });

  it('is confirmed once, however many try: all others hear what the first one did', async () => {
    const voucher = await live();
    const { token, claim } = await claimed(voucher.id);
    const answers = await inParallel(Array.from({ length: 20 }), 20, () => confirm(token, claim.id));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expectProblem(answer, 'not_confirmable');
      expect(answer.body).toMatchObject({ claim_status: 'issued', since: expect.any(String) });
    }
    await auditHolds(voucher.id);
  });

  it('answers a repeated request with the same key as the first time', async () => {
    const { token, claim } = await claimed((await live()).id);
    const first = await confirm(token, claim.id, 'once');
    const second = await confirm(token, claim.id, 'once');
    expect([second.status, second.body]).toEqual([200, first.body]);
  });

  it('cannot be redeemed while it is held', async () => {
    const voucher = await live();
    const { token, claim } = await claimed(voucher.id);
    const answer = await server.api.call('POST', '/v1/redemptions', {
      token: merchant.access_token,
      json: { claim_id: claim.id },
    });
    expectProblem(answer, 'not_yet_redeemable');
    expect((await seen(token, claim.id)).status).toBe('held');
  });
});

describe('over time', () => {
  it('its unit and its place in the limit can be had again, and its end is told', async () => {
    const voucher = await live({ total_stock: 1 });
    const { token, claim } = await claimed(voucher.id);
    await letTimeEnd(claim.id);
    await release();
    expect(await seen(token, claim.id)).toMatchObject({ status: 'released', code: null });
    expect(await returns(voucher.id)).toEqual([{ cause: 'released', units: 1, state: 'taken' }]);
    await auditHolds(voucher.id);
    const late = await confirm(token, claim.id);
    expectProblem(late, 'confirm_expired');
    expect(late.body).toMatchObject({ claim_status: 'released', confirm_until: expect.any(String) });
    const again = await claimed(voucher.id, token);
    expect(again.claim).toMatchObject({ status: 'held', ordinal: 2 });
    await until(async () => ((await events(claim.id)).length === 2 ? true : undefined));
    expect(await events(claim.id)).toEqual(['claim.held', 'claim.released']);
    const listed = await server.api.expect(200, 'GET', `/v1/vouchers/${voucher.id}/claims?status=released`, {
      token: merchant.access_token,
    });
    expect(listed.data.map(({ id }: Json) => id)).toEqual([claim.id]);
  });

  it('it is released for everybody who looks before the job has come by, and not to be confirmed', async () => {
    const voucher = await live();
    const { token, claim } = await claimed(voucher.id);
    await letTimeEnd(claim.id, { listed: false });
    expect((await seen(token, claim.id)).status).toBe('released');
    const wallet = await server.api.expect(200, 'GET', '/v1/me/claims?status=released', { token });
    expect(wallet.data.map(({ id }: Json) => id)).toEqual([claim.id]);
    expect((await server.api.expect(200, 'GET', '/v1/me/claims?status=held', { token })).data).toEqual([]);
    expectProblem(await confirm(token, claim.id), 'confirm_expired');
    expect(await claimRow(ask, claim.id)).toMatchObject({ status: 'held' });
    await auditHolds(voucher.id);
  });

  it('of a confirmation and the return one wins, and the books agree with what was told', async () => {
    const voucher = await live({ total_stock: 20 });
    const kept = await inParallel(Array.from({ length: 20 }), 8, () => claimed(voucher.id));
    const outcomes = await Promise.all(
      kept.flatMap(({ token, claim }, n) => {
        const over = n % 2 === 0 ? letTimeEnd(claim.id) : Promise.resolve();
        return [over.then(release).then(() => 0), confirm(token, claim.id).then(({ status }) => status)];
      }),
    );
    const confirmed = outcomes.filter((status) => status === 200).length;
    await release();
    expect(await server.app.get(StockGate).remaining(1, voucher.id)).toBe(20 - confirmed);
    const issued = (await claimRows(ask, { voucherId: voucher.id })).filter(
      ({ status }) => status === 'issued',
    );
    expect(issued).toHaveLength(confirmed);
    await auditHolds(voucher.id);
  });

  it('its unit comes back by itself where the gate was away when it was released', async () => {
    const voucher = await live({ total_stock: 1 });
    const { claim } = await claimed(voucher.id);
    const gate = server.app.get(StockGate);
    const real = gate.giveBack.bind(gate);
    gate.giveBack = () => Promise.reject(new GateUnreachableError(false, undefined));
    try {
      await letTimeEnd(claim.id);
      await release();
      expect((await returns(voucher.id)).map(({ state }) => state)).toEqual(['pending']);
      await auditHolds(voucher.id);
    } finally {
      gate.giveBack = real;
    }
    await until(async () =>
      (await returns(voucher.id)).every(({ state }) => state === 'taken') ? true : undefined,
    );
    expect(await gate.remaining(1, voucher.id)).toBe(1);
    await auditHolds(voucher.id);
  });

  it('of an ended voucher its unit goes back to the books alone', async () => {
    const voucher = await live({ total_stock: 1 });
    const { token, claim } = await claimed(voucher.id);
    await server.api.expect(200, 'POST', `/v1/vouchers/${voucher.id}/end`, { token: merchant.access_token });
    await letTimeEnd(claim.id);
    await release();
    expectProblem(await server.api.claim(token, voucher.id), 'voucher_ended');
    await auditHolds(voucher.id);
  });
});

describe('bad input', () => {
  it.each([
    ['a time that is too short', { confirm_within_s: 9 }, '/confirm_within_s'],
    ['a time that is too long', { confirm_within_s: 604_801 }, '/confirm_within_s'],
    ['a fraction', { confirm_within_s: 10.5 }, '/confirm_within_s'],
    ['nobody that confirms', { confirm_by: 'system' }, '/confirm_by'],
  ])('%s is refused', async (_what, terms, pointer) => {
    const answer = await server.api.call('POST', '/v1/vouchers', {
      token: merchant.access_token,
      json: {
        title: 'x',
        total_stock: 1,
        opens_at: new Date().toISOString(),
        closes_at: new Date(Date.now() + 3_600_000).toISOString(),
        ...terms,
      },
    });
    expectProblem(answer, 'validation_failed', [pointer]);
  });

  it('a time that reaches beyond redemption is refused, and a published voucher keeps its terms', async () => {
    const closes = Date.now() + 3_600_000;
    const answer = await server.api.call('POST', '/v1/vouchers', {
      token: merchant.access_token,
      json: {
        title: 'x',
        total_stock: 1,
        opens_at: new Date().toISOString(),
        closes_at: new Date(closes).toISOString(),
        redeem_until: new Date(closes + 10_000).toISOString(),
        confirm_within_s: 11,
      },
    });
    expectProblem(answer, 'validation_failed', ['/confirm_within_s']);
    const voucher = await live();
    const edit = await server.api.call('PATCH', `/v1/vouchers/${voucher.id}`, {
      token: merchant.access_token,
      json: { confirm_within_s: null },
      headers: { 'if-match': `"v${voucher.version}"` },
    });
    expectProblem(edit, 'not_editable');
  });

  it('what is no claim, or asks for no confirmation, is refused', async () => {
    const { token, claim } = await claimed((await live({ confirm_within_s: null })).id);
    expect(claim.status).toBe('issued');
    expectProblem(await confirm(token, claim.id), 'not_confirmable');
    expectProblem(await confirm(token, 'clm_1'), 'not_found');
    expectProblem(await server.api.call('POST', `/v1/claims/${claim.id}/confirm`), 'unauthenticated');
  });
});
