import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { VoucherConnect } from '../../clients/typescript/src/index.js';
import { SEED_DROPS } from '../../src/cli/seed/drops.js';
import { requireDevelopment, seed, SEED_MERCHANT, SEED_SHOPPER } from '../../src/cli/seed/seed.js';
import { PASSWORD, type Json } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';

let server: TestApp;
let client: VoucherConnect;

beforeAll(async () => {
  server = await startApp();
  client = new VoucherConnect({ baseUrl: server.url });
});
afterAll(async () => {
  await server.stop();
});

const login = async (email: string): Promise<string> => {
  const answer = await server.api.expect(200, 'POST', '/v1/auth/login', {
    json: { email, password: PASSWORD },
  });
  return answer.access_token;
};

const own = async (): Promise<Json[]> => {
  const token = await login(SEED_MERCHANT);
  return (await server.api.expect(200, 'GET', '/v1/merchants/me/vouchers?limit=100', { token })).data;
};

describe('the examples for development', () => {
  it('are vouchers in every state, with claims that the audit agrees with', async () => {
    const made = await seed(client, PASSWORD);
    expect(made).toMatchObject({ vouchers: SEED_DROPS.length });
    const vouchers = await own();
    expect(vouchers.map(({ title, status }) => [title, status]).sort()).toEqual(
      SEED_DROPS.map(({ title, state }) => [title, state]).sort(),
    );
    const token = await login(SEED_MERCHANT);
    for (const { id, status } of vouchers) {
      if (status === 'draft') continue;
      await server.api.waitSettled(token, id);
      const { equations } = await server.api.audit(token, id);
      expect(equations.filter((equation: Json) => !equation.holds)).toEqual([]);
    }
    const wallet = await server.api.expect(200, 'GET', '/v1/me/claims', { token: await login(SEED_SHOPPER) });
    expect(wallet.data.length).toBeGreaterThan(0);
  });

  it('are made once', async () => {
    const before = await own();
    expect(await seed(client, 'another password')).toBeUndefined();
    expect(await own()).toEqual(before);
  });

  it('are refused in production', () => {
    expect(() => requireDevelopment({ NODE_ENV: 'production' })).toThrow('for development only');
    expect(() => requireDevelopment({ NODE_ENV: 'development' })).not.toThrow();
  });
});
