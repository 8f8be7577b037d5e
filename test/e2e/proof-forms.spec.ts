import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JwtService } from '@nestjs/jwt';
import { DevInbox, MailRelay } from '../../src/mail/index.js';
import { newEmail, PASSWORD, until, type Answer, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import { solve } from '../support/captcha.js';

const PAGE = '/account/proofs';
/** A drop to come back to. */
const BACK = '/drops/vch_back';

let server: TestApp;
let merchant: Session;
let numbers = 0;
beforeAll(async () => {
  server = await startApp({
    WEB_DIR: 'test/support/web',
    // The test sends by itself.
    MAIL_INTERVAL_MS: '3600000',
    PHONE_CODES_PER_NUMBER_PER_DAY: '1',
  });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

/** A browser without scripts, signed in. */
async function shopper(email = newEmail()): Promise<{ readonly tab: Browser; readonly email: string }> {
  await server.api.expect(201, 'POST', '/v1/auth/register', {
    json: { email, password: PASSWORD, name: 'Lin' },
  });
  const tab = new Browser(server.url);
  expect((await tab.submit('/login', { email, password: PASSWORD, next: PAGE })).path).toBe(PAGE);
  return { tab, email };
}
const me = async (tab: Browser) => (await tab.send('GET', '/v1/me')).body;
const newNumber = (): string => `+86138${String(10_000_000 + ++numbers)}`;
/** The newest text that was sent there. */
const sentTo = (to: string): Promise<string> =>
  until(async () => {
    await server.app.get(MailRelay).run();
    return server.app
      .get(DevInbox)
      .list()
      .find((message) => message.to === to)?.text;
  });
const linkTo = async (email: string): Promise<string> =>
  /https?:\S+\/email-proof#[\w-]+/.exec(await sentTo(email))?.[0] ?? 'no link';
const codeTo = async (phone: string): Promise<string> => /\b\d{6}\b/.exec(await sentTo(phone))?.[0] ?? 'none';
const hiddenOf = (page: Answer, name: string): string =>
  new RegExp(`type="hidden" name="${name}" value="([^"]*)"`).exec(page.text)?.[1] ?? `no ${name}`;

describe('without scripts an e-mail address', () => {
  it('is confirmed by the link that was mailed, pasted: from the refused press to the claim', async () => {
    const drop = await server.api.liveVoucher(merchant.access_token, { requires: 'verified_email' });
    const { tab, email } = await shopper();
    const refused = await tab.submit(`/drops/${drop.id}/claim`, {});
    expect(refused.status).toBe(409);
    const href = `${PAGE}?next=${encodeURIComponent(`/drops/${drop.id}`)}`;
    expect(refused.text).toContain(`href="${href}"`);
    const asked = await tab.send('GET', href);
    expect([asked.status, asked.headers.get('cache-control')]).toEqual([200, 'private, no-store']);
    expect(asked.text).not.toContain('/assets/app-1a2b3c.js');
    const next = hiddenOf(asked, 'next');
    const mailed = await tab.submit(`${PAGE}/email`, { email: hiddenOf(asked, 'email'), next });
    expect([mailed.status, mailed.text.includes(`An e-mail is on its way to ${email}.`)]).toEqual([
      200,
      true,
    ]);

    const link = await linkTo(email);
    // Another's session, half a link, nothing: told so on the form, and nothing is confirmed.
    const other = await shopper();
    for (const [who, pasted, status, words] of [
      [other.tab, link, 410, 'This link is wrong, was used, or is too old.'],
      [tab, link.slice(0, -3), 410, 'This link is wrong, was used, or is too old.'],
      [tab, ' ', 422, 'Paste the whole link from the e-mail.'],
    ] as const) {
      const answer = await who.submit(`${PAGE}/link`, { link: pasted, next });
      expect([answer.status, answer.text.includes(words)]).toEqual([status, true]);
      expect(answer.text).toContain('name="link"');
      expect(await me(who)).toMatchObject({ email_verified: false });
    }
    const done = await tab.submit(`${PAGE}/link`, { link: ` ${link}\n`, next });
    expect([done.status, done.path]).toEqual([200, href]);
    expect(done.text).toContain(`${email}: confirmed`);
    expect(done.text).toContain(`<a href="/drops/${drop.id}">To the drop</a>`);
    expect(await me(tab)).toMatchObject({ email, email_verified: true });
    // A verdict is remembered for two seconds.
    await until(async () => {
      const { path } = await tab.submit(`/drops/${drop.id}/claim`, {});
      return path.startsWith('/claims/') ? path : undefined;
    });
  });

  it('is added to an account that was made by phone, and has one owner', async () => {
    const phone = newNumber();
    const tab = new Browser(server.url);
    const asked = await tab.submit('/login/phone', { phone, next: PAGE });
    const code = await codeTo(phone);
    await tab.submit('/login/code', { phone, code, request_id: hiddenOf(asked, 'request_id'), next: PAGE });
    const wrong = await tab.send('POST', `${PAGE}/email`, {
      form: { email: 'lin@' },
      headers: { 'accept-language': 'zh' },
    });
    expect([wrong.status, wrong.text.includes('请填写邮箱地址，例如 lin@example.com。')]).toEqual([
      422,
      true,
    ]);
    expect(wrong.text).toContain('value="lin@"');
    const email = newEmail();
    await tab.submit(`${PAGE}/email`, { email });
    const link = await linkTo(email);
    await shopper(email); // somebody registers with it meanwhile
    const taken = await tab.submit(`${PAGE}/link`, { link });
    expect([taken.status, taken.text.includes('There is already an account')]).toEqual([409, true]);
    const free = newEmail();
    await tab.submit(`${PAGE}/email`, { email: free });
    await tab.submit(`${PAGE}/link`, { link: await linkTo(free) });
    expect(await me(tab)).toMatchObject({ email: free, email_verified: true, phone });
  });
});

describe('without scripts a phone number', () => {
  it('is confirmed by a code; what is wrong is told on the form', async () => {
    const { tab } = await shopper();
    const wrong = await tab.submit(`${PAGE}/phone`, { phone: '12345', next: BACK });
    expect([wrong.status, wrong.text.includes('Enter a US or Chinese mobile number')]).toEqual([422, true]);
    const phone = newNumber();
    const typed = `0086 ${phone.slice(3, 6)}-${phone.slice(6)}`;
    const sent = await tab.submit(`${PAGE}/phone`, { phone: typed, next: BACK });
    expect([sent.status, hiddenOf(sent, 'phone')]).toEqual([200, phone]);
    const code = await codeTo(phone);
    const form = { phone, request_id: hiddenOf(sent, 'request_id'), next: BACK };
    const other = code === '000000' ? '000001' : '000000';
    for (const [answer, words] of [
      [await tab.submit(`${PAGE}/code`, { ...form, code: other }), 'That code is wrong'],
      [await tab.submit(`${PAGE}/code`, { ...form, code: '12' }), 'Enter the 6 digits.'],
    ] as const) {
      expect([answer.status >= 400, answer.text.includes(words)]).toEqual([true, true]);
      expect(answer.text).toContain('name="code"');
    }
    // Not by another account, with whatever it saw.
    const stranger = (await shopper()).tab;
    expect((await stranger.submit(`${PAGE}/code`, { ...form, code })).status).toBe(401);
    const done = await tab.submit(`${PAGE}/code`, { ...form, code });
    expect([done.path, done.text.includes(`${phone}: confirmed`)]).toEqual([
      `${PAGE}?next=${encodeURIComponent(BACK)}`,
      true,
    ]);
    expect((await me(tab)).phone).toBe(phone);
    expect((await me(stranger)).phone).toBeNull();
  });

  it('of which many codes were asked for is confirmed behind a captcha, as a picture or in words', async () => {
    const phone = newNumber();
    await new Browser(server.url).submit('/login/phone', { phone });
    const { tab } = await shopper();
    const picture = await tab.submit(`${PAGE}/phone`, { phone, next: BACK });
    expect(picture.text).toContain('<img class="captcha__picture"');
    expect(picture.text).toContain(`action="${PAGE}/phone"`);
    const words = await tab.submit(`${PAGE}/phone`, { phone, next: BACK, words: '1' });
    const question = /What is [^?]*\?/.exec(words.text)?.[0] ?? '';
    const sent = await tab.submit(`${PAGE}/phone`, {
      phone,
      next: hiddenOf(words, 'next'),
      captcha_id: hiddenOf(words, 'captcha_id'),
      captcha_answer: solve(question),
    });
    const form = { phone, request_id: hiddenOf(sent, 'request_id'), next: hiddenOf(sent, 'next') };
    expect((await tab.submit(`${PAGE}/code`, { ...form, code: await codeTo(phone) })).status).toBe(200);
    expect((await me(tab)).phone).toBe(phone);
  });
});

describe('the page of proofs', () => {
  it('is for who is signed in, takes nothing from other sites, and leads nowhere else', async () => {
    const nobody = new Browser(server.url);
    const login = `/login?next=${encodeURIComponent(`${PAGE}?next=${encodeURIComponent(BACK)}`)}`;
    expect((await nobody.send('GET', `${PAGE}?next=${BACK}`)).headers.get('location')).toBe(
      `/login?next=${encodeURIComponent(`${PAGE}?next=${BACK}`)}`,
    );
    for (const path of ['email', 'link', 'phone', 'code']) {
      const answer = await nobody.send('POST', `${PAGE}/${path}`, { form: { next: BACK } });
      expect([path, answer.status, answer.headers.get('location')]).toEqual([path, 303, login]);
    }
    const { tab, email } = await shopper();
    const evil = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    for (const path of ['email', 'link', 'phone', 'code'])
      expect((await tab.send('POST', `${PAGE}/${path}`, { form: { email }, headers: evil })).status).toBe(
        403,
      );
    for (const next of ['https://evil.example', '//evil.example', '"><script>x</script>']) {
      const page = await tab.send('GET', `${PAGE}?next=${encodeURIComponent(next)}`);
      expect([page.text.includes('evil'), page.text.includes('<script>x')]).toEqual([false, false]);
    }
    const jwt = server.app.get(JwtService, { strict: false });
    const { iat: _iat, exp: _exp, iss: _iss, ...claims } = jwt.decode(tab.cookies.get('vc_access') ?? '');
    tab.cookies.set('vc_access', jwt.sign(claims, { expiresIn: -1 }));
    const stale = await tab.send('GET', PAGE);
    expect(stale.text).toContain(`url=/session?next=${encodeURIComponent(PAGE)}`);
    expect((await tab.follow(await tab.send('GET', `/session?next=${PAGE}`), '')).path).toBe(PAGE);
  });

  it('is named where the pages of the script say that they need it, in both languages', async () => {
    const tab = new Browser(server.url);
    for (const path of ['/account', '/email-proof'])
      for (const [language, words] of [
        ['en', 'Confirm your address or number'],
        ['zh', '确认邮箱或手机号'],
      ] as const) {
        const page = await tab.send('GET', path, { headers: { 'accept-language': language } });
        expect(page.text).toContain(`<p><a href="${PAGE}">${words}</a></p>`);
      }
  });
});
