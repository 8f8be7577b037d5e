import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PasswordResets, SessionStore } from '../../src/auth/index.js';
import { DevInbox, MailRelay } from '../../src/mail/index.js';
import { newEmail, PASSWORD, until } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';

const NEW_PASSWORD = 'a newer, longer password';
const FORGOTTEN = '/login/forgotten';
const CHANGE = '/account/password';
const DELETE = '/account/deletion';

let server: TestApp;
beforeAll(async () => {
  server = await startApp({
    WEB_DIR: 'test/support/web',
    // The test sends by itself.
    MAIL_INTERVAL_MS: '3600000',
    ADMIN_EMAIL: 'root@example.com',
    ADMIN_PASSWORD: PASSWORD,
    RATE_LIMIT_LOGIN: 'off',
    RATE_LIMIT_REGISTER: 'off',
  });
});
afterAll(() => server.stop());

/** A browser without scripts, signed in. */
async function signedIn(email: string, next = '/account'): Promise<Browser> {
  const tab = new Browser(server.url);
  expect((await tab.submit('/login', { email, password: PASSWORD, next })).path).toBe(next);
  return tab;
}
async function account(): Promise<string> {
  const email = newEmail();
  await server.api.expect(201, 'POST', '/v1/auth/register', {
    json: { email, password: PASSWORD, name: 'Lin' },
  });
  return email;
}
const statusOf = async (tab: Browser): Promise<number> => (await tab.send('GET', '/v1/me')).status;
const login = async (email: string, password: string): Promise<number> =>
  (await server.api.call('POST', '/v1/auth/login', { json: { email, password } })).status;
const linkTo = (email: string): Promise<string> =>
  until(async () => {
    await server.app.get(PasswordResets).run();
    await server.app.get(MailRelay).run();
    const mail = server.app
      .get(DevInbox)
      .list()
      .find(({ to }) => to === email);
    return /https?:\S+\/password-reset#[\w-]+/.exec(mail?.text ?? '')?.[0];
  });

describe('without scripts a forgotten password', () => {
  it('is replaced by the mailed link, pasted; all sessions end; nobody learns who has an account', async () => {
    const email = await account();
    const open = await signedIn(email);
    const tab = new Browser(server.url);
    expect((await tab.send('GET', '/login')).text).toContain(`href="${FORGOTTEN}"`);
    expect((await tab.send('GET', FORGOTTEN)).text).toContain(`action="${FORGOTTEN}"`);
    const sent = await tab.submit(FORGOTTEN, { email });
    expect([sent.status, sent.text.includes('If there is an account with that address')]).toEqual([
      200,
      true,
    ]);
    const stranger = newEmail();
    const unknown = await tab.submit(FORGOTTEN, { email: stranger });
    expect([unknown.status, unknown.text.replaceAll(stranger, email)]).toEqual([200, sent.text]);

    const link = await linkTo(email);
    for (const [form, status, words] of [
      [
        { link: link.slice(0, -3), password: NEW_PASSWORD },
        410,
        'This link is wrong, was used, or is too old.',
      ],
      [{ link: ' ', password: NEW_PASSWORD }, 422, 'Paste the whole link from the e-mail.'],
      [{ link, password: 'short' }, 422, 'Use at least 8 characters.'],
      [{ link, password: 'x'.repeat(129) }, 422, 'Use at most 128 characters.'],
    ] as const) {
      const refused = await tab.submit('/login/new-password', form);
      expect([refused.status, refused.text.includes(words)]).toEqual([status, true]);
      expect(refused.text).toContain('name="link"');
      expect(refused.text).not.toContain(NEW_PASSWORD);
    }
    expect(await statusOf(open)).toBe(200);
    const done = await tab.submit('/login/new-password', { link: ` ${link}\n`, password: NEW_PASSWORD });
    expect([done.status, done.text.includes('Your new password is saved.')]).toEqual([200, true]);
    expect(await statusOf(open)).toBe(401);
    expect([await login(email, PASSWORD), await login(email, NEW_PASSWORD)]).toEqual([401, 200]);
    expect((await tab.submit('/login/new-password', { link, password: PASSWORD })).status).toBe(410);
  });

  it('is asked for in words that help, in both languages', async () => {
    const tab = new Browser(server.url, { 'accept-language': 'zh' });
    const wrong = await tab.submit(FORGOTTEN, { email: 'lin@' });
    expect([wrong.status, wrong.text.includes('请填写邮箱地址，例如 lin@example.com。')]).toEqual([
      422,
      true,
    ]);
    expect(wrong.text).toContain('value="lin@"');
  });
});

describe('without scripts a password', () => {
  it('is changed by the one that is known: other sessions end, this browser stays signed in', async () => {
    const email = await account();
    const [tab, other] = [await signedIn(email, CHANGE), await signedIn(email)];
    for (const [current, chosen, status, words] of [
      ['not this one', NEW_PASSWORD, 401, 'E-mail or password is wrong.'],
      [PASSWORD, 'short', 422, 'Use at least 8 characters.'],
      ['', NEW_PASSWORD, 422, 'Enter your password.'],
    ] as const) {
      const refused = await tab.submit(CHANGE, { current_password: current, new_password: chosen });
      expect([refused.status, refused.text.includes(words)]).toEqual([status, true]);
      expect(refused.text).toContain('name="new_password"');
    }
    expect(await statusOf(other)).toBe(200);
    const form = { current_password: PASSWORD, new_password: NEW_PASSWORD };
    const changed = await tab.submit(CHANGE, form);
    expect([changed.status, changed.text.includes('Your password is changed')]).toEqual([200, true]);
    expect([await statusOf(tab), await statusOf(other)]).toEqual([200, 401]);
    expect([await login(email, PASSWORD), await login(email, NEW_PASSWORD)]).toEqual([401, 200]);
  });
});

describe('without scripts an account', () => {
  it('is deleted by who signed in just now, and says what stays', async () => {
    const email = await account();
    const tab = await signedIn(email, DELETE);
    const asked = await tab.send('GET', DELETE);
    expect(asked.text).toContain('Vouchers you claimed remain valid for anyone who shows their code');
    const sessions = server.app.get(SessionStore);
    const find = sessions.find.bind(sessions);
    sessions.find = async (id) => {
      const found = await find(id);
      return found && { ...found, createdAt: found.createdAt - 11 * 60_000 };
    };
    try {
      const late = await tab.submit(DELETE, {});
      expect([late.status, late.text.includes(`href="/login?next=${DELETE}"`)]).toEqual([403, true]);
    } finally {
      sessions.find = find;
    }
    expect(await statusOf(tab)).toBe(200);
    const gone = await tab.send('POST', DELETE, { form: {} });
    expect([gone.status, gone.headers.get('location'), tab.sessionCookies]).toEqual([303, '/', 0]);
    expect(await login(email, PASSWORD)).toBe(401);
  });

  it('that is the last administrator’s is kept', async () => {
    const tab = await signedIn('root@example.com', DELETE);
    const kept = await tab.submit(DELETE, {});
    expect([kept.status, kept.text.includes('the last owner or administrator')]).toEqual([409, true]);
    expect(await statusOf(tab)).toBe(200);
  });
});

describe('these forms', () => {
  it('take nothing from other sites, and of the account are for who is signed in', async () => {
    const nobody = new Browser(server.url);
    for (const path of [CHANGE, DELETE]) {
      const location = `/login?next=${encodeURIComponent(path)}`;
      for (const method of ['GET', 'POST']) {
        const answer = await nobody.send(method, path, method === 'POST' ? { form: {} } : {});
        expect([path, method, answer.status, answer.headers.get('location')]).toEqual([
          path,
          method,
          303,
          location,
        ]);
      }
    }
    const tab = await signedIn(await account());
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    const form = { email: 'lin@example.com', current_password: PASSWORD, new_password: NEW_PASSWORD };
    for (const path of [FORGOTTEN, '/login/new-password', CHANGE, DELETE])
      expect([path, (await tab.send('POST', path, { form, headers })).status]).toEqual([path, 403]);
    expect(await statusOf(tab)).toBe(200);
    for (const path of [FORGOTTEN, CHANGE, DELETE])
      expect((await tab.send('GET', path)).headers.get('cache-control')).toBe('private, no-store');
  });

  it('are named where the pages of the script say that they need it', async () => {
    const tab = new Browser(server.url);
    const mailed = await tab.send('GET', '/password-reset');
    expect(mailed.text).toContain(`<p><a href="${FORGOTTEN}">Choose a new password</a></p>`);
    const own = await tab.send('GET', '/account', { headers: { 'accept-language': 'zh' } });
    expect(own.text).toContain(`<p><a href="${CHANGE}">更改密码</a></p>`);
    expect(own.text).toContain(`<p><a href="${DELETE}">注销账号</a></p>`);
  });
});
