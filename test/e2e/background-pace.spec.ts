import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { BackgroundPace } from '../../src/claim/index.js';
import type { Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';

let server: TestApp;
let merchant: Session;
let voucherId: string;
/** What each piece was of, in the order in which they ran. */
const pieces: string[] = [];

beforeAll(async () => {
  server = await startApp();
  merchant = await server.api.registerMerchant();
  voucherId = (await server.api.liveVoucher(merchant.access_token)).id;
  const shopper = await server.api.register();
  const { body } = await server.api.claim(shopper.access_token, voucherId);
  await server.api.waitIssued(shopper.access_token, body.id);
  const pace = server.app.get(BackgroundPace);
  const run = pace.run.bind(pace);
  jest.spyOn(pace, 'run').mockImplementation((what, piece, how) => {
    pieces.push(what);
    return run(what, piece, how);
  });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await server.stop();
});

it.each([
  ['claims.csv', 'export'],
  ['claims.xlsx', 'export'],
  ['audit', 'audit'],
])('%s gives way to claims, piece by piece', async (path, what) => {
  pieces.length = 0;
  const answer = await fetch(`${server.url}/v1/vouchers/${voucherId}/${path}`, {
    headers: { authorization: `Bearer ${merchant.access_token}` },
  });
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
  expect(pieces).toEqual([what]);
});
