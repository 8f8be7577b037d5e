import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { newId } from '../../src/common/ids.js';
import { until, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session;
beforeAll(async () => {
  server = await startApp({ WATCHERS_MAX: '3', MAX_IN_FLIGHT_REQUESTS: '3' });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

interface Watching {
  readonly headers: IncomingHttpHeaders;
  readonly events: { status: string; remaining: number; voucher_id: string }[];
  text(): string;
  close(): void;
}

/** On a connection of its own, which ends with it. */
async function watch(voucherId: string): Promise<Watching> {
  const asked = request(`${server.url}/v1/vouchers/${voucherId}/events`, { agent: false }).end();
  asked.on('error', () => undefined);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) {
    asked.destroy();
    throw new Error(`status ${response.statusCode}`);
  }
  const events: Watching['events'] = [];
  let text = '';
  response.on('error', () => undefined);
  response.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    const all = [...text.matchAll(/event: availability\ndata: (.*)\n\n/g)];
    events.splice(0, events.length, ...all.map((match) => JSON.parse(match[1] ?? '')));
  });
  return { headers: response.headers, events, text: () => text, close: () => void asked.destroy() };
}

const seen = (watching: Watching, status: string, remaining: number) =>
  until(async () => {
    const last = watching.events.at(-1);
    return last?.status === status && last.remaining === remaining ? last : undefined;
  });

describe('GET /v1/vouchers/:id/events', () => {
  it('says what is left at once, with each claim, with a restock, a pause and the end', async () => {
    const drop = await server.api.liveVoucher(merchant.access_token, { total_stock: 2 });
    const tab = await watch(drop.id);
    expect(tab.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(tab.headers['cache-control']).toBe('no-store, no-transform');
    expect(tab.headers['x-accel-buffering']).toBe('no');
    expect(await seen(tab, 'live', 2)).toMatchObject({ object: 'availability', voucher_id: drop.id });
    expect(tab.text()).toMatch(/^retry: \d+\nevent: availability\ndata: /);

    for (const left of [1, 0]) {
      const { access_token: token } = await server.api.register();
      expect((await server.api.claim(token, drop.id)).status).toBe(202);
      await seen(tab, 'live', left);
    }
    const token = merchant.access_token;
    await server.api.expect(200, 'POST', `/v1/vouchers/${drop.id}/stock-adjustments`, {
      token,
      json: { delta: 5, reason: 'more seats' },
    });
    await seen(tab, 'live', 5);
    await server.api.expect(200, 'POST', `/v1/vouchers/${drop.id}/pause`, { token });
    await seen(tab, 'paused', 5);
    await server.api.expect(200, 'POST', `/v1/vouchers/${drop.id}/end`, { token });
    await seen(tab, 'ended', 5);
    tab.close();
  });

  it('is not there for what nobody may see', async () => {
    const draft = await server.api.createVoucher(merchant.access_token);
    for (const id of [draft.id, newId('vch', Date.now()), 'x'])
      expectProblem(await server.api.call('GET', `/v1/vouchers/${id}/events`), 'not_found');
  });

  it('has room for so many; streams do not take the place of requests, and leave with their clients', async () => {
    const drop = await server.api.liveVoucher(merchant.access_token);
    const tabs = await Promise.all([watch(drop.id), watch(drop.id), watch(drop.id)]);
    expectProblem(await server.api.call('GET', `/v1/vouchers/${drop.id}/events`), 'overloaded');
    // As many streams are open as there may be requests at once.
    expect((await server.api.call('GET', '/v1/time')).status).toBe(200);
    tabs[0]?.close();
    const again = await until(() => watch(drop.id).catch(() => undefined));
    for (const tab of [...tabs, again]) tab.close();
  });

  it('answers HEAD without staying open', async () => {
    const drop = await server.api.liveVoucher(merchant.access_token);
    const answer = await server.api.call('HEAD', `/v1/vouchers/${drop.id}/events`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
  });
});
