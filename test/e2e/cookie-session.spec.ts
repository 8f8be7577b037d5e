import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newEmail, PASSWORD, until, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { passTime, resetTime } from '../support/pass-time.js';
import { Browser } from '../support/browser.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
beforeAll(async () => {
  server = await startApp({ REFRESH_GRACE_S: '1' });
});
afterAll(() => server.stop());

const AS_COOKIE = { 'x-session': 'cookie' };
const browser = () => new Browser(server.url);

interface Registered {
  readonly tab: Browser;
  readonly lines: string[];
  readonly body: Session;
}

async function register(tab = browser()): Promise<Registered> {
  const json = { email: newEmail(), password: PASSWORD, name: 'Lin' };
  const answer = await tab.send('POST', '/v1/auth/register', { json, headers: AS_COOKIE });
  expect(answer.status).toBe(201);
  return { tab, lines: answer.headers.getSetCookie(), body: answer.body };
}

describe('a session in cookies', () => {
  it('comes as cookies that scripts and other sites do not get, and not in the body', async () => {
    const { lines, body } = await register();
    expect(lines.map((line) => line.replace(/=[^;]+/, '=...'))).toEqual([
      'vc_access=...; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax',
      'vc_refresh=...; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax',
      'vc_device=...; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax',
    ]);
    expect(Object.keys(body).sort()).toEqual(['expires_in', 'object', 'user']);
  });

  it('comes with every way to log in', async () => {
    const { body } = await register();
    const tab = browser();
    const json = { email: body.user.email, password: PASSWORD };
    const login = await tab.send('POST', '/v1/auth/login', { json, headers: AS_COOKIE });
    expect([login.status, login.body.access_token, tab.sessionCookies]).toEqual([200, undefined, 2]);

    const owner = { email: newEmail(), password: PASSWORD, name: 'Chen Bo' };
    const shop = browser();
    const merchant = await shop.send('POST', '/v1/merchants', {
      json: { name: 'Tea House', time_zone: 'Asia/Shanghai', owner },
      headers: AS_COOKIE,
    });
    expect(merchant.status).toBe(201);
    expect(Object.keys(merchant.body.session).sort()).toEqual(['expires_in', 'object', 'user']);
    expect((await shop.send('GET', '/v1/merchants/me/vouchers')).status).toBe(200);
  });

  it('comes again with the repetition of a request that has an Idempotency-Key', async () => {
    const json = { email: newEmail(), password: PASSWORD, name: 'Lin' };
    const headers = { ...AS_COOKIE, 'idempotency-key': 'register-once' };
    const [one, two] = [browser(), browser()];
    await one.send('POST', '/v1/auth/register', { json, headers });
    const again = await two.send('POST', '/v1/auth/register', { json, headers });
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect([...two.cookies]).toEqual([...one.cookies]);
    expect(again.body.access_token).toBeUndefined();
  });

  it('is not given to a client that did not ask for it', async () => {
    const json = { email: newEmail(), password: PASSWORD, name: 'Lin' };
    const { headers, body } = await server.api.call('POST', '/v1/auth/register', { json });
    expect([headers.getSetCookie(), typeof body.access_token]).toEqual([[], 'string']);
  });

  it('opens what a token opens, and its answers are for this browser alone', async () => {
    const { tab, body } = await register();
    const me = await tab.send('GET', '/v1/me');
    expect([me.status, me.body]).toEqual([200, body.user]);
    expect(me.headers.get('cache-control')).toBe('private, no-store');
    expect(me.headers.get('vary')).toMatch(/Cookie/);
  });

  it('is exchanged for its successor without a body, and tells an expired token from none', async () => {
    const { tab, body } = await register();
    passTime(body.expires_in * 1_000);
    try {
      expectProblem(await tab.send('GET', '/v1/me'), 'token_expired');
      const before = new Map(tab.cookies);
      const refreshed = await tab.send('POST', '/v1/auth/refresh');
      expect([refreshed.status, refreshed.body.refresh_token]).toEqual([200, undefined]);
      expect(tab.cookies.get('vc_refresh')).not.toBe(before.get('vc_refresh'));
      expect((await tab.send('GET', '/v1/me')).status).toBe(200);
    } finally {
      resetTime();
    }
    expectProblem(await browser().send('POST', '/v1/auth/refresh'), 'validation_failed', ['/refresh_token']);
  });

  it('ends for everybody when an old refresh cookie is used again, and the cookies go', async () => {
    const { tab } = await register();
    const old = new Map(tab.cookies);
    expect((await tab.send('POST', '/v1/auth/refresh')).status).toBe(200);
    const refused = await until(async () => {
      const thief = browser();
      for (const [name, value] of old) thief.cookies.set(name, value);
      const answer = await thief.send('POST', '/v1/auth/refresh');
      return answer.status === 200 ? undefined : { answer, kept: thief.sessionCookies };
    });
    expectProblem(refused.answer, 'refresh_token_reused');
    expect(refused.kept).toBe(0);
    expectProblem(await tab.send('GET', '/v1/me'), 'unauthenticated');
    expectProblem(await tab.send('POST', '/v1/auth/refresh'), 'invalid_refresh_token');
    expect(tab.sessionCookies).toBe(0);
  });

  it('ends with logout, which takes the cookies away', async () => {
    const { tab } = await register();
    const stolen = new Map(tab.cookies);
    expect((await tab.send('POST', '/v1/auth/logout')).status).toBe(204);
    expect(tab.sessionCookies).toBe(0);
    const copy = browser();
    for (const [name, value] of stolen) copy.cookies.set(name, value);
    expectProblem(await copy.send('GET', '/v1/me'), 'unauthenticated');
  });

  it('is replaced by cookies when the password is changed', async () => {
    const { tab } = await register();
    const json = { current_password: PASSWORD, new_password: 'a newer, longer password' };
    const changed = await tab.send('PUT', '/v1/me/password', { json });
    expect([changed.status, changed.body.access_token]).toEqual([200, undefined]);
    expect((await tab.send('GET', '/v1/me')).status).toBe(200);
  });
});

describe('a request that a cookie authenticates', () => {
  const rename = (tab: Browser, headers: Record<string, string>) =>
    tab.send('PATCH', '/v1/me', { json: { name: 'Yue' }, headers });
  const own = () => server.url;

  it.each<[string, () => Record<string, string>, number]>([
    ['says that it is ours', () => ({ 'sec-fetch-site': 'same-origin' }), 200],
    ['comes from another site', () => ({ 'sec-fetch-site': 'cross-site' }), 403],
    ['comes from a neighbouring subdomain', () => ({ 'sec-fetch-site': 'same-site' }), 403],
    [
      'comes from another site and lies about its origin',
      () => ({ 'sec-fetch-site': 'cross-site', origin: own() }),
      403,
    ],
  ])('and that %s', async (_what, headers, status) => {
    const { tab } = await register();
    const answer = await rename(tab, headers());
    if (status === 403) expectProblem(answer, 'csrf_refused');
    expect(answer.status).toBe(status);
    expect((await tab.send('GET', '/v1/me')).body.name).toBe(status === 200 ? 'Yue' : 'Lin');
  });

  it('is judged by its origin where the browser does not say whose it is, and refused without either', async () => {
    const { tab } = await register();
    const cookie = [...tab.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const ask = (headers: Record<string, string>) =>
      server.api.call('PATCH', '/v1/me', { json: { name: 'Yue' }, headers: { cookie, ...headers } });
    for (const origin of ['https://evil.example', 'null', `${own()}.evil.example`, `${own()}1`])
      expectProblem(await ask({ origin }), 'csrf_refused');
    expectProblem(await ask({}), 'csrf_refused');
    expect((await ask({ origin: own() })).status).toBe(200);
    expect((await ask({ origin: own().replace('http:', 'https:') })).status).toBe(200);
    // Reading changes nothing.
    expect((await server.api.call('GET', '/v1/me', { headers: { cookie } })).status).toBe(200);
  });

  it('is held to the rule when it refreshes and logs out', async () => {
    const { tab } = await register();
    const headers = { 'sec-fetch-site': 'cross-site' };
    expectProblem(await tab.send('POST', '/v1/auth/refresh', { headers }), 'csrf_refused');
    expectProblem(await tab.send('POST', '/v1/auth/logout', { headers }), 'csrf_refused');
    expect((await tab.send('POST', '/v1/auth/refresh')).status).toBe(200);
  });

  it('is not one where a token is sent: that wins, and no rule but its own holds', async () => {
    const { tab } = await register();
    const other = await server.api.register();
    const headers = { authorization: `Bearer ${other.access_token}`, 'sec-fetch-site': 'cross-site' };
    const me = await tab.send('PATCH', '/v1/me', { json: { name: 'Bo' }, headers });
    expect([me.status, me.body.id]).toEqual([200, other.user.id]);
    expect(me.headers.get('cache-control')).toBeNull();
    expectProblem(
      await tab.send('GET', '/v1/me', { headers: { authorization: 'Bearer no' } }),
      'unauthenticated',
    );
  });
});

// Last: Passport keeps its strategies in the process, and the one of this application reads other cookies.
describe('a session in secure cookies', () => {
  it('is over https alone, under names that neighbours cannot set, where the setting says so', async () => {
    const secure = await startApp({ COOKIE_SECURE: 'always' });
    try {
      const json = { email: newEmail(), password: PASSWORD, name: 'Lin' };
      const tab = new Browser(secure.url);
      const { headers } = await tab.send('POST', '/v1/auth/register', { json, headers: AS_COOKIE });
      for (const line of headers.getSetCookie())
        expect(line).toMatch(/^__Host-vc_(access|refresh|device)=.*; Path=\/;.*; Secure(;|$)/);
      expect((await tab.send('GET', '/v1/me')).status).toBe(200);
    } finally {
      await secure.stop();
    }
  });
});
