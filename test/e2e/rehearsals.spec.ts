import { afterAll, beforeAll, expect, it } from '@jest/globals';
import '../support/rehearsals-alone.js'; // before what it changes
import { ClaimIssuer } from '../../src/claim/issue/claim-issuer.js';
import { claimRecord, GateKeeper, StockGate } from '../../src/claim/index.js';
import { ClaimIds, newId } from '../../src/common/ids.js';
import { Database } from '../../src/database/database.js';
import { ShadowVouchers, VoucherGate } from '../../src/voucher/index.js';
import { until, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let owner: Session & { readonly merchantId: string };
let voucherId: string;

beforeAll(async () => {
  // A busy machine is slow, and that is no matter of this test.
  server = await startApp({
    REHEARSAL_P99_MS: '60000',
    REHEARSAL_LAG_MS: '60000',
    LIFECYCLE_INTERVAL_MS: '100',
  });
  owner = await server.api.registerMerchant();
  const terms = { total_stock: 30, protection: { claim_link: true, captcha: 'image' } };
  voucherId = (await server.api.createVoucher(owner.access_token, terms)).id;
});
afterAll(() => server.stop());

const path = (rest = ''): string => `/v1/vouchers/${voucherId}/rehearsals${rest}`;
const begin = (json: unknown, headers: Readonly<Record<string, string>> = {}) =>
  server.api.call('POST', path(), { token: owner.access_token, json, headers });
const find = (id: string): Promise<Json> =>
  server.api.expect(200, 'GET', path(`/${id}`), { token: owner.access_token });
const when = (id: string, isSo: (job: Json) => boolean): Promise<Json> =>
  until(async () => {
    const job = await find(id);
    return isSo(job) ? job : undefined;
  });
const over = (id: string): Promise<Json> =>
  when(id, ({ status }) => status === 'done' || status === 'stopped');

const query = <T extends object>(sql: string, values: readonly unknown[] = []): Promise<T[]> =>
  server.app.get(Database).read.query(sql, [...values]);
const shadowOf = async (id: string): Promise<string> =>
  (await query<{ shadow: string }>('SELECT shadow_id AS shadow FROM rehearsals WHERE id = ?', [id]))[0]
    ?.shadow ?? '';

/** Names of tables with a row that names the shadow, in whatever column; and whether the gate has it. */
async function tracesOf(shadowId: string): Promise<string[]> {
  const mark = `%${shadowId.slice('vch_'.length)}%`;
  const tables = await query<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
  const found: string[] = [];
  for (const { name } of tables) {
    const columns = await query<{ name: string }>(`SELECT name FROM pragma_table_info('${name}')`);
    const where = columns.map((column) => `CAST("${column.name}" AS TEXT) LIKE ?`).join(' OR ');
    const rows = await query(
      `SELECT 1 FROM "${name}" WHERE ${where} LIMIT 1`,
      columns.map(() => mark),
    );
    if (rows.length > 0) found.push(name);
  }
  const atGate = await server.app.get(StockGate).vouchers(server.app.get(GateKeeper).known);
  return atGate.includes(shadowId) ? [...found, 'the gate'] : found;
}

it('a crowd is let in at rising rates; what it met is told, and nothing of it is left', async () => {
  const began = await begin({ crowd: 40, arrive_within_s: 2, step_s: 1, people_per_address: 3 });
  expect([began.status, began.headers.get('location')]).toEqual([202, path(`/${began.body.id}`)]);
  expect(began.body).toMatchObject({ status: 'queued', progress: 0, result: null, finished_at: null });
  expectProblem(await begin({ crowd: 1 }), 'rehearsal_under_way');
  const shadowId = await shadowOf(began.body.id);
  const { result, ...job } = await over(began.body.id);
  expect(job).toMatchObject({ status: 'done', stopped_by: null, progress: 100 });
  // On a machine that stands still a claim may be refused, which ends the ramp there.
  const rates = [3, 5, 10, 20, 40].slice(0, result.steps.length);
  expect(result.steps.map((step: Json) => step.rate_per_s)).toEqual(rates);
  let issued = 0;
  for (const step of result.steps) {
    const refused = Object.values<number>(step.refused).reduce((sum, n) => sum + n, 0);
    expect(step.accepted + step.shed + refused).toBe(step.offered);
    expect(step.issued).toBeGreaterThanOrEqual(step.accepted);
    expect(step.held).toBe(step.exceeded === null);
    if (step.held) expect([step.offered, step.accepted]).toEqual([step.rate_per_s, step.rate_per_s]);
    issued += step.issued;
  }
  const held = result.steps.filter((step: Json) => step.held).map((step: Json) => step.rate_per_s);
  expect(held).toEqual(rates.slice(0, held.length));
  const safe: number | null = held.at(-1) ?? null;
  expect(result).toMatchObject({
    expected_rate_per_s: 20,
    safe_rate_per_s: safe,
    safe_rate_is_least: held.length === rates.length,
    units: 30,
    refused_sold_out: 10,
    at_safe_rate: { rate_per_s: safe, sold_out_after_s: safe && Math.round(300 / safe) / 10 },
    at_expected_rate: { rate_per_s: 20, sold_out_after_s: 1.5 },
    audit: { ok: true, voucher_id: shadowId },
  });
  expect(result.audit.equations).toContainEqual(
    expect.objectContaining({ name: 'issued = rows live', left: issued, right: issued }),
  );
  expect(result.limits.map(({ name }: Json) => name)).toEqual([
    'requests_at_once',
    'watchers',
    'pending_claims',
    'requests_per_address',
    'claim_rate',
  ]);
  expect(await tracesOf(shadowId)).toEqual(['rehearsals']);

  // The log may hand a claim of it out once more, or late.
  const { app } = server;
  const given = { ordinal: 1, sequence: 1, at: Date.now(), userId: newId('usr', Date.now(), 'test') };
  const keeper = app.get(GateKeeper);
  const record = claimRecord(app.get(ClaimIds), keeper.inLog(keeper.known), shadowId, given);
  const late = {
    id: shadowId,
    version: 2,
    state: 'open',
    opensAt: 0,
    closesAt: Date.now() + 60_000,
  } as const;
  await app.get(VoucherGate).configure({ ...late, total: 78, perUserLimit: 1 });
  await app.get(ClaimIssuer).handle({ claims: [{ record }], unreadable: [] });
  expect(await tracesOf(shadowId)).toEqual(['rehearsals']);
  expect(app.get(GateKeeper).isOpen).toBe(true);
});

it('is cancelled, and its audit still holds', async () => {
  const key = { 'idempotency-key': 'again' };
  const long = { crowd: 100, arrive_within_s: 10, step_s: 10 };
  const { body } = await begin(long, key);
  await when(body.id, ({ status }) => status === 'running');
  const shadowId = await shadowOf(body.id);
  await until(async () => ((await tracesOf(shadowId)).includes('claims') ? true : undefined));
  expect(await tracesOf(shadowId)).toEqual(expect.arrayContaining(['claims', 'vouchers', 'the gate']));
  const token = owner.access_token;
  const own = await server.api.expect(200, 'GET', '/v1/merchants/me/vouchers', { token });
  expect(own.data.map(({ id }: Json) => id)).toEqual([voucherId]);
  expectProblem(await server.api.call('GET', `/v1/vouchers/${shadowId}`, { token }), 'not_found');
  const again = await begin(long, key);
  expect([again.status, again.body.id]).toEqual([202, body.id]);
  await server.api.expect(200, 'POST', path(`/${body.id}/cancel`), { token: owner.access_token });
  const job = await over(body.id);
  expect(job).toMatchObject({ status: 'stopped', stopped_by: 'cancelled' });
  expect(await tracesOf(shadowId)).toEqual(['rehearsals']);
  expect(job.result).toMatchObject({ steps: [], safe_rate_per_s: null, audit: { ok: true } });
  const cancelled = await server.api.expect(200, 'POST', path(`/${body.id}/cancel`), {
    token: owner.access_token,
  });
  expect(cancelled).toEqual(job);
});

it('is cleaned up after, when its process died in the middle', async () => {
  const [id, shadowId] = [newId('rhs', Date.now()), newId('vch', Date.now(), 'test')];
  const { merchantId } = owner;
  await server.app.get(ShadowVouchers).open({
    of: { merchantId, voucherId },
    id: shadowId,
    merchantId: newId('mer', Date.now(), 'test'),
    units: 5,
  });
  const request = { crowd: 5, withinS: 1, stepS: 1, perAddress: null, units: 5 };
  await server.app.get(Database).write((tx) =>
    tx.query(
      `INSERT INTO rehearsals (id, voucher_id, merchant_id, by_user, request, state, slot, shadow_id, lease, beat_at, created_at)
       VALUES (?, ?, ?, 'usr', ?, 'running', 1, ?, 'of-the-dead', 1, 1)`,
      [id, voucherId, merchantId, JSON.stringify(request), shadowId],
    ),
  );
  expect(await over(id)).toMatchObject({ status: 'stopped', stopped_by: 'interrupted', result: null });
  expect(await tracesOf(shadowId)).toEqual(['rehearsals']);
});

it('is nobody else’s, and refuses what makes no sense', async () => {
  const stranger = await server.api.registerMerchant();
  const answer = await server.api.call('POST', path(), { token: stranger.access_token, json: { crowd: 1 } });
  expectProblem(answer, 'not_found');
  expectProblem(await begin({ crowd: 0, step_s: 11 }), 'validation_failed', ['/crowd', '/step_s']);
  expectProblem(await server.api.call('POST', path(), { json: { crowd: 1 } }), 'unauthenticated');
  const unknown = path(`/${newId('rhs', 1)}`);
  expectProblem(await server.api.call('GET', unknown, { token: owner.access_token }), 'not_found');
  const list = await server.api.expect(200, 'GET', path(), { token: owner.access_token });
  expect(list.data).toHaveLength(3);
});

it('gives way to a live drop, and is not begun while there is one', async () => {
  const { body } = await begin({ crowd: 100, arrive_within_s: 10, step_s: 10 });
  await when(body.id, ({ status }) => status === 'running');
  const live = await server.api.liveVoucher(owner.access_token, { total_stock: 3 });
  expect(await over(body.id)).toMatchObject({ status: 'stopped', stopped_by: 'live_drop' });
  expect(await tracesOf(await shadowOf(body.id))).toEqual(['rehearsals']);
  expectProblem(await begin({ crowd: 100 }), 'live_drop');
  expect(await server.api.audit(owner.access_token, live.id)).toMatchObject({ ok: true });
});

it('a merchant rehearses no more than 50 times a day, and where it is switched off nobody does', async () => {
  const now = Date.now();
  await server.app.get(Database).write(async (tx) => {
    for (let n = 0; n < 50; n++)
      await tx.query(
        `INSERT INTO rehearsals (id, voucher_id, merchant_id, by_user, request, state, shadow_id, created_at)
         VALUES (?, 'vch', ?, 'usr', '{}', 'stopped', 'vch', 1)`,
        [newId('rhs', now), owner.merchantId],
      );
    await tx.query("UPDATE vouchers SET closes_at = 1 WHERE status = 'live'");
  });
  expectProblem(await begin({ crowd: 1 }), 'rate_limited');
  const without = await startApp({ REHEARSAL_RATE_MAX: '0' });
  const stranger = await without.api.registerMerchant();
  const { id } = await without.api.createVoucher(stranger.access_token);
  const options = { token: stranger.access_token, json: { crowd: 1 } };
  expectProblem(await without.api.call('POST', `/v1/vouchers/${id}/rehearsals`, options), 'forbidden');
  await without.stop();
});
