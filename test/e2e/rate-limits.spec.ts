import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { newAddress, newEmail, PASSWORD, type Answer } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { tokenFor, users } from '../support/crowd.js';
import { expectProblem } from '../support/problem.js';

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
const count = (answers: readonly Answer[], status: number): number =>
  answers.filter((answer) => answer.status === status).length;

/** fetch would tidy the path up. */
const raw = (app: TestApp, method: string, path: string, address: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const options = { method, path, headers: { 'x-forwarded-for': address }, agent: false };
    const sent = request(app.url, options, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end();
  });

const metric = async (app: TestApp, name: string, labels: string): Promise<number> => {
  const { Metrics } = await import('../../src/observability/metrics.js');
  const text = await app.app.get(Metrics).registry.metrics();
  const line = text.split('\n').find((each) => each.startsWith(`voucherconnect_${name}{${labels}}`));
  return Number(line?.split(' ').at(-1) ?? 0);
};

describe('limits behind a trusted proxy', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({
      RATE_LIMIT_GLOBAL: '40/24h local',
      RATE_LIMIT_LOGIN: '3/1h sliding-window',
      RATE_LIMIT_STATUS: '6/24h local',
      RATE_LIMIT_READ: '10/24h local',
    });
  });
  afterAll(() => app.stop());

  const login = (address: string, headers: Record<string, string> = {}): Promise<Answer> =>
    app.api.call('POST', '/v1/auth/login', {
      json: { email: newEmail(), password: PASSWORD },
      headers: { 'x-forwarded-for': address, ...headers },
    });

  it('tells what is allowed and what is left of it', async () => {
    const answer = await app.api.call('GET', '/v1/time', from(newAddress()));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('ratelimit-policy')).toBe('"read";q=10;w=86400');
    expect(answer.headers.get('ratelimit')).toMatch(/^"read";r=9;t=\d+$/);
    expect(Number(/t=(\d+)$/.exec(answer.headers.get('ratelimit') ?? '')?.[1])).toBeLessThanOrEqual(86_400);
    expect(answer.headers.get('ratelimit-limit')).toBe('10');
    expect(answer.headers.get('ratelimit-remaining')).toBe('9');
    expect(Number(answer.headers.get('ratelimit-reset'))).toBeLessThanOrEqual(86_400);
    expect(answer.headers.has('retry-after')).toBe(false);
  });

  it('refuses what is above the limit of the route, and says how long to wait', async () => {
    const address = newAddress();
    const answers = [];
    for (let n = 0; n < 4; n++) answers.push(await login(address));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 429]);
    const refused = answers[3] as Answer;
    expectProblem(refused, 'rate_limited');
    expect(refused.headers.get('ratelimit-policy')).toBe('"login";q=3;w=3600');
    expect(refused.headers.get('ratelimit')).toMatch(/^"login";r=0;t=\d+$/);
    expect(refused.headers.get('ratelimit-remaining')).toBe('0');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_000);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(3_960);
    expect((await login(newAddress())).status).toBe(401);
  });

  it('takes a /64 for one client, however its addresses are written', async () => {
    const written = ['2001:db8:7::1', '2001:0DB8:7:0:ffff::2', '2001:db8:7::', '2001:db8:7:0:1:2:3:4'];
    const statuses = [];
    for (const address of written) statuses.push((await login(address)).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
    expect((await login('2001:db8:7:1::1')).status).toBe(401);
  });

  it('believes the last hop before the proxy alone: a thousand forged ones before it are one client', async () => {
    const address = newAddress();
    const answers = [];
    for (let n = 0; n < 10; n++)
      answers.push(await login(address, { 'x-forwarded-for': `${newAddress()}, ${address}` }));
    expect(count(answers, 429)).toBe(7);
  });

  it('counts a user wherever the requests come from', async () => {
    const [one, other] = users(2);
    const ask = (token: string): Promise<Answer> =>
      app.api.call('GET', '/v1/me/claims', { token, ...from(newAddress()) });
    const answers = [];
    for (let n = 0; n < 8; n++) answers.push(await ask(one?.token ?? ''));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
    expect((await ask(other?.token ?? '')).status).toBe(200);
  });

  it('sees one route in all of its spellings, and HEAD as GET', async () => {
    const address = newAddress();
    const statuses = [];
    for (const path of ['/v1/time', '/v1/%74ime', '/%761/time?x=1', '/v1/time?', '/v1/tim%65?a=b']) {
      for (const method of ['GET', 'HEAD']) statuses.push(await raw(app, method, path, address));
    }
    expect(statuses).toEqual(Array(10).fill(200));
    expect(await raw(app, 'GET', '/v1/time', address)).toBe(429);
    // Another route of the same policy is counted apart.
    expect(await raw(app, 'GET', '/v1/vouchers', address)).toBe(200);
  });

  it('counts every URL of a client in one bucket: unknown, in capitals, with slashes, the documents', async () => {
    const address = newAddress();
    const paths = [
      '/',
      '/V1/TIME',
      '/v1/time/',
      '//v1//time',
      '/v1/nothing',
      '/docs',
      '/openapi.json',
      '/x?y',
    ];
    for (let n = 0; n < 5; n++) {
      for (const path of paths) expect(await raw(app, 'GET', path, address)).not.toBe(429);
    }
    for (const path of paths) expect(await raw(app, 'GET', path, address)).toBe(429);
    const refused = await app.api.call('GET', '/v1/nothing', from(address));
    expectProblem(refused, 'rate_limited');
    expect(refused.headers.get('ratelimit-policy')).toBe('"global";q=40;w=86400');
    expect(await raw(app, 'GET', '/healthz', address)).toBe(200);
    expect(await raw(app, 'GET', '/readyz', address)).toBe(200);
  });

  it('counts what each layer passed and refused, and why', async () => {
    const passed = 'layer="address",outcome="passed",reason=""';
    const refusals = [
      'layer="address",outcome="refused",reason="global"',
      'layer="address",outcome="refused",reason="login"',
      'layer="user",outcome="refused",reason="status"',
      'layer="user",outcome="passed",reason=""',
    ];
    const before = await metric(app, 'funnel_total', passed);
    await app.api.call('GET', '/v1/time', from(newAddress()));
    expect(await metric(app, 'funnel_total', passed)).toBe(before + 1);
    for (const labels of refusals)
      expect({ labels, seen: (await metric(app, 'funnel_total', labels)) > 0 }).toEqual({
        labels,
        seen: true,
      });
  });
});

describe('limits without a trusted proxy', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ TRUSTED_PROXIES: '', RATE_LIMIT_READ: '100/24h local', RATE_LIMIT_STATUS: 'off' });
  });
  afterAll(() => app.stop());

  it('puts a thousand random X-Forwarded-For of one client into one bucket', async () => {
    const answers = [];
    for (let n = 0; n < 1_000; n++) answers.push(await app.api.call('GET', '/v1/time', from(newAddress())));
    expect(count(answers, 200)).toBe(100);
    expect(count(answers, 429)).toBe(900);
  });

  it('says nothing of a limit that is switched off', async () => {
    const answer = await app.api.call('GET', '/v1/me/claims', { token: tokenFor('usr_0000000000000000') });
    expect(answer.status).toBe(200);
    expect(answer.headers.has('ratelimit')).toBe(false);
  });
});
