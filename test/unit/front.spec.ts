import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KEEP_ALIVE_S, putBefore, respond } from '../../src/platform/http/front.js';

const BODY = '{"ok":true}';

describe('an answer before Fastify', () => {
  let server: Server;
  let port: number;
  let body: string;
  let answer: (() => void)[];
  let waits: boolean;
  let ended: number;

  beforeEach(async () => {
    body = BODY;
    answer = [];
    waits = false;
    ended = 0;
    server = createServer((_request, response) => response.end('next'));
    server.keepAliveTimeout = KEEP_ALIVE_S * 1_000;
    putBefore(server, (request, response, next) => {
      if (request.url === '/next') return next();
      response.once('close', () => (ended += 1));
      const now = (): void => respond(request, response, 202, { 'x-path': request.url ?? '' }, body);
      if (waits) answer.push(now);
      else now();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** What comes back on one connection until `until` of it is there, or the server closes it. */
  const exchange = (text: string, until: (got: string) => boolean = () => false): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      let got = '';
      socket.once('error', reject);
      socket.on('data', (data) => {
        got += data.toString('utf8');
        if (until(got)) socket.destroy();
      });
      socket.once('close', () => resolve(got));
      socket.write(text);
    });
  const request = (path: string, more = '', method = 'POST', version = '1.1'): string =>
    `${method} ${path} HTTP/${version}\r\nhost: x\r\n${more}\r\n`;
  const times = (text: string, part: string): number => text.split(part).length - 1;
  const headOf = (text: string): string[] => text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n');

  it('says what ServerResponse says', async () => {
    const got = await exchange(request('/a'), (text) => text.endsWith(BODY));
    const plain = await exchange(request('/next'), (text) => text.endsWith('next'));
    const [status, ...headers] = headOf(got);
    expect(status).toBe('HTTP/1.1 202 Accepted');
    const names = (lines: string[]) => lines.map((line) => line.split(': ')[0]?.toLowerCase()).sort();
    expect(names(headers)).toEqual([...names(headOf(plain).slice(1)), 'x-path'].sort());
    const of = (name: string) => (line: string) => line.toLowerCase().startsWith(`${name}: `);
    expect(headers.find(of('keep-alive'))?.toLowerCase()).toBe(
      headOf(plain).find(of('keep-alive'))?.toLowerCase(),
    );
    expect(headers.find(of('content-length'))).toBe(`content-length: ${BODY.length}`);
    const date = new Date(headers.find(of('date'))?.slice(6) ?? '').getTime();
    expect(Math.abs(Date.now() - date)).toBeLessThan(5_000);
  });

  it('leaves the connection to the next request, whoever answers that', async () => {
    const all =
      request('/1') + request('/next') + request('/2', 'content-length: 3\r\n') + 'abc' + request('/3');
    const got = await exchange(all, (text) => times(text, BODY) === 3);
    const order = ['x-path: /1', 'next', 'x-path: /2', 'x-path: /3'].map((part) => got.indexOf(part));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(Math.min(...order)).toBeGreaterThan(0);
    expect(ended).toBe(3);
  });

  it('keeps the order of requests that were sent at once and answered backwards', async () => {
    waits = true;
    const got = exchange(request('/1') + request('/2') + request('/3'), (text) => times(text, BODY) === 3);
    while (answer.length < 3) await new Promise(setImmediate);
    for (const now of answer.reverse()) now();
    const order = ['/1', '/2', '/3'].map((path) => `x-path: ${path}`);
    const text = await got;
    expect(order.map((part) => text.indexOf(part))).toEqual(
      order.map((part) => text.indexOf(part)).sort((a, b) => a - b),
    );
    expect(times(text, BODY)).toBe(3);
  });

  it.each([
    ['a client that wants it closed', request('/a', 'connection: close\r\n')],
    ['a client of HTTP/1.0', request('/a', '', 'POST', '1.0')],
  ])('closes the connection of %s', async (_who, text) => {
    const got = await exchange(text);
    expect(got).toContain(BODY);
    expect(got.toLowerCase()).toContain('connection: close');
  });

  it('has no body for HEAD', async () => {
    const got = await exchange(request('/a', '', 'HEAD') + request('/b'), (text) => text.endsWith(BODY));
    expect(times(got, BODY)).toBe(1);
    expect(times(got, 'HTTP/1.1 202')).toBe(2);
  });

  it('counts bytes, not characters', async () => {
    body = '{"title":"纪念 🎫"}';
    const got = await exchange(request('/a'), (text) => text.endsWith('}'));
    expect(got).toContain(`content-length: ${Buffer.byteLength(body)}\r\n`);
    expect(got.endsWith(body)).toBe(true);
  });

  it('is nothing to a client who has gone', async () => {
    waits = true;
    const gone = new Promise<ServerResponse>((resolve) =>
      server.prependListener('request', (_request, response) =>
        response.once('close', () => resolve(response)),
      ),
    );
    const socket = connect(port, '127.0.0.1');
    socket.write(request('/a'));
    while (answer.length < 1) await new Promise(setImmediate);
    socket.destroy();
    await gone;
    expect(() => answer[0]?.()).not.toThrow();
    waits = false;
    expect(await exchange(request('/b'), (text) => text.endsWith(BODY))).toContain('x-path: /b');
  });
});
