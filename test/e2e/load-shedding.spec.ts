import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { until, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';

const MOST = 4;
const SPARED = 8 * MOST;

let server: TestApp;
let inFlight: ReturnType<ReturnType<NestFastifyApplication['getHttpAdapter']>['getInstance']>['inFlight'];
let shoppers: Session[];
let open: string;
let soldOut: string;
/** Requests that others have under way. */
let others = 0;

const fill = (count: number): void => {
  for (; others < count; others += 1) inFlight.start();
  for (; others > count; others -= 1) inFlight.finishUncounted();
};
const claim = async (shopper: number, voucherId: string): Promise<string> => {
  const { status, body } = await server.api.claim(shoppers[shopper]?.access_token ?? '', voucherId);
  return `${status} ${body.code ?? body.object}`;
};

beforeAll(async () => {
  server = await startApp({
    MAX_IN_FLIGHT_REQUESTS: String(MOST),
    IN_FLIGHT_BURST_MS: '0',
    RATE_LIMIT_CLAIM: 'off',
    SOLD_OUT_FLAG_MS: '1000',
  });
  inFlight = server.app.getHttpAdapter().getInstance().inFlight;
  const merchant = await server.api.registerMerchant();
  shoppers = [];
  for (let n = 0; n < 3; n++) shoppers.push(await server.api.register());
  const terms = { total_stock: 1, per_user_limit: 1 };
  open = (await server.api.liveVoucher(merchant.access_token, { ...terms, total_stock: 100 })).id;
  soldOut = (await server.api.liveVoucher(merchant.access_token, terms)).id;
  expect(await claim(0, open)).toBe('202 claim');
  expect(await claim(0, soldOut)).toBe('202 claim');
});
afterEach(() => fill(0));
afterAll(() => server.stop());

describe('a process above its limit of requests in flight', () => {
  it('sheds claims that could be accepted, and takes them again afterwards', async () => {
    fill(MOST);
    expect(await claim(1, open)).toBe('503 overloaded');
    fill(0);
    expect(await claim(1, open)).toBe('202 claim');
  });

  it('still tells those who come too late that all is sold, up to eight times as many', async () => {
    // Until it knows by itself: until then it would have to ask the gate.
    await until(async () => {
      fill(0);
      expect(await claim(1, soldOut)).toBe('409 sold_out');
      fill(MOST);
      return (await claim(2, soldOut)) === '409 sold_out' ? true : undefined;
    });
    fill(SPARED - 1);
    expect(await claim(1, soldOut)).toBe('409 sold_out');
    expect(await claim(1, open)).toBe('503 overloaded');
    fill(SPARED);
    expect(await claim(1, soldOut)).toBe('503 overloaded');
    // Without a session the answer is not there yet, and the way to it is long.
    fill(MOST);
    expect((await server.api.claim('nobody', soldOut)).status).toBe(503);
    fill(0);
    expect((await server.api.claim('nobody', soldOut)).status).toBe(401);
  });
});

describe('a client that goes away in the middle of its body', () => {
  it.each(['/v1/auth/login', '/v1/nothing', '/v1/time'])('keeps no place of %s', async (path) => {
    expect(inFlight.now).toBe(0);
    for (const leave of ['destroy', 'resetAndDestroy', 'end'] as const) {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      const method = path === '/v1/time' ? 'GET' : 'POST';
      socket.write(
        `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{`,
      );
      // What needs no body is answered at once, and has no place to keep.
      if (method === 'POST') await until(async () => (inFlight.now === 1 ? true : undefined));
      else await once(socket, 'data');
      socket[leave]();
      await until(async () => (inFlight.now === 0 ? true : undefined));
      socket.destroy();
    }
    expect(inFlight.now).toBe(0);
  });
});
