import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, until, type Json, type Session } from '../support/api.js';
import { Instance } from '../support/instance.js';
import { freshSystem } from '../support/stack-env.js';

let instances: Instance[];
let apis: Api[];
let merchant: Session;

beforeAll(async () => {
  const env = await freshSystem('board', 7);
  instances = await Instance.startAll(env, env);
  apis = instances.map(({ url }) => new Api(url));
  merchant = await apis[0]!.registerMerchant();
});
afterAll(async () => {
  for (const instance of instances ?? []) await instance.kill();
});

const summaryOf = (api: Api, id: string): Promise<Json> =>
  api.expect(200, 'GET', `/v1/vouchers/${id}/summary`, { token: merchant.access_token });

describe('the board of a drop on two instances', () => {
  it('adds up the answers of both, on both, within two seconds', async () => {
    const [one, two] = apis as [Api, Api];
    const { id } = await one.liveVoucher(merchant.access_token, { total_stock: 3 });
    const people = await Promise.all(Array.from({ length: 7 }, () => one.register()));
    for (const [index, { access_token: token }] of people.entries()) {
      const { status } = await (index % 2 ? two : one).claim(token, id);
      expect(status).toBe(index < 3 ? 202 : 409);
    }
    for (const api of apis) {
      const summary = await until(async () => {
        // Its parts are read one after the other, and are of different moments while the claims are issued.
        const body = await summaryOf(api, id);
        const issuedSeries = body.rate?.issued.reduce((a: number, b: number) => a + b, 0);
        const isWhole = body.issued === 3 && body.users === 3 && body.pending === 0 && issuedSeries === 3;
        return body.answers?.total === 7 && isWhole && body.sold_out_at ? body : undefined;
      });
      expect(summary.answers).toMatchObject({
        accepted: 3,
        latency_ms: { accepted: { count: 3 }, refused: { count: 4 } },
      });
      const soldOut = summary.answers.funnel
        .flatMap((layer: Json) => layer.reasons)
        .filter(({ reason }: Json) => reason === 'sold_out')
        .reduce((sum: number, { count }: Json) => sum + count, 0);
      expect(soldOut).toBe(4);
      expect(summary).toMatchObject({ remaining: 0, pending: 0, users: 3, sold_out_at: expect.any(String) });
      expect(summary.rate.issued.reduce((a: number, b: number) => a + b, 0)).toBe(3);
    }
  });

  it('keeps what an instance counted after it is gone, and what a new one adds', async () => {
    const [one] = apis as [Api, Api];
    const { id } = await one.liveVoucher(merchant.access_token, { total_stock: 5 });
    const [a, b] = [await one.register(), await one.register()];
    await one.claim(a.access_token, id);
    expect((await summaryOf(one, id)).answers.accepted).toBe(1);
    await instances[0]!.kill('SIGTERM');
    await apis[1]!.claim(b.access_token, id);
    await until(async () => ((await summaryOf(apis[1]!, id)).answers.accepted === 2 ? true : undefined));
  });
});
