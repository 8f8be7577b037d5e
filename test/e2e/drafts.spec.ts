import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { GateUnreachableError } from '../../src/claim/gate/gate-errors.js';
import { StockGate } from '../../src/claim/gate/stock-gate.js';
import { voucherTerms, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { beforeSoon } from '../support/pass-time.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session;
let other: Session;

beforeAll(async () => {
  server = await startApp({ RATE_LIMIT_STATUS: 'off' });
  [merchant, other] = [await server.api.registerMerchant(), await server.api.registerMerchant()];
});
afterAll(() => server.stop());
afterEach(() => {
  jest.restoreAllMocks();
});

const bulk = (vouchers: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  server.api.call('POST', '/v1/merchants/me/vouchers', {
    token: merchant.access_token,
    json: { vouchers },
    headers,
  });
const own = (path = ''): Promise<Json> =>
  server.api.expect(200, 'GET', `/v1/merchants/me/vouchers${path}`, { token: merchant.access_token });
const TOLD = 'rate=50r/s burst=100 connections=200 worker_connections=8192 workers=2';
/** As a gateway passes it on. */
const preflight = (id: string, query = '', session = merchant, limits = TOLD): Promise<Answer> =>
  server.api.call('GET', `/v1/vouchers/${id}/preflight${query}`, {
    token: session.access_token,
    headers: { 'x-gateway-limits': limits },
  });
/** Results that are not `passed`, by name. */
const found = ({ body }: Answer): Record<string, string> =>
  Object.fromEntries(
    body.checks
      .filter(({ result }: Json) => result !== 'passed')
      .map(({ name, result }: Json) => [name, result]),
  );

/** Tomorrow at noon in the zone of the merchants here, an hour long. */
const noon = (): Record<string, unknown> => {
  const opens = Math.ceil(Date.now() / 86_400_000) * 86_400_000 + 4 * 3_600_000;
  return voucherTerms({
    opens_at: new Date(opens).toISOString(),
    closes_at: new Date(opens + 3_600_000).toISOString(),
  });
};

describe('many drafts at once', () => {
  it('are created in their order, each with its terms', async () => {
    const vouchers = Array.from({ length: 100 }, (_, at) => ({
      ...noon(),
      title: `Day ${at}`,
      total_stock: at + 1,
    }));
    const answer = await bulk(vouchers);
    expect(answer.status).toBe(201);
    const { voucher_ids: ids } = answer.body;
    expect(new Set(ids).size).toBe(100);
    for (const at of [0, 57, 99])
      expect(await own(`/${ids[at]}`)).toMatchObject({
        title: `Day ${at}`,
        total_stock: at + 1,
        status: 'draft',
        time_zone: 'Asia/Shanghai',
        per_user_limit: 1,
        version: 1,
      });
    const { data } = await own('?limit=100');
    expect(data.map(({ id }: Json) => id)).toEqual([...ids].reverse());
    // Each is a draft like any other, with an entry of its own in the log.
    expect((await server.api.publish(merchant.access_token, ids[57])).status).toBe('scheduled');
    const log = await server.api.expect(200, 'GET', `/v1/audit-log?object=${ids[99]}`, {
      token: merchant.access_token,
    });
    expect(log.data).toMatchObject([{ action: 'voucher.created', details: { title: 'Day 99' } }]);
  });

  it('are refused as a whole, with the place of what is wrong', async () => {
    const before = await own('?limit=100');
    const past = { opens_at: '2020-01-01T00:00:00Z', closes_at: '2020-01-02T00:00:00Z' };
    const { title: _title, ...untitled } = noon();
    expectProblem(await bulk([noon(), { ...noon(), total_stock: 0 }, untitled]), 'validation_failed', [
      '/vouchers/1/total_stock',
      '/vouchers/2/title',
    ]);
    expectProblem(await bulk([noon(), { ...noon(), ...past }]), 'validation_failed', [
      '/vouchers/1/closes_at',
    ]);
    expectProblem(await bulk([{ ...noon(), closes_at: '2020-01-01T00:00:00Z' }]), 'validation_failed', [
      '/vouchers/0/opens_at',
    ]);
    expectProblem(await bulk([noon(), null]), 'validation_failed', ['/vouchers/1']);
    expectProblem(await bulk([]), 'validation_failed', ['/vouchers']);
    expectProblem(await bulk(Array(101).fill(noon())), 'validation_failed', ['/vouchers']);
    expectProblem(await bulk('all'), 'validation_failed', ['/vouchers']);
    expect(await own('?limit=100')).toEqual(before);
  });

  it('are created once for one Idempotency-Key', async () => {
    const vouchers = Array.from({ length: 100 }, () => noon());
    const first = await bulk(vouchers, { 'idempotency-key': 'week-1' });
    expect(first.status).toBe(201);
    const again = await bulk(vouchers, { 'idempotency-key': 'week-1' });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    expectProblem(await bulk([noon()], { 'idempotency-key': 'week-1' }), 'idempotency_key_reused');
  });

  it('are for merchants', async () => {
    const { access_token: token } = await server.api.register();
    const json = { vouchers: [noon()] };
    expectProblem(await server.api.call('POST', '/v1/merchants/me/vouchers', { token, json }), 'forbidden');
    expectProblem(await server.api.call('POST', '/v1/merchants/me/vouchers', { json }), 'unauthenticated');
  });
});

describe('a preflight', () => {
  it('finds nothing in a draft that is in order, and changes nothing', async () => {
    const draft = await server.api.createVoucher(merchant.access_token, noon());
    const answer = await preflight(draft.id, '?expected_crowd=100&people_per_address=2');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      object: 'preflight',
      voucher_id: draft.id,
      version: 1,
      publishable: true,
      becomes: 'scheduled',
    });
    expect(found(answer)).toEqual({});
    expect(answer.body.checks).toHaveLength(14);
    expect(await own(`/${draft.id}`)).toEqual(draft);
    expect((await server.api.publish(merchant.access_token, draft.id)).status).toBe(answer.body.becomes);
  });

  it('warns of what is most likely a slip, and of limits below the crowd', async () => {
    const night = new Date(Date.parse(String(noon()['opens_at'])) + 14 * 3_600_000); // two in the morning
    const draft = await server.api.createVoucher(merchant.access_token, {
      opens_at: night.toISOString(),
      closes_at: new Date(night.getTime() + 3_600_000).toISOString(),
      time_zone: 'Europe/Berlin',
      per_user_limit: 20,
      total_stock: 10,
    });
    const answer = await preflight(draft.id, '?expected_crowd=99999999&people_per_address=99999999');
    expect(answer.body.publishable).toBe(true);
    expect(found(answer)).toEqual({
      opening_hour: 'warning',
      time_zone: 'warning',
      limit_per_user: 'warning',
      requests_at_once: 'warning',
      watchers: 'warning',
      requests_per_address: 'warning',
      gateway_connections: 'warning',
      gateway_per_address: 'warning',
    });
    const pointers = answer.body.checks.map(({ pointer }: Json) => pointer);
    expect(pointers).toEqual(expect.arrayContaining(['/opens_at', '/time_zone', '/per_user_limit', null]));
  });

  it('believes the limits of a trusted gateway alone, and says where they are not told', async () => {
    const draft = await server.api.createVoucher(merchant.access_token, noon());
    const crowd = '?expected_crowd=100&people_per_address=2';
    for (const told of ['', 'unlimited'])
      expect(found(await preflight(draft.id, crowd, merchant, told))).toEqual({
        gateway_connections: 'unknown',
        gateway_per_address: 'unknown',
      });
    const small = TOLD.replace('8192', '99').replace('burst=100', 'burst=0').replace('50r/s', '3r/s');
    expect(found(await preflight(draft.id, crowd, merchant, small))).toEqual({
      gateway_connections: 'warning',
      gateway_per_address: 'warning',
    });
  });

  it.each([
    [
      'not told by a stranger',
      '192.0.2.1',
      { gateway_connections: 'unknown', gateway_per_address: 'unknown' },
    ],
    ['no gateway’s where none is trusted', '', {}],
  ])('the limits are %s', async (_what, proxies, results) => {
    const alone = await startApp({ TRUSTED_PROXIES: proxies, RATE_LIMIT_STATUS: 'off' });
    try {
      const { access_token: token } = await alone.api.registerMerchant();
      const { id } = await alone.api.createVoucher(token, noon());
      const answer = await alone.api.call(
        'GET',
        `/v1/vouchers/${id}/preflight?expected_crowd=100&people_per_address=2`,
        {
          token,
          headers: { 'x-gateway-limits': TOLD.replace('burst=100', 'burst=0').replace('50r/s', '3r/s') },
        },
      );
      expect(found(answer)).toEqual(results);
    } finally {
      await alone.stop();
    }
  });

  it('says beforehand what publishing refuses', async () => {
    const { done: over } = await beforeSoon((closes_at) =>
      server.api.createVoucher(merchant.access_token, { closes_at }),
    );
    const live = await server.api.liveVoucher(merchant.access_token);
    for (const [{ id }, check] of [
      [over, 'closing_time'],
      [live, 'status'],
    ] as const) {
      const answer = await preflight(id);
      expect(answer.body).toMatchObject({ publishable: false, becomes: null });
      expect(found(answer)).toMatchObject({ [check]: 'failed' });
      const published = await server.api.call('POST', `/v1/vouchers/${id}/publish`, {
        token: merchant.access_token,
      });
      expectProblem(published, 'invalid_transition');
    }
  });

  it('says that the gate is away', async () => {
    const draft = await server.api.createVoucher(merchant.access_token, noon());
    jest.spyOn(server.app.get(StockGate), 'now').mockRejectedValue(new GateUnreachableError(false, 'away'));
    const answer = await preflight(draft.id);
    expect(answer.body).toMatchObject({ publishable: false, becomes: 'scheduled' });
    expect(found(answer)).toEqual({ gate: 'failed' });
  });

  it('is for the merchant whose voucher it is, and for numbers that can be', async () => {
    const draft = await server.api.createVoucher(merchant.access_token, noon());
    expectProblem(await preflight(draft.id, '', other), 'not_found');
    expectProblem(await preflight('vch_none'), 'not_found');
    expectProblem(await preflight(draft.id, '', await server.api.register()), 'forbidden');
    expectProblem(await preflight(draft.id, '?expected_crowd=0'), 'validation_failed');
    expectProblem(await preflight(draft.id, '?people_per_address=1.5'), 'validation_failed');
    expectProblem(await preflight(draft.id, '?crowd=5'), 'validation_failed');
  });
});
