import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ClaimIssuer } from '../../src/claim/issue/claim-issuer.js';
import { newAddress, PASSWORD, until, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { tokenFor } from '../support/crowd.js';
import { openClaimStream } from '../support/claim-stream.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let drop: { readonly id: string };
beforeAll(async () => {
  // Nothing is issued here: by itself a stream would stay open for two minutes.
  jest.spyOn(ClaimIssuer.prototype, 'handle').mockRejectedValue(new Error('the database is away'));
  server = await startApp();
  const merchant = await server.api.registerMerchant();
  drop = await server.api.liveVoucher(merchant.access_token, { total_stock: 100 });
});
afterAll(async () => {
  await server.stop();
  jest.restoreAllMocks();
});

const open = async (api = server.api, headers: Record<string, string> = {}) => {
  const user = await api.register();
  const { body } = await api.claim(user.access_token, drop.id);
  const stream = await openClaimStream(api.url, body.id, user.access_token, headers);
  return { user, claimId: body.id as string, stream };
};

const login = (user: Session): Promise<Session> =>
  server.api.expect(200, 'POST', '/v1/auth/login', { json: { email: user.user.email, password: PASSWORD } });

const admin = tokenFor('usr_0000000000admn01', 'admin');

describe('the stream of a pending claim ends', () => {
  it.each<[string, (user: Session) => Promise<unknown>]>([
    ['at logout', ({ access_token: token }) => server.api.expect(204, 'POST', '/v1/auth/logout', { token })],
    [
      'when the password is changed elsewhere',
      async (user) => {
        const { access_token: token } = await login(user);
        const json = { current_password: PASSWORD, new_password: 'another long password' };
        await server.api.expect(200, 'PUT', '/v1/me/password', { token, json });
      },
    ],
    [
      'when the session is ended elsewhere',
      async (user) => {
        const { access_token: token } = await login(user);
        const { data } = await server.api.expect(200, 'GET', '/v1/me/sessions', { token });
        await server.api.expect(204, 'DELETE', `/v1/me/sessions/${data[1].id}`, { token });
      },
    ],
    [
      'when an administrator disables the account',
      ({ user: { id } }) =>
        server.api.expect(200, 'POST', `/v1/admin/users/${id}/disable`, {
          token: admin,
          json: { reason: 'bot' },
        }),
    ],
    [
      'when the user is blocked',
      ({ user: { id } }) =>
        server.api.expect(201, 'POST', '/v1/admin/blocks', {
          token: admin,
          json: { user_id: id, reason: 'bot' },
        }),
    ],
  ])('%s', async (_when, end) => {
    const { user, stream } = await open();
    const other = await open();
    expect(stream.text()).toContain('"status":"pending"');
    await end(user);
    await stream.ended();
    expect(stream.text()).not.toContain('"status":"issued"');
    expect(other.stream.isOpen()).toBe(true);
    other.stream.close();
  });

  it('when its address is blocked', async () => {
    const address = newAddress();
    const { stream } = await open(server.api, { 'x-forwarded-for': address });
    const other = await open(server.api, { 'x-forwarded-for': newAddress() });
    await server.api.expect(201, 'POST', '/v1/admin/blocks', {
      token: admin,
      json: { address, reason: 'bot' },
    });
    await stream.ended();
    expect(other.stream.isOpen()).toBe(true);
    other.stream.close();
  });

  it('with its access token', async () => {
    const user = await server.api.register();
    const { body } = await server.api.claim(user.access_token, drop.id);
    let brief = '';
    const stream = await until(() => {
      brief = tokenFor(user.user.id, 'shopper', 2);
      return openClaimStream(server.url, body.id, brief).catch((error: Error) => {
        if (error.message !== 'status 401') throw error;
        return undefined; // it ended before the stream began
      });
    });
    await stream.ended();
    expectProblem(await server.api.claimStatus(brief, body.id), 'token_expired');
    expect((await server.api.claimStatus(user.access_token, body.id)).status).toBe(200);
  });

  it('by its client, and leaves nothing behind', async () => {
    const { user, stream } = await open();
    stream.close();
    await server.api.expect(204, 'POST', '/v1/auth/logout', { token: user.access_token });
    expect((await server.api.call('GET', '/v1/time')).status).toBe(200);
  });
});
