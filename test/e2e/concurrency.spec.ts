import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { inParallel, until, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { eventsIn } from '../support/event-file.js';
import { asking, claimRows, type StoredClaim } from '../harness/claim-rows.js';

let server: TestApp;
let merchant: Session;

beforeAll(async () => {
  // A window that no machine is too slow for: all attempts of a test fall into it.
  server = await startApp({ RATE_LIMIT_CLAIM: '5/10m' });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

const rows = async (voucherId: string): Promise<StoredClaim[]> => {
  const all = await claimRows(asking(server.app.get(Database).read), { voucherId });
  return all.filter(({ status }) => status === 'issued');
};

const eventsOf = async (voucherId: string): Promise<string[]> => {
  const events = await eventsIn(server.dataDir);
  return events.filter((event) => event.data.voucher_id === voucherId).map((event) => event.id as string);
};

const times = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('claims at the same time', () => {
  it('of one user with limit 1: one of 200 is accepted', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token, { total_stock: 1_000 });
    const { access_token: token } = await api.register();
    const answers = await Promise.all(times(200).map(() => api.claim(token, voucher.id)));
    const accepted = answers.filter(({ status }) => status === 202);
    expect(accepted).toHaveLength(1);
    // Five attempts in the window: four more were judged.
    const judged = answers.filter(({ status }) => status === 409).map(({ body }) => body);
    expect(judged).toHaveLength(4);
    for (const body of judged)
      expect(body).toMatchObject({ code: 'claim_limit_reached', claim: { id: accepted[0]?.body.id } });
    const limited = answers.filter(({ body }) => body.code === 'rate_limited');
    expect(limited).toHaveLength(195);
    for (const { status, headers } of limited) {
      expect(status).toBe(429);
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(2 * 600); // gone from this window and the next
    }
    await api.waitIssued(token, accepted[0]?.body.id as string);
    expect(await rows(voucher.id)).toHaveLength(1);
    expect((await api.waitSettled(merchant.access_token, voucher.id)).remaining).toBe(999);
  });

  it('of one user with limit 3: three of 60 are accepted, with three ids', async () => {
    const { api } = server;
    const voucher = await api.liveVoucher(merchant.access_token, { total_stock: 1_000, per_user_limit: 3 });
    const { access_token: token } = await api.register();
    const answers = await Promise.all(times(60).map(() => api.claim(token, voucher.id)));
    const accepted = answers.filter(({ status }) => status === 202).map(({ body }) => body);
    expect(accepted.map((claim) => claim.ordinal).sort()).toEqual([1, 2, 3]);
    expect(new Set(accepted.map((claim) => claim.id)).size).toBe(3);
    const codes = await Promise.all(
      accepted.map(async (claim) => (await api.waitIssued(token, claim.id)).code),
    );
    expect(new Set(codes).size).toBe(3);
    expect(await rows(voucher.id)).toHaveLength(3);
  });

  it('of 500 users for 50 units: 50 in the answers, the database, the gate and the events', async () => {
    const { api } = server;
    const users = await inParallel(times(500), 32, () => api.register());
    const voucher = await api.liveVoucher(merchant.access_token, { total_stock: 50 });
    const answers = await Promise.all(users.map(({ access_token: token }) => api.claim(token, voucher.id)));
    const accepted = answers.filter(({ status }) => status === 202);
    expect(accepted).toHaveLength(50);
    for (const { status, body } of answers) if (status !== 202) expect(body.code).toBe('sold_out');

    const summary = await api.waitSettled(merchant.access_token, voucher.id);
    expect(summary).toMatchObject({ issued: 50, remaining: 0, rejected: 0, users: 50, pending: 0 });
    const issued = await rows(voucher.id);
    expect(new Set(issued.map((row) => row.user_id)).size).toBe(50);
    expect(issued.map((row) => Number(row.sequence)).sort((a, b) => a - b)).toEqual(
      times(50).map((n) => n + 1),
    );
    const audit = await api.audit(merchant.access_token, voucher.id);
    expect(audit).toMatchObject({ ok: true });
    const events = await until(async () => {
      const found = await eventsOf(voucher.id);
      return found.length >= 50 ? found : undefined;
    });
    expect(events).toHaveLength(50);
    expect(new Set(events).size).toBe(50);
  });
});
