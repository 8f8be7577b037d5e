import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EVENT_TYPES, EVENTS, type EventType } from '../../src/claim/index.js';
import { HeldClaims } from '../../src/claim/holds/held-claims.js';
import { Database } from '../../src/database/database.js';
import { until, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { beforeSoon } from '../support/pass-time.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';
import { eventsIn } from '../support/event-file.js';
import { asking, changeClaim, claimRow } from '../harness/claim-rows.js';

let server: TestApp;
let receiver: WebhookReceiver;
let merchant: Session;

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  server = await startApp({
    RATE_LIMIT_CLAIM: 'off',
    RATE_LIMIT_WRITE: 'off',
    RATE_LIMIT_STATUS: 'off',
    WEBHOOK_PRIVATE_ADDRESSES: 'allowed',
    WEBHOOK_INTERVAL_MS: '50',
    OUTBOX_INTERVAL_MS: '50',
  });
  merchant = await server.api.registerMerchant();
  await server.api.expect(201, 'POST', '/v1/webhooks', {
    token: merchant.access_token,
    json: { url: receiver.url },
  });
});
afterAll(async () => {
  await server.stop();
  await receiver.stop();
});

const live = (terms: Readonly<Record<string, unknown>> = {}): Promise<Json> =>
  server.api.liveVoucher(merchant.access_token, terms);
const act = (path: string, json?: unknown): Promise<Json> =>
  server.api
    .call('POST', `/v1${path}`, {
      token: merchant.access_token,
      ...(json === undefined ? {} : { json }),
    })
    .then(({ status, text, body }) => {
      if (status >= 300) throw new Error(`${path}: ${status} ${text}`);
      return body;
    });
const database = (sql: string, values: readonly unknown[]): Promise<void> =>
  server.app.get(Database).write((tx) => tx.query(sql, [...values]));

async function holder(voucherId: string): Promise<{ readonly token: string; readonly claim: Json }> {
  const { access_token: token } = await server.api.register();
  const { status, body } = await server.api.claim(token, voucherId);
  expect(status).toBe(202);
  return { token, claim: await server.api.waitEnded(token, body.id) };
}

const published = (): Promise<Json[]> => eventsIn(server.dataDir);

/** Each resolves once the state is reached; events follow by themselves. */
const STORIES: Readonly<Record<string, () => Promise<unknown>>> = {
  'a voucher from its publication to its end': async () => {
    const { done } = await beforeSoon((opens_at) =>
      live({ opens_at, description: '"\u8336"\n'.repeat(900) }),
    );
    const { id } = done;
    await until(async () => {
      const { body } = await server.api.call('GET', `/v1/vouchers/${id}/availability`);
      return body.status === 'live' ? true : undefined;
    });
    await until(
      async () =>
        (await published()).some(({ type, data }) => type === 'voucher.opened' && data.id === id) ||
        undefined,
    );
    await act(`/vouchers/${id}/pause`);
    await act(`/vouchers/${id}/resume`);
    await act(`/vouchers/${id}/stock-adjustments`, { delta: 5, reason: 'more seats' });
    const { headers } = await server.api.call('GET', `/v1/vouchers/${id}`);
    await server.api.expect(200, 'PATCH', `/v1/vouchers/${id}`, {
      token: merchant.access_token,
      headers: { 'if-match': headers.get('etag') ?? '' },
      json: { title: 'Half price green tea' },
    });
    await act(`/vouchers/${id}/end`);
    await act(`/vouchers/${id}/archive`);
  },
  'a claim that is redeemed and rolled back': async () => {
    const { claim } = await holder((await live({ rollback_within_s: 60 })).id);
    const { id } = await act('/redemptions', { code: claim.code, location: 'Till 3' });
    await act(`/redemptions/${id}/rollback`, { reason: 'wrong order' });
  },
  'claims that are cancelled, one and many': async () => {
    const { id } = await live();
    const { claim } = await holder(id);
    await act(`/claims/${claim.id}/cancel`, { reason: 'ill' });
    const other = await holder(id);
    await act(`/vouchers/${id}/cancellations`, { reason: 'closed', claim_ids: [other.claim.id] });
  },
  'claims that are confirmed and not': async () => {
    const { id } = await live({ confirm_within_s: 3_600 });
    const { token, claim } = await holder(id);
    await server.api.expect(200, 'POST', `/v1/claims/${claim.id}/confirm`, { token });
    const late = await holder(id);
    await server.app
      .get(Database)
      .write((tx) => changeClaim(asking(tx), late.claim.id, { confirm_until: 1 }));
    await database('UPDATE claim_holds SET confirm_until = 1 WHERE claim_id = ?', [late.claim.id]);
    await server.app.get(HeldClaims).run();
  },
  'a claim that expires and counts again': async () => {
    const closes = Date.now() + 3_600_000;
    const { id } = await live({ redeem_until: new Date(closes + 3_600_000).toISOString() });
    const { claim } = await holder(id);
    const due = async (until: number): Promise<void> => {
      await database('UPDATE vouchers SET redeem_until = ? WHERE id = ?', [until, id]);
      await database(`UPDATE claim_expiry SET due_at = 1, position = '' WHERE voucher_id = ?`, [id]);
    };
    await due(Date.now() - 60_000);
    const stored = (status: string): Promise<true> =>
      until(async () => {
        const row = await claimRow(asking(server.app.get(Database).read), claim.id);
        return row.status === status ? (true as const) : undefined;
      });
    await stored('expired');
    await due(Date.now() + 7_200_000);
    await stored('issued');
  },
  'a place in a waiting list that is offered a unit': async () => {
    const { id } = await live({ total_stock: 1 });
    const { claim } = await holder(id);
    const { access_token: token } = await server.api.register();
    await server.api.expect(200, 'POST', `/v1/vouchers/${id}/waiting-list`, { token });
    await act(`/claims/${claim.id}/cancel`, { reason: 'ill' });
  },
  'a claim that the database has no unit for': async () => {
    const { id } = await live({ total_stock: 2 });
    await holder(id);
    await database('UPDATE voucher_stock SET total = 1 WHERE voucher_id = ?', [id]);
    expect((await holder(id)).claim.status).toBe('rejected');
  },
};

describe('events', () => {
  it.each(Object.entries(STORIES))('are written for %s', async (_name, story) => {
    await story();
  });

  it('are all sent, to the stream and to webhooks alike, each as its schema says', async () => {
    const isBulk = ({ body }: { readonly body: string }): boolean =>
      JSON.parse(body).data.cancellation !== undefined;
    const seen = await until(async () => {
      const bodies = receiver.received.map(({ body }) => body);
      const types = new Set(bodies.map((body) => JSON.parse(body).type));
      return types.size >= EVENT_TYPES.length && receiver.received.some(isBulk) ? bodies : undefined;
    }).catch(() => receiver.received.map(({ body }) => body));
    const types = new Set(seen.map((body) => JSON.parse(body).type));
    expect([...types].sort()).toEqual([...EVENT_TYPES].sort());
    const lines = new Map((await published()).map((event) => [event.id, event]));
    for (const body of seen) {
      const event = JSON.parse(body);
      expect(EVENTS[event.type as EventType].parse(event)).toEqual(event);
      expect(lines.get(event.id)).toEqual(event);
    }
    expect([...lines.values()].some(({ data }) => data.cancellation !== undefined)).toBe(true);
    for (const event of lines.values())
      expect(EVENTS[event.type as EventType].safeParse(event).error).toBeUndefined();
  });

  it('of a voucher come in the order of its changes, each with the voucher as it then was', async () => {
    const events = (await published()).filter(({ type }) => type.startsWith('voucher.'));
    const { id } = events.find(({ type }) => type === 'voucher.archived').data;
    const mine = events.filter(({ data }) => data.id === id);
    expect(mine.map(({ type, data }) => [type, data.status, data.version])).toEqual([
      ['voucher.published', 'scheduled', 2],
      ['voucher.opened', 'live', 3],
      ['voucher.paused', 'paused', 4],
      ['voucher.resumed', 'live', 5],
      ['voucher.stock_adjusted', 'live', 6],
      ['voucher.updated', 'live', 7],
      ['voucher.ended', 'ended', 8],
      ['voucher.archived', 'archived', 9],
    ]);
    expect(mine[4].data).toMatchObject({ total_stock: 15, adjustment: { delta: 5, reason: 'more seats' } });
    expect(mine[5].data.title).toBe('Half price green tea');
  });

  it('are none for a draft', async () => {
    const token = merchant.access_token;
    const { id } = await server.api.createVoucher(token);
    await server.api.expect(204, 'DELETE', `/v1/vouchers/${id}`, { token });
    expect((await published()).filter(({ data }) => data.id === id)).toEqual([]);
  });
});
