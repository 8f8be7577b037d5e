import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BulkCancellations } from '../../src/claim/returns/bulk-cancellations.js';
import { UnitReturns } from '../../src/claim/returns/unit-returns.js';
import { ClaimCodes } from '../../src/claim/ledger/claim-codes.js';
import { ClaimHolds } from '../../src/claim/ledger/claim-holds.js';
import { ClaimMoves } from '../../src/claim/moves/claim-moves.js';
import { Broadcast } from '../../src/broadcast/broadcast.js';
import { Clock } from '../../src/common/clock.js';
import { StockGate } from '../../src/claim/index.js';
import { Database } from '../../src/database/database.js';
import { inParallel, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { asking, changeClaim, claimRow } from '../harness/claim-rows.js';

let server: TestApp;
let merchant: Session;

beforeAll(async () => {
  // The job is called by hand, so that no other run of it comes between.
  server = await startApp({ RATE_LIMIT_WRITE: 'off', LIFECYCLE_INTERVAL_MS: '60000' });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

const live = (terms: Readonly<Record<string, unknown>> = {}): Promise<Json> =>
  server.api.liveVoucher(merchant.access_token, {
    confirm_within_s: 3_600,
    cancellable_until: new Date(Date.now() + 3_600_000).toISOString(),
    ...terms,
  });

interface Kept {
  readonly token: string;
  readonly id: string;
}

async function held(voucherId: string): Promise<Kept> {
  const { access_token: token } = await server.api.register();
  const { status, body } = await server.api.claim(token, voucherId);
  expect(status).toBe(202);
  expect(await server.api.waitEnded(token, body.id)).toMatchObject({ status: 'held' });
  return { token, id: body.id };
}

const move = (what: 'cancel' | 'confirm', token: string, id: string, json?: unknown): Promise<Answer> =>
  server.api.call('POST', `/v1/claims/${id}/${what}`, { token, ...(json === undefined ? {} : { json }) });

const seen = async ({ token, id }: Kept): Promise<Json> =>
  server.api.expect(200, 'GET', `/v1/claims/${id}`, { token });

const rows = (sql: string, ...values: unknown[]): Promise<Json[]> =>
  server.app.get(Database).read.query(sql, values);

async function auditHolds(id: string): Promise<void> {
  await server.api.waitSettled(merchant.access_token, id);
  const { equations } = await server.api.audit(merchant.access_token, id);
  expect(equations.filter((equation: Json) => !equation.holds)).toEqual([]);
}

describe('a claim that is held', () => {
  it('is cancelled by its holder, and its unit and place in the limit can be had again', async () => {
    const voucher = await live({ total_stock: 1 });
    const kept = await held(voucher.id);
    const { status, body } = await move('cancel', kept.token, kept.id, {});
    expect([status, body.status, body.code]).toEqual([200, 'cancelled', null]);
    expect(await rows('SELECT * FROM claim_holds WHERE voucher_id = ?', voucher.id)).toEqual([]);
    expect(await server.app.get(StockGate).remaining(1, voucher.id)).toBe(1);
    const late = await move('confirm', kept.token, kept.id);
    expectProblem(late, 'not_confirmable');
    expect(late.body.claim_status).toBe('cancelled');
    expect((await server.api.claim(kept.token, voucher.id)).status).toBe(202);
    await auditHolds(voucher.id);
  });

  it('is cancelled by its merchant with a reason, which the holder reads', async () => {
    const voucher = await live({ cancellable_until: null });
    const kept = await held(voucher.id);
    expectProblem(await move('cancel', kept.token, kept.id, {}), 'not_cancellable');
    expect((await seen(kept)).status).toBe('held');
    const { status } = await move('cancel', merchant.access_token, kept.id, { reason: 'not paid' });
    expect(status).toBe(200);
    expect(await seen(kept)).toMatchObject({
      status: 'cancelled',
      cancellation: { by: 'merchant', reason: 'not paid' },
    });
    await auditHolds(voucher.id);
  });

  it('is released where its time is over, and not cancelled', async () => {
    const voucher = await live();
    const kept = await held(voucher.id);
    await server.app.get(Database).write(async (tx) => {
      await changeClaim(asking(tx), kept.id, { confirm_until: 1 });
    });
    const late = await move('cancel', kept.token, kept.id, {});
    expectProblem(late, 'not_cancellable');
    expect(late.body.claim_status).toBe('released');
    expect(await claimRow(asking(server.app.get(Database).read), kept.id)).toMatchObject({ status: 'held' });
    await auditHolds(voucher.id);
  });

  it('is either confirmed and then cancelled, or cancelled, where both come at once; its unit returns once', async () => {
    const voucher = await live({ total_stock: 12 });
    const all = await inParallel(Array.from({ length: 12 }), 6, () => held(voucher.id));
    await Promise.all(
      all.map(async (kept) => {
        const [confirmed, cancelled] = await Promise.all([
          move('confirm', kept.token, kept.id),
          move('cancel', kept.token, kept.id, {}),
        ]);
        expect(cancelled.status).toBe(200);
        if (confirmed.status !== 200) expectProblem(confirmed, 'not_confirmable');
      }),
    );
    expect(await server.app.get(StockGate).remaining(1, voucher.id)).toBe(12);
    await auditHolds(voucher.id);
  });
});

describe('a cancellation of many claims', () => {
  /** The job, with a clock by which each look takes a second and a half. */
  function slowJob(): BulkCancellations {
    const { app } = server;
    const clock = app.get(Clock);
    let now = 0;
    const slow: Clock = Object.create(clock, {
      monotonic: { value: () => (now += 1_500) },
      sleep: { value: () => Promise.resolve() },
    }) as Clock;
    return new BulkCancellations(
      app.get(Database),
      app.get(ClaimMoves),
      app.get(ClaimHolds),
      app.get(UnitReturns),
      app.get(Broadcast),
      slow,
      app.get(ClaimCodes),
    );
  }
  const begin = (voucherId: string, json: unknown): Promise<Json> =>
    server.api.expect(202, 'POST', `/v1/vouchers/${voucherId}/cancellations`, {
      token: merchant.access_token,
      json,
    });
  const progress = async (id: string): Promise<Json> =>
    (await rows('SELECT state, position, cancelled, refused FROM cancellations WHERE id = ?', id))[0] ?? {};

  it('takes those that are held, too', async () => {
    const voucher = await live({ total_stock: 5 });
    const all = await inParallel(Array.from({ length: 5 }), 5, () => held(voucher.id));
    const [first] = all;
    if (!first) throw new Error('nobody');
    expect((await move('confirm', first.token, first.id)).status).toBe(200);
    const { id } = await begin(voucher.id, { filter: {}, reason: 'the show is off' });
    await server.app.get(BulkCancellations).run();
    expect(await progress(id)).toMatchObject({ state: 'done', cancelled: 5, refused: 0 });
    expect(await Promise.all(all.map(async (kept) => (await seen(kept)).status))).toEqual(
      all.map(() => 'cancelled'),
    );
    expect(await server.app.get(StockGate).remaining(1, voucher.id)).toBe(5);
    await auditHolds(voucher.id);
  });

  it('lets a process stop after a bounded time, and another one goes on where it was', async () => {
    const voucher = await live();
    const kept = await held(voucher.id);
    const nobodys = Array.from({ length: 999 }, (_, n) => `clm_${String(n).padStart(40, '0')}`);
    const { id } = await begin(voucher.id, { claim_ids: [...nobodys, kept.id], reason: 'a test' });
    await slowJob().run();
    expect(await progress(id)).toEqual({ state: 'running', position: '500', cancelled: 0, refused: 500 });
    for (let run = 0; run < 3 && (await progress(id))['state'] === 'running'; run++) await slowJob().run();
    expect(await progress(id)).toMatchObject({ state: 'done', cancelled: 1, refused: 999 });
    expect((await seen(kept)).status).toBe('cancelled');
    await auditHolds(voucher.id);
  });
});
