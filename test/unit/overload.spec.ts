import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { shedAbove } from '../../src/platform/http/overload.js';

describe('above capacity', () => {
  let server: Server;
  let base: string;
  let full: boolean;
  let shed: number;

  beforeEach(async () => {
    full = false;
    shed = 0;
    server = createServer((_request, response) => response.end('served'));
    shedAbove(
      server,
      () => full,
      () => 'req_1',
      { inc: () => (shed += 1) },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('a request is refused with the problem of the catalogue, and served again afterwards', async () => {
    expect(await (await fetch(base)).text()).toBe('served');
    full = true;
    const answer = await fetch(base, { method: 'POST', body: 'x'.repeat(100_000) });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.headers.get('x-request-id')).toBe('req_1');
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer.json()).toEqual({
      type: '/problems/overloaded',
      title: 'More requests than we can answer now',
      status: 503,
      detail: 'More requests than we can answer now',
      code: 'overloaded',
      retryable: true,
      request_id: 'req_1',
    });
    expect(shed).toBe(1);
    full = false;
    expect(await (await fetch(base)).text()).toBe('served');
  });

  it('each of a crowd is refused, also of one that is too large for a turn', async () => {
    full = true;
    const answers = await Promise.all(Array.from({ length: 400 }, () => fetch(base, { method: 'POST' })));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([503]));
    const bodies = await Promise.all(answers.map((answer) => answer.json() as Promise<{ code: string }>));
    expect(new Set(bodies.map(({ code }) => code))).toEqual(new Set(['overloaded']));
    expect(shed).toBe(400);
  });

  it.each(['/healthz', '/readyz'])('%s is answered all the same', async (path) => {
    full = true;
    expect(await (await fetch(`${base}${path}`)).text()).toBe('served');
    expect(shed).toBe(0);
  });
});
