import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KEEP_ALIVE_S } from '../../../src/common/keep-alive.js';
import { FastPath } from '../../../src/http/fast-path/fast-path.js';
import { LoadShedder, shedAbove } from '../../../src/http/load-shedder.js';
import { ManualClock } from '../../support/manual-clock.js';

/** What is refused at the fast path, and what is not plain enough for it. */
const WAYS: readonly [string, RequestInit][] = [
  ['a plain request', { method: 'POST', headers: { 'x-request-id': 'mine' } }],
  [
    'a request with a body',
    { method: 'POST', headers: { 'x-request-id': 'mine' }, body: 'x'.repeat(100_000) },
  ],
];

describe('above capacity', () => {
  let server: Server;
  let base: string;
  let full: boolean;
  let shed: number;
  /** Requests that came past the fast path. */
  let passed: number;

  beforeEach(async () => {
    full = false;
    shed = 0;
    passed = 0;
    server = createServer((_request, response) => response.end('served'));
    server.keepAliveTimeout = KEEP_ALIVE_S * 1_000;
    const fastPath = new FastPath(server);
    shedAbove(
      server,
      fastPath,
      { isNear: () => full, refuses: () => full },
      (asked) => `req_${String(asked)}`,
      { inc: () => (shed += 1) },
    );
    server.prependListener('request', () => (passed += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each(WAYS)(
    '%s is refused with the problem of the catalogue, and served again afterwards',
    async (_what, how) => {
      expect(await (await fetch(base, how)).text()).toBe('served');
      full = true;
      const answer = await fetch(`${base}/v1/things?secret=1`, how);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.headers.get('x-request-id')).toBe('req_mine');
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(await answer.json()).toEqual({
        type: '/problems/overloaded',
        title: 'We are receiving more requests than we can answer',
        status: 503,
        detail: 'We are receiving more requests than we can answer',
        instance: '/v1/things',
        code: 'overloaded',
        retryable: true,
        request_id: 'req_mine',
      });
      expect(shed).toBe(1);
      full = false;
      expect(await (await fetch(base, how)).text()).toBe('served');
      expect(shed).toBe(1);
    },
  );

  it('is said in the same words on both ways', async () => {
    full = true;
    const [atTheDoor, behind] = await Promise.all(
      WAYS.map(async ([, how]) => {
        const answer = await fetch(base, how);
        // Node says how long the answer is, or sends it in chunks.
        const {
          date,
          'content-length': _length,
          'transfer-encoding': _chunks,
          ...headers
        } = Object.fromEntries(answer.headers);
        return { status: answer.status, dated: date !== undefined, headers, text: await answer.text() };
      }),
    );
    expect(passed).toBe(1);
    expect(atTheDoor).toEqual(behind);
  });

  it('each request of a burst is refused, also of one that is too large for a turn', async () => {
    full = true;
    const answers = await Promise.all(Array.from({ length: 400 }, () => fetch(base, { method: 'POST' })));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([503]));
    const bodies = await Promise.all(answers.map((answer) => answer.json() as Promise<{ code: string }>));
    expect(new Set(bodies.map(({ code }) => code))).toEqual(new Set(['overloaded']));
    expect(shed).toBe(400);
    expect(passed).toBe(0);
  });

  it.each(['/healthz', '/readyz'])('%s is answered all the same', async (path) => {
    full = true;
    for (const [, how] of WAYS) expect(await (await fetch(`${base}${path}`, how)).text()).toBe('served');
    expect(shed).toBe(0);
  });
});

describe('when one request is too many', () => {
  const MOST = 100;
  const BURST_MS = 50;
  const CHEAP = { method: 'POST', url: '/sold-out', rawHeaders: [] };
  const OTHER = { method: 'POST', url: '/open', rawHeaders: [] };
  let clock: ManualClock;
  const judge = (burstMs: number): LoadShedder =>
    new LoadShedder(MOST, burstMs, clock, ({ url }) => url === CHEAP.url);

  beforeEach(() => {
    clock = new ManualClock();
  });

  it('a burst is let in up to three times the limit, for its time', () => {
    const shedder = judge(BURST_MS);
    expect(shedder.refuses(MOST - 1, OTHER)).toBe(false);
    for (const underWay of [MOST, 3 * MOST - 1]) expect(shedder.refuses(underWay, OTHER)).toBe(false);
    expect(shedder.refuses(3 * MOST, OTHER)).toBe(true);
    clock.pass(BURST_MS - 1);
    expect(shedder.refuses(MOST, OTHER)).toBe(false);
    clock.pass(1);
    expect(shedder.refuses(MOST, OTHER)).toBe(true);
    expect(shedder.refuses(MOST - 1, OTHER)).toBe(false);
  });

  it('lasting overload gets no second burst, nor does overload that returns at once; after a second below the limit it does', () => {
    const shedder = judge(BURST_MS);
    shedder.refuses(MOST, OTHER);
    clock.pass(BURST_MS);
    expect(shedder.refuses(MOST / 2, OTHER)).toBe(false);
    expect(shedder.refuses(MOST, OTHER)).toBe(true);
    clock.pass(1_000);
    expect(shedder.refuses(MOST / 2 - 1, OTHER)).toBe(false);
    expect(shedder.refuses(MOST, OTHER)).toBe(true);
    clock.pass(1_001);
    expect(shedder.refuses(MOST / 2 - 1, OTHER)).toBe(false);
    expect(shedder.refuses(MOST, OTHER)).toBe(false);
  });

  it('without time for bursts the limit is the limit', () => {
    const shedder = judge(0);
    expect(shedder.refuses(MOST - 1, OTHER)).toBe(false);
    expect(shedder.refuses(MOST, OTHER)).toBe(true);
  });

  it('a cheap refusal is answered up to eight times the limit', () => {
    const shedder = judge(0);
    for (const underWay of [MOST, 8 * MOST - 1]) expect(shedder.refuses(underWay, CHEAP)).toBe(false);
    expect(shedder.refuses(8 * MOST, CHEAP)).toBe(true);
    expect(shedder.refuses(MOST)).toBe(true);
  });
});
