import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/common/ids.js';
import { until, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session;
beforeAll(async () => {
  server = await startApp();
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

const asked = (ids: readonly string[]): Promise<Json> =>
  server.api.expect(200, 'GET', `/v1/availabilities?voucher_ids=${ids.join(',')}`);
const left = (list: Json): [string, number][] =>
  list.data.map((one: Json) => [one.voucher_id as string, one.remaining as number]);

describe('GET /v1/availabilities', () => {
  it('tells what is left of each, in the order asked for, each once', async () => {
    const one = await server.api.liveVoucher(merchant.access_token, { total_stock: 7 });
    const two = await server.api.liveVoucher(merchant.access_token, { total_stock: 3 });
    const list = await asked([two.id, one.id, two.id]);
    expect(list).toMatchObject({ object: 'list', url: '/v1/availabilities', has_more: false });
    expect(left(list)).toEqual([
      [two.id, 3],
      [one.id, 7],
    ]);
    const { access_token: token } = await server.api.register();
    expect((await server.api.claim(token, one.id)).status).toBe(202);
    await until(async () => {
      const [[, remaining] = []] = left(await asked([one.id]));
      return remaining === 6 ? true : undefined;
    });
  });

  it('leaves out what nobody may see', async () => {
    const draft = await server.api.createVoucher(merchant.access_token);
    const seen = await server.api.liveVoucher(merchant.access_token);
    const list = await asked([draft.id, newId('vch', Date.now()), 'x', seen.id]);
    expect(left(list).map(([id]) => id)).toEqual([seen.id]);
  });

  it('refuses to be asked for nothing, and for more than a page shows', async () => {
    const many = Array.from({ length: 101 }, () => newId('vch', Date.now()));
    for (const query of ['', '?voucher_ids=', '?voucher_ids=,,', `?voucher_ids=${many.join(',')}`])
      expectProblem(await server.api.call('GET', `/v1/availabilities${query}`), 'validation_failed');
  });
});
