import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { Api, type Json, type Session } from '../support/api.js';
import { Instance } from '../support/instance.js';
import { expectProblem } from '../support/problem.js';
import { freshSystem } from '../support/stack-env.js';

/** A revocation holds everywhere by then. */
const REVOKED_AFTER_MS = 1_000;

describe('API keys over two instances', () => {
  let instances: Instance[];
  let here: Api;
  let there: Api;
  let owner: Session;

  beforeAll(async () => {
    const env = { ...(await freshSystem('api_keys', 4)), RATE_LIMIT_WRITE: 'off' };
    instances = await Instance.startAll(env, env);
    [here, there] = instances.map(({ url }) => new Api(url)) as [Api, Api];
    owner = await here.registerMerchant();
  });

  afterAll(async () => {
    for (const instance of instances ?? []) await instance.kill();
  });

  const create = (): Promise<Json> =>
    here.expect(201, 'POST', '/v1/api-keys', {
      token: owner.access_token,
      json: { name: 'Shop', scopes: ['vouchers:read'] },
    });
  const use = (api: Api, token: string) => api.call('GET', '/v1/merchants/me/vouchers', { token });

  it('a key is good on both as soon as it is made, and on neither a second after it was revoked', async () => {
    const { id, secret } = await create();
    expect((await use(there, secret)).status).toBe(200);
    expect((await use(here, secret)).status).toBe(200);
    await here.expect(204, 'DELETE', `/v1/api-keys/${id}`, { token: owner.access_token });
    expectProblem(await use(here, secret), 'unauthenticated');
    await delay(REVOKED_AFTER_MS);
    expectProblem(await use(there, secret), 'unauthenticated');
  });

  it('rotations at once on both leave the newest secret and the one before', async () => {
    const { id, secret } = await create();
    const rotate = (api: Api) =>
      api.expect(200, 'POST', `/v1/api-keys/${id}/rotate`, {
        token: owner.access_token,
        json: { overlap_s: 3_600 },
      });
    const rotated = await Promise.all([rotate(here), rotate(there), rotate(here), rotate(there)]);
    await delay(REVOKED_AFTER_MS);
    const secrets = [secret, ...rotated.map((one) => one.secret)];
    const statuses = await Promise.all(secrets.map(async (one) => (await use(there, one)).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(2);
    expect(statuses[0]).toBe(401);
  });

  it('a test shopper of one claims a test voucher at the other, and nobody else finds it there', async () => {
    const scopes = ['vouchers:read', 'vouchers:write', 'claims:write', 'redemptions:write'];
    const { secret } = await here.expect(201, 'POST', '/v1/api-keys', {
      token: owner.access_token,
      json: { name: 'Tests', mode: 'test', scopes },
    });
    const voucher = await here.liveVoucher(secret, { requires: 'verified_phone' });
    const live = await here.liveVoucher(owner.access_token);
    const shopper = await here.expect(201, 'POST', '/v1/test/shoppers', { token: secret });
    const taken = await there.claim(shopper.access_token, voucher.id);
    const claim = await there.waitIssued(shopper.access_token, taken.body.id);
    await there.expect(201, 'POST', '/v1/redemptions', { token: secret, json: { code: claim.code } });
    const person = await there.register();
    expectProblem(await there.claim(person.access_token, voucher.id), 'not_found');
    expectProblem(await there.claim(shopper.access_token, live.id), 'not_found');
    const list = await there.expect(200, 'GET', '/v1/vouchers?limit=100');
    const ids = list.data.map(({ id }: Json) => id);
    expect([ids.includes(live.id), ids.includes(voucher.id)]).toEqual([true, false]);
    const own = await use(there, secret);
    expect(own.body.data.map(({ id }: Json) => id)).toEqual([voucher.id]);
  });
});
