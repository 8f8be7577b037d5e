import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { localServers, type GatewayServer } from '../harness/gateway.js';
import { audit, call, claim, claimUntilClear, eventually, openDrop, users } from '../support/crowd.js';
import {
  expectProblem,
  Gateways,
  GENEROUS,
  many,
  openStream,
  send,
  sendRaw,
  statuses,
  type OpenStream,
  type Reply,
} from '../support/gateway.js';
import { Instance } from '../support/instance.js';
import { asksIn, freshSystem } from '../support/stack-env.js';
import { claimRows } from '../harness/claim-rows.js';

describe('the gateway before two instances', () => {
  const gateways = new Gateways();
  let env: Record<string, string>;
  let one: Instance;
  let two: Instance;
  let gateway: GatewayServer;

  beforeAll(async () => {
    env = { ...(await freshSystem('gateway', 8)), TRUSTED_PROXIES: '127.0.0.1' };
    one = await Instance.start(env);
    two = await Instance.start(env);
    const ports = [one, two].map(({ url }) => Number(new URL(url).port));
    gateway = await gateways.start('real', { ...GENEROUS, GATEWAY_SERVERS: localServers(ports) });
  });

  afterAll(async () => {
    await gateways.end();
    await Promise.all([one.kill('SIGTERM'), two.kill('SIGTERM')]);
  });

  const answered = (instance: Instance, route: string): Promise<number> =>
    instance.metric('http_request_duration_seconds_count', `route="${route}"`);
  const both = async (route: string): Promise<number> =>
    (await answered(one, route)) + (await answered(two, route));

  it('balances over both', async () => {
    const before = [await answered(one, '/v1/time'), await answered(two, '/v1/time')];
    const replies = await many(100, () => send(`${gateway.url}/v1/time`));
    expect(statuses(replies, 200)).toHaveLength(100);
    const [first = 0, second = 0] = [
      (await answered(one, '/v1/time')) - (before[0] ?? 0),
      (await answered(two, '/v1/time')) - (before[1] ?? 0),
    ];
    expect(first + second).toBe(100);
    expect(Math.min(first, second)).toBeGreaterThan(20);
  });

  it('passes the API document and its pages on, compressed for those who can read that', async () => {
    const headers = { 'accept-encoding': 'gzip' };
    const short = await send(`${gateway.url}/openapi.json`, { headers });
    expect(short.headers.get('content-encoding')).toBe('gzip');
    const plain = await send(`${gateway.url}/openapi.json`);
    expect(plain.body.openapi).toMatch(/^3\.0\./);
    const newer = await send(`${gateway.url}/openapi-3.1.json`);
    expect(newer.body.openapi).toMatch(/^3\.1\./);
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect((await send(`${gateway.url}/docs`)).status).toBeLessThan(400);
    expect((await send(`${gateway.url}/healthz`)).status).toBe(200);
    // Simple health checks speak HTTP/1.0, without a Host.
    expect(await sendRaw(gateway.url, 'GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('answers a crowd that reloads one page from its micro-cache, and shows a change soon', async () => {
    const drop = await openDrop(gateway.url, 5);
    const page = `${gateway.url}/v1/vouchers/${drop.id}`;
    for (const [path, route] of [
      ['', '/v1/vouchers/:id'],
      ['/availability', '/v1/vouchers/:id/availability'],
      [`?x=${drop.id}`, '/v1/vouchers/:id'],
    ] as const) {
      const before = await both(route);
      const replies = await many(200, () => send(page + path));
      expect(statuses(replies, 200)).toHaveLength(200);
      const asked = (await both(route)) - before;
      expect(asked).toBeLessThan(20);
      // A query means nothing here: that page may be there already.
      if (!path.startsWith('?')) expect(asked).toBeGreaterThan(0);
      // Each has an id of its own, although the answer was somebody else's.
      expect(new Set(replies.map(({ headers }) => headers.get('x-request-id'))).size).toBe(200);
      expect(replies[0]?.headers.get('cache-control')).toBe('public, max-age=1');
    }

    const etag = (await send(page)).headers.get('etag') ?? '';
    const same = await send(page, { headers: { 'if-none-match': etag } });
    expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', etag]);

    expect((await send(page)).body.status).toBe('live');
    await call(gateway.url, 'POST', `/v1/vouchers/${drop.id}/pause`, { token: drop.merchantToken });
    const changed = performance.now();
    await eventually('the pause is seen', async () => (await send(page)).body.status === 'paused');
    expect(performance.now() - changed).toBeLessThan(10_000);
  });

  it('asks an instance for every read with a token, and always for the time', async () => {
    const drop = await openDrop(gateway.url, 5);
    const [user] = users(1);
    const headers = { authorization: `Bearer ${user?.token ?? ''}` };
    for (const [path, route] of [
      [`/v1/vouchers/${drop.id}`, '/v1/vouchers/:id'],
      ['/v1/time', '/v1/time'],
    ] as const) {
      const before = await both(route);
      await many(20, () => send(gateway.url + path, route === '/v1/time' ? {} : { headers }));
      expect((await both(route)) - before).toBe(20);
    }
  });

  it('carries a claim, its stream and its request id to the end', async () => {
    const drop = await openDrop(gateway.url, 5);
    const [user] = users(1);
    const token = user?.token ?? '';
    const taken = await claim(gateway.url, drop.id, token, { 'x-request-id': 'from-the-client' });
    expect(taken.status).toBe(202);
    expect(taken.headers['x-request-id']).toBe('from-the-client');
    const headers = { authorization: `Bearer ${token}` };
    const { text } = await send(`${gateway.url}/v1/claims/${taken.body.id}/events`, { headers });
    expect(text).toContain('"status":"issued"');
    const refused = await send(`${gateway.url}/v1/vouchers/vch_none/claims`, { method: 'POST' });
    expectProblem(refused, 401, 'unauthenticated'); // the application's own, with the gateway's id
  });

  it('lets a claim to the gate while 200 streams of its address are open, with the limits that it has by default', async () => {
    const ports = [one, two].map(({ url }) => Number(new URL(url).port));
    const byDefault = await gateways.start('defaults', { GATEWAY_SERVERS: localServers(ports) });
    const drop = await openDrop(gateway.url, 1);
    const open: OpenStream[] = [];
    try {
      await eventually(
        '200 streams are open',
        async () => {
          while (open.length < 200) {
            const stream = await openStream(`${byDefault.url}/v1/vouchers/${drop.id}/events`, '127.0.0.1');
            open.push(stream);
            if (stream.status === 200) continue;
            open.pop()?.close();
            return false; // above the rate: in a moment once more
          }
          return true;
        },
        240_000,
      );
      const [holder, late] = users(2);
      const taken = await claimUntilClear(byDefault.url, drop.id, holder?.token ?? '');
      const again = await claimUntilClear(byDefault.url, drop.id, holder?.token ?? '');
      const refused = await claimUntilClear(byDefault.url, drop.id, late?.token ?? '');
      expect([taken, again, refused].map(({ status, body }) => [status, body.code])).toEqual([
        [202, null],
        [409, 'claim_limit_reached'],
        [409, 'sold_out'],
      ]);
      expect(open.filter((stream) => !stream.isOpen())).toEqual([]);
    } finally {
      for (const stream of open) stream.close();
    }
  });

  it('goes on when an instance is killed: reads are answered, no claim is taken twice', async () => {
    const drop = await openDrop(gateway.url, 2_000, { per_user_limit: 2 });
    const crowd = users(600);
    const reads: Promise<Reply>[] = [];
    const claims = crowd.map(async ({ id, token }, index) => {
      await new Promise((resolve) => setTimeout(resolve, index * 3));
      if (index === 200) void one.kill('SIGKILL');
      reads.push(send(`${gateway.url}/v1/time`));
      const answer = await claim(gateway.url, drop.id, token);
      return { id, answer };
    });
    const answers = await Promise.all(claims);
    expect(new Set((await Promise.all(reads)).map(({ status }) => status))).toEqual(new Set([200]));
    for (const { answer } of answers) {
      expect([202, 503]).toContain(answer.status);
      if (answer.status === 503) expect(answer.body.code).toEqual(expect.any(String));
    }
    const accepted = answers.filter(({ answer }) => answer.status === 202);
    expect(accepted.length).toBeGreaterThan(300);

    await eventually('nothing is on its way', async () => {
      const summary = await call(gateway.url, 'GET', `/v1/vouchers/${drop.id}/summary`, {
        token: drop.merchantToken,
      });
      return summary.status === 200 && summary.body.pending === 0;
    });
    const rows = await claimRows(asksIn(env), { voucherId: drop.id });
    // Each sent one request and might have had two units.
    expect(new Set(rows.map((row) => row.user_id)).size).toBe(rows.length);
    const issued = new Set(rows.map((row) => row.id));
    expect(accepted.filter(({ answer }) => !issued.has(answer.body.id as string))).toEqual([]);
    const equations = Object.values(await audit(gateway.url, drop));
    expect(equations.filter((equation) => !equation.holds)).toEqual([]);
  });

  it('says so when the last one is gone, and still shows the page that it has', async () => {
    const drop = await openDrop(gateway.url, 5);
    const page = `${gateway.url}/v1/vouchers/${drop.id}`;
    expect((await send(page)).status).toBe(200);
    await two.kill('SIGKILL');
    expect((await send(page)).body.id).toBe(drop.id);
    expectProblem(await send(`${gateway.url}/v1/time`), 503, 'dependency_unavailable');
    const lost = await send(`${page}/claims`, { method: 'POST' });
    expectProblem(lost, 503, 'dependency_unavailable');
    // People are told in words, in their language.
    for (const [language, words] of [
      ['en', 'does not answer right now'],
      ['zh', '暂时无法连接'],
    ] as const) {
      const sorry = await send(`${gateway.url}/drops/${drop.id}/claim`, {
        method: 'POST',
        headers: { 'accept-language': language },
      });
      expect([sorry.status, sorry.headers.get('retry-after')]).toEqual([503, '2']);
      expect(sorry.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(sorry.text).toContain(`<html lang="${language}">`);
      expect(sorry.text).toContain(words);
    }
  });
});
