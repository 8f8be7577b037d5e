import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { AccessTokenGuard } from '../../src/auth/access.js';
import { FastClaimEndpoint } from '../../src/claim/index.js';
import { Metrics } from '../../src/observability/metrics.js';
import { startApp, type TestApp } from '../support/app.js';

let server: TestApp;
afterEach(() => server.stop());

/** @returns the status of a plain claim, and whether it took the standard route */
async function claim(): Promise<{ readonly status: number; readonly standard: boolean }> {
  const { api } = server;
  const { access_token: owner } = await api.registerMerchant();
  const { id } = await api.liveVoucher(owner);
  const { access_token: token } = await api.register();
  const guard = jest.spyOn(AccessTokenGuard.prototype, 'canActivate');
  guard.mockClear();
  const { status } = await api.claim(token, id);
  return { status, standard: guard.mock.calls.length > 0 };
}
const gauge = (): Promise<string> =>
  server.app.get(Metrics).registry.getSingleMetricAsString('voucherconnect_http_fast_path');

describe('FAST_PATH', () => {
  it('auto: plain claims are answered before Fastify, and it shows', async () => {
    server = await startApp();
    expect(server.app.get(FastClaimEndpoint).mode).toBe('on');
    expect(await gauge()).toMatch(/ 1$/);
    expect(await claim()).toEqual({ status: 202, standard: false });
  });

  it('off: they take the standard route, with the same answer', async () => {
    server = await startApp({ FAST_PATH: 'off' });
    expect(server.app.get(FastClaimEndpoint).mode).toBe('off');
    expect(await gauge()).toMatch(/ 0$/);
    expect(await claim()).toEqual({ status: 202, standard: true });
  });
});
