import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { until, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

let server: TestApp;
let receiver: WebhookReceiver;
let merchant: Session;
let shopper: Session;

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  server = await startApp({
    RATE_LIMIT_CLAIM: 'off',
    RATE_LIMIT_WRITE: 'off',
    WEBHOOK_PRIVATE_ADDRESSES: 'allowed',
    WEBHOOK_INTERVAL_MS: '50',
    OUTBOX_INTERVAL_MS: '50',
  });
  [merchant, shopper] = [await server.api.registerMerchant(), await server.api.register()];
});
afterAll(async () => {
  await server.stop();
  await receiver.stop();
});

const call = (method: string, path: string, json?: unknown, token = merchant.access_token) =>
  server.api.call(method, `/v1/webhooks${path}`, { token, ...(json === undefined ? {} : { json }) });
const create = async (path: string, json: Json = {}): Promise<Json> => {
  const answer = await call('POST', '', { url: receiver.url + path, ...json });
  expect(answer.status).toBe(201);
  return answer.body;
};

describe('a webhook', () => {
  it('hears of a claim that is issued, redeemed and rolled back, and keeps a log that can be replayed', async () => {
    const events = ['claim.issued', 'claim.redeemed', 'claim.redemption_rolled_back'];
    const hook = await create('/life', { description: 'Till', events });
    const voucher = await server.api.liveVoucher(merchant.access_token, { rollback_within_s: 60 });
    const { body: taken } = await server.api.claim(shopper.access_token, voucher.id);
    const claim = await server.api.waitIssued(shopper.access_token, taken.id);
    const redeemed = await server.api.expect(201, 'POST', '/v1/redemptions', {
      token: merchant.access_token,
      json: { code: claim.code },
    });
    await server.api.expect(200, 'POST', `/v1/redemptions/${redeemed.id}/rollback`, {
      token: merchant.access_token,
      json: { reason: 'wrong order' },
    });
    const messages = await until(async () =>
      receiver.at('/life').length >= 3 ? receiver.at('/life') : undefined,
    );
    const sent = messages.map(({ body, headers }) =>
      new Webhook(hook.secret).verify(body, headers as Record<string, string>),
    ) as Json[];
    expect(sent.map(({ type }) => type)).toEqual(events);
    expect(sent[0]).toMatchObject({
      id: messages[0]?.headers['webhook-id'],
      data: { object: 'claim', id: claim.id, voucher_id: voucher.id, status: 'issued' },
    });
    expect(JSON.stringify(messages)).not.toContain(claim.code);

    const list = await until(async () => {
      const { body } = await call('GET', `/${hook.id}/deliveries?status=delivered`);
      return body.data.length === 3 ? body : undefined;
    });
    expect(list.data.map((one: Json) => one.event_type)).toEqual([...events].reverse());
    const [{ id }] = list.data;
    const detail = await call('GET', `/${hook.id}/deliveries/${id}`);
    expect(detail.body).toMatchObject({
      request_body: messages[2]?.body,
      log: [{ number: 1, response_status: 204, error: null }],
    });
    expect((await call('POST', `/${hook.id}/deliveries/${id}/replay`)).status).toBe(202);
    await until(async () => (receiver.at('/life').length === 4 ? true : undefined));
    expect(receiver.at('/life')[3]?.headers['webhook-id']).toBe(messages[2]?.headers['webhook-id']);
    const since = new Date(Date.parse(claim.created_at) - 1_000).toISOString();
    const replay = await until(async () => {
      const { body } = await call('POST', `/${hook.id}/replay`, { since });
      return body.deliveries === 3 ? body : undefined;
    });
    expect(replay.object).toBe('webhook_replay');
    await until(async () => (receiver.at('/life').length >= 7 ? true : undefined));
  });

  it('is read without its secret, changed, rotated, disabled and deleted', async () => {
    const hook = await create('/crud');
    expect(hook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(hook.events).toEqual(['*']);
    const read = await call('GET', `/${hook.id}`);
    expect(read.text).not.toContain('secret"');
    const changed = await call('PATCH', `/${hook.id}`, { events: ['claim.issued'], status: 'disabled' });
    expect(changed.body).toMatchObject({
      events: ['claim.issued'],
      status: 'disabled',
      disabled_reason: 'by_merchant',
      url: hook.url,
    });
    const rotated = await call('POST', `/${hook.id}/rotate`);
    expect(rotated.body.secret).not.toBe(hook.secret);
    expect(rotated.body.previous_secret_until).not.toBeNull();
    expect((await call('GET', '?limit=1')).body.data[0].id).toBe(hook.id);
    expect((await call('DELETE', `/${hook.id}`)).status).toBe(204);
    expectProblem(await call('GET', `/${hook.id}`), 'not_found');
  });

  it('may ask for batches, which the delivery log tells of', async () => {
    const hook = await create('/batch', { events: ['claim.issued'], batch_size: 50 });
    expect(hook.batch_size).toBe(50);
    const voucher = await server.api.liveVoucher(merchant.access_token);
    const { body: taken } = await server.api.claim(shopper.access_token, voucher.id);
    await server.api.waitIssued(shopper.access_token, taken.id);
    const [message] = await until(async () =>
      receiver.at('/batch').length > 0 ? receiver.at('/batch') : undefined,
    );
    const batch = new Webhook(hook.secret).verify(
      message?.body ?? '',
      message?.headers as Record<string, string>,
    ) as Json;
    expect(batch).toMatchObject({ type: 'batch', version: 1, id: message?.headers['webhook-id'] });
    expect(batch.data.events.map(({ data }: Json) => data.id)).toEqual([taken.id]);
    const delivery = await until(async () => {
      const { body } = await call('GET', `/${hook.id}/deliveries?status=delivered`);
      return body.data[0];
    });
    expect([delivery.batch_id, delivery.event_id]).toEqual([batch.id, batch.data.events[0].id]);
    const { body: detail } = await call('GET', `/${hook.id}/deliveries/${delivery.id}`);
    expect(JSON.parse(detail.request_body)).toEqual(batch.data.events[0]);
    expect((await call('PATCH', `/${hook.id}`, { batch_size: 1 })).body.batch_size).toBe(1);
  });

  it('is managed by an API key with its scope, and by no other merchant', async () => {
    const hook = await create('/tenancy');
    const other = await server.api.registerMerchant();
    for (const [method, path, json] of [
      ['GET', `/${hook.id}`],
      ['PATCH', `/${hook.id}`, { status: 'disabled' }],
      ['DELETE', `/${hook.id}`],
      ['POST', `/${hook.id}/rotate`],
      ['GET', `/${hook.id}/deliveries`],
      ['POST', `/${hook.id}/replay`, { since: '2020-01-01T00:00:00Z' }],
    ] as const)
      expectProblem(await call(method, path, json, other.access_token), 'not_found');
    expectProblem(await call('GET', '', undefined, shopper.access_token), 'forbidden');
    const { secret } = await server.api.expect(201, 'POST', '/v1/api-keys', {
      token: merchant.access_token,
      json: { name: 'Shop', scopes: ['webhooks:read'] },
    });
    expect((await call('GET', `/${hook.id}`, undefined, secret)).status).toBe(200);
    expectProblem(await call('DELETE', `/${hook.id}`, undefined, secret), 'insufficient_scope');
  });

  it('is not made of bad input', async () => {
    for (const [json, pointer] of [
      [{}, '/url'],
      [{ url: 'not a url' }, '/url'],
      [{ url: 'ftp://example.com/' }, '/url'],
      [{ url: 'https://user:pass@example.com/' }, '/url'],
      [{ url: 'https://example.com/', events: [] }, '/events'],
      [{ url: 'https://example.com/', events: ['claim.eaten'] }, '/events/0'],
      [{ url: 'https://example.com/', batch_size: 0 }, '/batch_size'],
      [{ url: 'https://example.com/', batch_size: 251 }, '/batch_size'],
      [{ url: 'https://example.com/', batch_size: 2.5 }, '/batch_size'],
      [{ url: 'https://example.com/', secret: 'whsec_mine' }, '/secret'],
    ] as const)
      expectProblem(await call('POST', '', json), 'validation_failed', [pointer]);
    const hook = await create('/bad');
    expectProblem(await call('PATCH', `/${hook.id}`, {}), 'validation_failed');
    expectProblem(await call('GET', `/${hook.id}/deliveries?starting_after=x`), 'validation_failed');
    expectProblem(await call('POST', `/${hook.id}/deliveries/dlv_x/replay`), 'not_found');
  });

  it('of a merchant are ten at most', async () => {
    const { access_token: token } = await server.api.registerMerchant();
    for (let n = 0; n < 10; n++)
      expect((await call('POST', '', { url: 'https://example.com/' }, token)).status).toBe(201);
    expectProblem(await call('POST', '', { url: 'https://example.com/' }, token), 'too_many_webhooks');
  });
});

describe('by default', () => {
  it('a webhook to an internal address, or by plain http, is refused', async () => {
    const strict = await startApp();
    try {
      const { access_token: token } = await strict.api.registerMerchant();
      for (const url of [
        'https://127.0.0.1/',
        'https://[::ffff:10.0.0.1]/',
        'https://0x7f000001/',
        'http://example.com/',
      ])
        expectProblem(
          await strict.api.call('POST', '/v1/webhooks', { token, json: { url } }),
          'validation_failed',
          ['/url'],
        );
    } finally {
      await strict.stop();
    }
  });
});
