import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash, randomInt } from 'node:crypto';
import { newEmail, PASSWORD, until, type Answer, type Session } from '../support/api.js';
import { Api } from '../support/api.js';
import { Instance } from '../support/instance.js';
import { expectProblem } from '../support/problem.js';
import { freshSystem, query } from '../support/stack-env.js';

const ADMIN = { email: 'root@example.com', password: 'a long admin password' };

/** Revocation is to hold within 1 s; the machine that runs this may be busy. */
const REVOKED_WITHIN_MS = 1_000;

describe('accounts over two instances', () => {
  let env: Record<string, string>;
  let instances: Instance[];
  let here: Api;
  let there: Api;

  beforeAll(async () => {
    env = {
      ...(await freshSystem('accounts', 3)),
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      // All of this file comes from one address.
      LOGIN_FREE_TRIES_ADDRESS: '1000',
      REFRESH_GRACE_S: '5',
      LOGIN_FIRST_DELAY_MS: '60000',
      PHONE_CODES_PER_ADDRESS_PER_DAY: '1000',
      // The policies of routes are not what is tested here.
      RATE_LIMIT_GLOBAL: 'off',
      RATE_LIMIT_LOGIN: 'off',
      RATE_LIMIT_REGISTER: 'off',
    };
    instances = await Instance.startAll(env, env);
    [here, there] = instances.map(({ url }) => new Api(url)) as [Api, Api];
  });

  afterAll(async () => {
    for (const instance of instances ?? []) await instance.kill();
  });

  const me = (api: Api, token: string): Promise<Answer> => api.call('GET', '/v1/me', { token });
  const refresh = (api: Api, token: string): Promise<Answer> =>
    api.call('POST', '/v1/auth/refresh', { json: { refresh_token: token } });
  const login = (api: Api, email: string, password = PASSWORD): Promise<Answer> =>
    api.call('POST', '/v1/auth/login', { json: { email, password } });

  /** @returns how long it took in milliseconds */
  const refusedAt = async (api: Api, token: string): Promise<number> => {
    const begin = performance.now();
    const answer = await until(async () => {
      const asked = await me(api, token);
      return asked.status === 401 ? asked : undefined;
    });
    expectProblem(answer, 'unauthenticated');
    return performance.now() - begin;
  };

  const newPhone = (): string => `+86138${String(randomInt(100_000_000)).padStart(8, '0')}`;
  const codeFor = (phone: string): Promise<string> =>
    until(async () => {
      const log = instances.map((instance) => instance.log).join('\n');
      return [...log.matchAll(new RegExp(`code (\\d{6}) for \\${phone}`, 'g'))].at(-1)?.[1];
    });

  it('20 parallel refreshes with one token give one successor', async () => {
    const session = await here.register();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => refresh(n % 2 === 0 ? here : there, session.refresh_token)),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const successors = new Set(answers.map(({ body }) => body.refresh_token));
    expect(successors.size).toBe(1);
    expect((await refresh(there, [...successors][0] ?? '')).status).toBe(200);
    // A copy that comes later ends the session for everybody, access tokens included.
    const caught = await until(async () => {
      const answer = await refresh(here, session.refresh_token);
      return answer.status === 200 ? undefined : answer;
    });
    expectProblem(caught, 'refresh_token_reused');
    await refusedAt(here, session.access_token);
    await refusedAt(there, answers[0]?.body.access_token);
    expectProblem(await refresh(there, [...successors][0] ?? ''), 'invalid_refresh_token');
  });

  it.each([
    ['logout', 'POST', () => '/v1/auth/logout'],
    ['ending the one session', 'DELETE', (id: string) => `/v1/me/sessions/${id}`],
    ['ending all sessions', 'DELETE', () => '/v1/me/sessions'],
  ])('%s on one instance is effective on the other within 1 s', async (_name, method, path) => {
    const session = await here.register();
    const token = session.access_token;
    const list = await there.expect(200, 'GET', '/v1/me/sessions', { token });
    expect((await me(there, token)).status).toBe(200);
    await here.expect(204, method, path(list.data[0].id), { token });
    expectProblem(await me(here, token), 'unauthenticated');
    expect(await refusedAt(there, token)).toBeLessThan(REVOKED_WITHIN_MS);
    expectProblem(await refresh(there, session.refresh_token), 'invalid_refresh_token');
  });

  it('a password change ends all sessions on both, and opens a new one', async () => {
    const first = await here.register();
    const second = (await login(there, first.user.email)).body;
    const json = { current_password: PASSWORD, new_password: 'another long password' };
    const token = second.access_token;
    const fresh = await there.expect(200, 'PUT', '/v1/me/password', { token, json });
    for (const api of [here, there]) {
      await refusedAt(api, first.access_token);
      await refusedAt(api, second.access_token);
      expect((await me(api, fresh.access_token)).status).toBe(200);
    }
    for (const old of [first, second])
      expectProblem(await refresh(here, old.refresh_token), 'invalid_refresh_token');
    expectProblem(await login(here, first.user.email), 'invalid_credentials');
    expect((await login(here, first.user.email, json.new_password)).status).toBe(200);
  });

  it('an instance that starts later refuses what was revoked before', async () => {
    const session = await here.register();
    await here.expect(204, 'POST', '/v1/auth/logout', { token: session.access_token });
    const late = await Instance.start(env);
    try {
      expectProblem(await me(new Api(late.url), session.access_token), 'unauthenticated');
    } finally {
      await late.kill();
    }
  });

  it('a hundred guesses at once over both are five that are judged', async () => {
    const { user } = await here.register();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => login(n % 2 === 0 ? here : there, user.email, `guess ${n}`)),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    const delayed = answers.filter(({ status }) => status === 429);
    expect(delayed).toHaveLength(95);
    expectProblem(delayed[0] as Answer, 'too_many_attempts');
    // The right password waits as well, and an account that does not exist does the same.
    expectProblem(await login(there, user.email), 'too_many_attempts');
    const nobody = newEmail();
    for (let n = 0; n < 5; n++) expectProblem(await login(here, nobody), 'invalid_credentials');
    expectProblem(await login(there, nobody), 'too_many_attempts');
  });

  it('a code that one instance sent logs in at the other, once, and makes one account', async () => {
    const phone = newPhone();
    await here.expect(202, 'POST', '/v1/auth/phone/code', { json: { phone } });
    const json = { phone, code: await codeFor(phone) };
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, n) =>
        (n % 2 === 0 ? there : here).call('POST', '/v1/auth/phone/login', { json }),
      ),
    );
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(won[0]?.body.user.phone).toBe(phone);
    for (const answer of answers.filter(({ status }) => status !== 200))
      expectProblem(answer, 'invalid_code');
    expect(await query(env, 'SELECT id FROM users WHERE phone = ?', [phone])).toHaveLength(1);
  });

  it('an invitation makes one membership, a role ends on both, and a merchant keeps one owner', async () => {
    const owner = await here.registerMerchant();
    const hired = async (): Promise<Session> => {
      const person = await there.register();
      const { id } = await here.expect(201, 'POST', '/v1/staff-invitations', {
        token: owner.access_token,
        json: { email: person.user.email, role: 'cashier' },
      });
      // What only the mail knows.
      const token = `${id}-${'A'.repeat(24)}`;
      const hash = createHash('sha256').update(token).digest('base64url');
      await query(env, 'UPDATE staff_invitations SET token_hash = ? WHERE id = ?', [hash, id]);
      const answers = await Promise.all(
        [here, there, here, there].map((api) =>
          api.call('POST', '/v1/staff-invitations/accept', { token: person.access_token, json: { token } }),
        ),
      );
      const won = answers.filter(({ status }) => status === 200);
      expect(won).toHaveLength(1);
      return won[0]?.body;
    };
    const people = [await hired(), await hired()] as const;
    // Somebody who is dismissed is a shopper everywhere.
    const dismissed = await hired();
    await here.expect(204, 'DELETE', `/v1/staff/${dismissed.user.id}`, { token: owner.access_token });
    expectProblem(await me(here, dismissed.access_token), 'unauthenticated');
    expect(await refusedAt(there, dismissed.access_token)).toBeLessThan(REVOKED_WITHIN_MS);
    expectProblem(await refresh(there, dismissed.refresh_token), 'invalid_refresh_token');
    expect((await login(there, dismissed.user.email)).body.user.roles).toEqual(['shopper']);
    const token = people[0].access_token;
    expect((await me(there, token)).body.roles).toEqual(['merchant', 'cashier']);
    await here.expect(200, 'PATCH', `/v1/staff/${people[0].user.id}`, {
      token: owner.access_token,
      json: { role: 'editor' },
    });
    expectProblem(await me(here, token), 'unauthenticated');
    expect(await refusedAt(there, token)).toBeLessThan(REVOKED_WITHIN_MS);
    const handovers = await Promise.all(
      people.map(({ user }, n) =>
        (n === 0 ? here : there).call('POST', `/v1/staff/${user.id}/hand-over`, {
          token: owner.access_token,
        }),
      ),
    );
    expect(handovers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    const rows = await query<{ merchant_role: string }>(
      env,
      'SELECT merchant_role FROM users WHERE merchant_id = ? ORDER BY merchant_role DESC',
      [owner.merchantId],
    );
    expect(rows.map(({ merchant_role: role }) => role)).toEqual(['owner', 'editor', expect.any(String)]);
  });

  it('who an administrator disables at one instance is out at both: sessions, streams, logins, API keys', async () => {
    const { access_token: token } = (await login(here, ADMIN.email, ADMIN.password)).body;
    const disable = (what: string): Promise<Answer> =>
      here.expect(200, 'POST', `/v1/admin/${what}/disable`, { token, json: { reason: 'fraud' } });
    const owner = await here.registerMerchant();
    const drop = await here.liveVoucher(owner.access_token);
    const { secret } = await here.expect(201, 'POST', '/v1/api-keys', {
      token: owner.access_token,
      json: { name: 'till', scopes: ['vouchers:read'] },
    });
    const byKey = (): Promise<Answer> => there.call('GET', '/v1/merchants/me/vouchers', { token: secret });
    expect((await byKey()).status).toBe(200);

    const shopper = await there.register();
    expect((await there.claim(shopper.access_token, drop.id)).status).toBe(202);
    await disable(`users/${shopper.user.id}`);
    expect(await refusedAt(there, shopper.access_token)).toBeLessThan(REVOKED_WITHIN_MS);
    expectProblem(await refresh(there, shopper.refresh_token), 'invalid_refresh_token');
    expectProblem(await login(there, shopper.user.email), 'account_disabled');
    expectProblem(await there.claim(shopper.access_token, drop.id), 'unauthenticated');

    const customer = await there.register();
    await disable(`merchants/${owner.merchantId}`);
    expect(await refusedAt(there, owner.access_token)).toBeLessThan(REVOKED_WITHIN_MS);
    expectProblem(await login(there, owner.user.email), 'account_disabled');
    await until(async () => ((await byKey()).status === 401 ? true : undefined));
    // With the merchant its drops are closed, at the other instance too.
    await until(async () => {
      const { status } = await there.claim(customer.access_token, drop.id);
      return status === 404 || status === 409 ? true : undefined;
    });
    expect((await me(there, customer.access_token)).status).toBe(200);
  });

  it('two instances that start together make one administrator', async () => {
    const rows = await query<{ role: string }>(env, 'SELECT role FROM users WHERE email = ?', [ADMIN.email]);
    expect(rows).toEqual([{ role: 'admin' }]);
    const answer = await login(there, ADMIN.email, ADMIN.password);
    expect(answer.body.user.roles).toEqual(['admin']);
  });
});
