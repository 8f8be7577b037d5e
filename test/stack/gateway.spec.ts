import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { localServers, type GatewayServer } from '../harness/gateway.js';
import { NGINX, programPath } from '../harness/programs.js';
import {
  accessLog,
  expectProblem,
  FakeInstance,
  Gateways,
  GENEROUS,
  many,
  openStream,
  send,
  sendRaw,
  statuses,
} from '../support/gateway.js';

describe('the gateway before an instance that shows what it was asked', () => {
  const gateways = new Gateways();
  let plain: FakeInstance;
  let gateway: GatewayServer;

  beforeAll(async () => {
    plain = await FakeInstance.start((asked, response) => {
      if (!/stream|events/.test(asked.url ?? '')) return void response.end('{}');
      const events = asked.url?.endsWith('/events') ? {} : { 'x-accel-buffering': 'no' };
      response.writeHead(200, { 'content-type': 'text/event-stream', ...events });
      response.write('data: first\n\n'); // and the stream stays open
    });
    const web = join(gateways.folder, 'web');
    mkdirSync(join(web, 'assets'), { recursive: true });
    writeFileSync(join(web, 'index.html'), '<!doctype html><title>Drop</title>');
    writeFileSync(join(web, 'manifest.webmanifest'), '{}\n');
    mkdirSync(join(web, '.vite'));
    writeFileSync(join(web, '.vite', 'manifest.json'), '{}');
    writeFileSync(join(web, 'assets', 'app-1a2b3c.js'), 'export {};\n');
    gateway = await gateways.start('plain', {
      GATEWAY_SERVERS: localServers([plain.port]),
      GATEWAY_RATE: '5r/s',
      GATEWAY_BURST: '20',
      GATEWAY_CONNECTIONS: '40',
      GATEWAY_REAL_IP: 'set_real_ip_from 127.0.0.9;',
      GATEWAY_WEB_ROOT: web,
      GATEWAY_HEADER_TIMEOUT: '1s',
    });
  });

  afterAll(async () => {
    await gateways.end();
    await plain.stop();
  });

  it('runs on a configuration that nginx -t accepts without a warning', () => {
    const config = join(gateway.dir, 'nginx.conf');
    // The access log is opened too, and a pipe of Node's is a socket, which cannot be.
    const { stderr } = spawnSync(programPath(NGINX), ['-t', '-e', 'stderr', '-c', config], {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    });
    expect(stderr).toContain('test is successful');
    expect(stderr).not.toContain('[warn]');
  });

  it('nginx refuses a flood from one address while another is served', async () => {
    const flood = many(100, () => send(`${gateway.url}/v1/flood`, { from: '127.0.0.2' }));
    const calm = many(10, () => send(`${gateway.url}/v1/calm`, { from: '127.0.0.1' }));
    const [refused, passed] = [statuses(await flood, 429), statuses(await flood, 200)];
    expect(statuses(await calm, 200)).toHaveLength(10);
    // The burst and one, and what the rate let through meanwhile.
    expect(passed.length).toBeGreaterThanOrEqual(21);
    expect(refused.length).toBeGreaterThan(30);
    expect(refused.length + passed.length).toBe(100);
    for (const reply of refused) expectProblem(reply, 429, 'rate_limited');
    expect(plain.seen.filter(({ path }) => path === '/v1/flood')).toHaveLength(passed.length);

    const lines = accessLog(gateway).filter((line) => line['path'] === '/v1/flood');
    const counted = lines.filter((line) => line['outcome'] === 'refused');
    expect(counted).toHaveLength(refused.length);
    expect(counted[0]).toMatchObject({
      layer: 'gateway',
      reason: 'rate',
      address: '127.0.0.2',
      status: 429,
      limit_req: 'REJECTED',
      upstream: '',
    });
    expect(lines.filter((line) => line['outcome'] === 'passed')).toHaveLength(passed.length);
  });

  it('counts an IPv6 client by its /64, and one that comes as IPv4 in IPv6 as what it is', async () => {
    const as = (address: string) =>
      send(`${gateway.url}/v1/v6`, { from: '127.0.0.9', headers: { 'x-forwarded-for': address } });
    const flood = await many(80, (i) => as(`2001:db8:1:2:${i.toString(16)}::${(i * 7).toString(16)}`));
    expect(statuses(flood, 429).length).toBeGreaterThan(20);
    expect((await as('2001:db8:1:3::1')).status).toBe(200);

    await many(80, (i) => as(i % 2 ? '203.0.113.7' : '::ffff:203.0.113.7'));
    const both = await Promise.all([as('203.0.113.7'), as('::ffff:203.0.113.7'), as('203.0.113.8')]);
    expect(both.map(({ status }) => status)).toEqual([429, 429, 200]);
  });

  it('limits what one address has open at a time, streams apart from requests', async () => {
    const url = `${gateway.url}/v1/claims/clm_x/events`;
    const small = await gateways.start('small', {
      ...GENEROUS,
      GATEWAY_SERVERS: localServers([plain.port]),
      GATEWAY_CONNECTIONS: '1',
      GATEWAY_STREAMS: '3',
    });
    const at = url.replace(gateway.url, small.url);
    const open = await many(3, () => openStream(at, '127.0.0.3'));
    try {
      expect(open.map(({ status }) => status)).toEqual([200, 200, 200]);
      expectProblem(await send(at, { from: '127.0.0.3' }), 429, 'rate_limited');
      // Streams take nothing of what claims need.
      for (const from of ['127.0.0.3', '127.0.0.4'])
        expect((await send(`${small.url}/v1/other`, { from })).status).toBe(200);
      expect(accessLog(small).find((line) => line['status'] === 429)).toMatchObject({
        reason: 'connections',
      });
    } finally {
      for (const stream of open) stream.close();
    }
  });

  it('tells the application the address that it saw itself, whatever the client claims', async () => {
    const headers = {
      'x-forwarded-for': '6.6.6.6, 7.7.7.7',
      forwarded: 'for=6.6.6.6',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
    };
    await send(`${gateway.url}/v1/forged`, { from: '127.0.0.5', headers });
    const seen = plain.seen.find(({ path }) => path === '/v1/forged')?.headers ?? {};
    expect(seen['x-forwarded-for']).toBe('127.0.0.5');
    expect(seen['x-forwarded-proto']).toBe('http');
    expect(seen['x-forwarded-host']).toBeUndefined();
    expect(seen['forwarded']).toBeUndefined();
    expect(seen.host).toBe(new URL(gateway.url).host);
  });

  it('tells its limits with a preflight and with nothing else, whatever the client wrote there', async () => {
    const told = async (path: string): Promise<unknown> => {
      await send(`${gateway.url}${path}`, {
        from: '127.0.0.6',
        headers: { 'x-gateway-limits': 'rate=1r/s' },
      });
      const seen = plain.seen.find((one) => one.path === path);
      expect(seen).toBeDefined();
      return seen?.headers['x-gateway-limits'];
    };
    expect(await told('/v1/vouchers/vch_1/preflight?expected_crowd=9')).toBe(
      'rate=5r/s burst=20 connections=40 worker_connections=8192 workers=auto',
    );
    expect(await told('/v1/vouchers/vch_1/claims')).toBeUndefined();
  });

  it('believes a balancer that it was told of, as far as the hops are known', async () => {
    const headers = { 'x-forwarded-for': '6.6.6.6, 198.51.100.4' };
    await send(`${gateway.url}/v1/balanced`, { from: '127.0.0.9', headers });
    expect(plain.seen.find(({ path }) => path === '/v1/balanced')?.headers['x-forwarded-for']).toBe(
      '198.51.100.4',
    );
  });

  it('passes a sane request id on and makes one otherwise; it stands on the answer and in the log', async () => {
    const from = '127.0.0.6';
    const given = await send(`${gateway.url}/v1/id`, { from, headers: { 'x-request-id': 'shop.42:a-b_c' } });
    const made = await send(`${gateway.url}/v1/id`, { from, headers: { 'x-request-id': 'no "good"' } });
    const none = await send(`${gateway.url}/v1/id`, { from });
    const ids = [given, made, none].map(({ headers }) => headers.get('x-request-id'));
    expect(ids[0]).toBe('shop.42:a-b_c');
    expect(ids[1]).toMatch(/^[0-9a-f]{32}$/);
    expect(ids[2]).toMatch(/^[0-9a-f]{32}$/);
    const seen = plain.seen.filter(({ path }) => path === '/v1/id');
    expect(seen.map(({ headers }) => headers['x-request-id'])).toEqual(ids);
    const logged = accessLog(gateway).filter((line) => line['path'] === '/v1/id');
    expect(logged.map((line) => line['request_id'])).toEqual(ids);
  });

  it('hands out the first event of a stream while the stream is open, elsewhere where the application says so', async () => {
    for (const path of ['/v1/claims/clm_x/events', '/v1/some/stream']) {
      const stream = await openStream(gateway.url + path, '127.0.0.7');
      expect(await stream.first).toBe('data: first\n\n');
      stream.close();
    }
  });

  it('refuses by problem documents what it does not pass on', async () => {
    const from = '127.0.0.8';
    const body = 'x'.repeat(70_000);
    expectProblem(
      await send(`${gateway.url}/v1/x`, { from, method: 'POST', body }),
      413,
      'payload_too_large',
    );
    const headers = { 'x-much': 'x'.repeat(9_000) };
    expectProblem(await send(`${gateway.url}/v1/x`, { from, headers }), 431, 'headers_too_large');
    expectProblem(await send(`${gateway.url}/${'x'.repeat(9_000)}`, { from }), 431, 'headers_too_large');
    expectProblem(await send(`${gateway.url}/metrics`, { from }), 404, 'not_found');
    expectProblem(await send(`${gateway.url}/readyz`, { from }), 404, 'not_found');
    expectProblem(await send(`${gateway.url}/status`, { from }), 404, 'not_found');
    expectProblem(
      await send(`${gateway.url}/manifest.webmanifest`, { from, method: 'POST' }),
      405,
      'method_not_allowed',
    );
    const quoted = await sendRaw(gateway.url, 'GET /a"b\\ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(JSON.parse(quoted.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      code: 'not_found',
      instance: '/a',
    });
    const raw = await sendRaw(gateway.url, 'NONSENSE\r\n\r\n');
    expect(raw).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(raw.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'malformed_request' });
    expect(raw).toMatch(/^Server: nginx\r$/m); // without its version
  });

  it('lets go of a client that does not come to the end of its header', async () => {
    expect(await sendRaw(gateway.url, 'GET /v1/slow HTTP/1.1\r\nHost: x\r\n')).toBe('');
    expect(plain.seen.filter(({ path }) => path === '/v1/slow')).toEqual([]);
  });

  it('serves files, and for good what is named by its contents', async () => {
    const from = '127.0.0.10';
    const file = await send(`${gateway.url}/manifest.webmanifest`, { from });
    expect([file.status, file.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    const asset = await send(`${gateway.url}/assets/app-1a2b3c.js`, { from });
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(asset.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(asset.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
    for (const path of ['/index.html', '/.vite/manifest.json', '/none.txt'])
      expectProblem(await send(gateway.url + path, { from }), 404, 'not_found');
    expect(plain.seen.filter(({ path }) => path.includes('app-1a2b3c'))).toEqual([]);
    // What is not here may be with an instance: of a newer build, say.
    await send(`${gateway.url}/assets/app-0.js`, { from });
    expect(plain.seen.filter(({ path }) => path === '/assets/app-0.js')).toHaveLength(1);
  });

  it('shows its counts on loopback alone', async () => {
    const { text } = await send(gateway.statusUrl);
    expect(text).toMatch(/^Active connections: \d+/);
    expect((await send(gateway.statusUrl, { from: '127.0.0.2' })).status).toBe(403);
  });
});

describe('the gateway before an instance that makes pages', () => {
  const gateways = new Gateways();
  let fake: FakeInstance;
  let gateway: GatewayServer;
  let version = 0;
  const asked = (path: string) => fake.seen.filter((seen) => seen.path === path).length;

  beforeAll(async () => {
    fake = await FakeInstance.start((request, response) => {
      const isPublic = /^\/(drops\/[^/]+)?$/.test(request.url ?? '');
      const kept = {
        'cache-control': 'public, max-age=0, s-maxage=1',
        'x-accel-expires': `@${Math.floor(Date.now() / 1_000)}`,
        vary: 'Accept-Language, Cookie',
        etag: `W/"${version}"`,
      };
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        ...(isPublic ? kept : { 'cache-control': 'private, no-store', 'set-cookie': 'vc_access=x' }),
      });
      response.end(`${version} ${request.headers['accept-language'] ?? ''} ${request.headers.cookie ?? ''}`);
    });
    gateway = await gateways.start('pages', { ...GENEROUS, GATEWAY_SERVERS: localServers([fake.port]) });
  });

  afterAll(async () => {
    await gateways.end();
    await fake.stop();
  });

  const second = () => Math.floor(Date.now() / 1_000);
  const earlyInASecond = () => delay(1_020 - (Date.now() % 1_000));

  /** The cache goes by whole seconds: what was not asked within one, on a busy machine, is asked again. */
  async function withinASecond<T>(ask: () => Promise<T>): Promise<T> {
    for (let tries = 0; tries < 50; tries++) {
      await earlyInASecond();
      const began = second();
      const answer = await ask();
      if (second() === began) return answer;
    }
    throw new Error('a second is too short for the questions');
  }

  it.each(['/', '/drops/vch_1'])('answers a crowd of visitors from one copy of %s', async (path) => {
    const { replies, times } = await withinASecond(async () => {
      const before = asked(path);
      await send(gateway.url + path);
      const replies = await many(100, (n) =>
        send(gateway.url + path, {
          headers: { cookie: `vc_access=${n}; vc_refresh=${n}`, 'accept-language': `en-US,x${n}` },
        }),
      );
      return { replies, times: asked(path) - before };
    });
    expect(new Set(replies.map(({ text }) => text))).toEqual(new Set([`${version}  `]));
    expect(times).toBe(1);
    const same = await send(gateway.url + path, { headers: { 'if-none-match': `W/"${version}"` } });
    expect([same.status, same.text]).toEqual([304, '']);
  });

  it('keeps a copy for each language, by the rule of the application', async () => {
    const path = '/drops/vch_2';
    const ask = (headers: Record<string, string>) => send(gateway.url + path, { headers });
    const chinese = [
      { 'accept-language': 'fr, ZH;q=0.5, en' },
      { cookie: 'a=b; vc_lang=zh' },
      { 'accept-language': 'en', cookie: 'vc_lang=zh' },
    ];
    const english = [
      {},
      { 'accept-language': 'en-US, zh' },
      { 'accept-language': 'zha, fr' },
      { cookie: 'vc_lang=fr' },
      { 'accept-language': 'zh', cookie: 'vc_lang=en' },
    ];
    const { zh, en, times } = await withinASecond(async () => {
      const before = asked(path);
      await ask({ 'accept-language': 'en' });
      await ask({ 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.8' });
      const [zh, en] = await Promise.all([Promise.all(chinese.map(ask)), Promise.all(english.map(ask))]);
      return { zh, en, times: asked(path) - before };
    });
    expect(zh.every(({ text }) => text.includes('zh-CN,zh;q=0.9'))).toBe(true);
    expect(en.every(({ text }) => text === `${version} en `)).toBe(true);
    expect(times).toBe(2);
  });

  it('shows a change by the end of the second', async () => {
    for (const wait of [0, 400, 800]) {
      await earlyInASecond();
      await delay(wait);
      await send(`${gateway.url}/`);
      version += 1;
      const changed = performance.now();
      // What counts is when a question was asked: on a busy machine its answer takes longer.
      for (let shown = false; !shown; await delay(5)) {
        const after = performance.now() - changed;
        const replies = await many(5, () => send(`${gateway.url}/`));
        shown = replies.every(({ text }) => text.startsWith(`${version} `));
        if (!shown) expect(after).toBeLessThan(1_050);
      }
    }
  });

  it('keeps nothing of one person, and passes forms', async () => {
    for (const path of [
      '/claims/clm_1',
      '/login?next=%2F',
      '/session',
      '/wallet',
      '/console',
      '/console/a/b',
      '/admin/x',
      '/drops/vch_1/challenge',
      '/drops/vch_1/invitation',
      '/language/zh',
    ])
      expect([
        path,
        (await many(3, () => send(gateway.url + path))).map(({ status }) => status),
        asked(path),
      ]).toEqual([path, [200, 200, 200], 3]);
    const posted = await send(`${gateway.url}/drops/vch_1/claim`, {
      method: 'POST',
      headers: { origin: gateway.url },
    });
    expect([posted.status, posted.headers.get('set-cookie')]).toEqual([200, 'vc_access=x']);
  });
});

describe('the gateway before one instance that breaks off and one that answers', () => {
  const gateways = new Gateways();
  let broken: FakeInstance;
  let whole: FakeInstance;
  let gateway: GatewayServer;
  const seen = (path: string): string[] =>
    [broken, whole].flatMap((fake) => fake.seen.filter((asked) => asked.path === path).map((a) => a.method));

  beforeAll(async () => {
    broken = await FakeInstance.start((asked) => void asked.resume().on('end', () => asked.socket.destroy()));
    whole = await FakeInstance.start((_asked, response) => void response.end('{}'));
    // Never left out, however often it fails.
    const servers = [broken, whole].map(({ port }) => `server 127.0.0.1:${port} max_fails=0;`).join(' ');
    gateway = await gateways.start('broken', { ...GENEROUS, GATEWAY_SERVERS: servers });
  });

  afterAll(async () => {
    await gateways.end();
    await Promise.all([broken.stop(), whole.stop()]);
  });

  it('sends a read again to the other', async () => {
    const replies = await many(20, () => send(`${gateway.url}/v1/read`));
    expect(statuses(replies, 200)).toHaveLength(20);
    expect(broken.seen.filter(({ path }) => path === '/v1/read').length).toBeGreaterThan(0);
    expect(seen('/v1/read').length).toBeGreaterThan(20);
  });

  it.each(['POST', 'PATCH'])(
    'sends no %s twice: its outcome is not known, and the answer says so',
    async (method) => {
      const path = `/v1/${method}`;
      const replies = await many(20, () => send(gateway.url + path, { method, body: '{}' }));
      expect(seen(path)).toHaveLength(20);
      const failed = statuses(replies, 503);
      expect(failed.length).toBeGreaterThan(0);
      expect(failed.length + statuses(replies, 200).length).toBe(20);
      for (const reply of failed) {
        expectProblem(reply, 503, 'dependency_unavailable');
        expect(reply.body).toMatchObject({
          retryable: false,
          detail: expect.stringContaining('may have been'),
        });
      }
    },
  );

  it('says that a POST may be repeated where an Idempotency-Key makes that safe', async () => {
    const headers = { 'idempotency-key': 'one' };
    const replies = await many(20, () => send(`${gateway.url}/v1/keyed`, { method: 'POST', headers }));
    expect(seen('/v1/keyed')).toHaveLength(20);
    const failed = statuses(replies, 503);
    expect(failed.length).toBeGreaterThan(0);
    for (const reply of failed) expect(reply.body).toMatchObject({ retryable: true });
  });

  it('sends a POST to the other where no connection came about', async () => {
    await broken.stop();
    const replies = await many(20, () => send(`${gateway.url}/v1/refused`, { method: 'POST', body: '{}' }));
    expect(statuses(replies, 200)).toHaveLength(20);
    expect(seen('/v1/refused')).toHaveLength(20);
    broken = await FakeInstance.start((_asked, response) => void response.end());
  });
});
