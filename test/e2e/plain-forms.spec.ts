import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JwtService } from '@nestjs/jwt';
import { CodeSender } from '../../src/auth/index.js';
import { Database } from '../../src/database/database.js';
import { newEmail, PASSWORD, until, type Answer, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';

let server: TestApp;
let merchant: Session;
beforeAll(async () => {
  server = await startApp({
    WEB_DIR: 'test/support/web',
    REFRESH_GRACE_S: '2',
    RATE_LIMIT_CHALLENGE: '100/1s sliding-window shared refuse',
  });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

/** A browser without scripts, logged in by the form. */
async function shopper(): Promise<Browser & { email: string }> {
  const email = newEmail();
  await server.api.expect(201, 'POST', '/v1/auth/register', {
    json: { email, password: PASSWORD, name: 'Lin' },
  });
  const tab = new Browser(server.url);
  const { path } = await tab.submit('/login', { email, password: PASSWORD, next: '/login' });
  expect(path).toBe('/login');
  return Object.assign(tab, { email });
}

/** What becomes of the access token after some minutes. */
function expire(tab: Browser): void {
  const jwt = server.app.get(JwtService, { strict: false });
  const { iat: _iat, exp: _exp, iss: _iss, ...claims } = jwt.decode(tab.cookies.get('vc_access') ?? '');
  tab.cookies.set('vc_access', jwt.sign(claims, { expiresIn: -1 }));
}

const live = (terms: Record<string, unknown> = {}) => server.api.liveVoucher(merchant.access_token, terms);
const claimOf = (path: string): string => {
  expect(path).toMatch(/^\/claims\/clm_/);
  return path.slice('/claims/'.length);
};
const stateOf = (page: Answer): string | undefined => /data-status="(\w+)"/.exec(page.text)?.[1];
const settled = (tab: Browser, id: string): Promise<Answer> =>
  until(async () => {
    const page = await tab.send('GET', `/claims/${id}`);
    return stateOf(page) === 'pending' ? undefined : page;
  });
const unitsOf = async (voucherId: string): Promise<number> =>
  (await server.api.waitSettled(merchant.access_token, voucherId)).issued;

describe('without scripts', () => {
  it('a person comes from the drop through the login to a code', async () => {
    const drop = await live();
    const email = newEmail();
    await server.api.expect(201, 'POST', '/v1/auth/register', {
      json: { email, password: PASSWORD, name: 'Lin' },
    });
    const tab = new Browser(server.url);
    const asked = await tab.submit(`/drops/${drop.id}/claim`, {});
    expect(asked.path).toBe(`/login?next=%2Fdrops%2F${drop.id}&resume=1`);
    // For the script, should there be one after all: the press counts once they are signed in.
    expect(tab.cookies.get('vc_intent')).toBe(drop.id);
    expect(asked.text).toContain(`<input type="hidden" name="next" value="/drops/${drop.id}" />`);
    const back = await tab.submit('/login', { email, password: PASSWORD, next: `/drops/${drop.id}` });
    expect([back.path, back.status]).toEqual([`/drops/${drop.id}`, 200]);
    const taken = await tab.submit(`/drops/${drop.id}/claim`, {});
    const id = claimOf(taken.path);
    if (stateOf(taken) === 'pending')
      expect(taken.text).toContain('<noscript><meta http-equiv="refresh" content="2" /></noscript>');
    expect(taken.headers.get('cache-control')).toBe('private, no-store');
    const page = await settled(tab, id);
    expect(stateOf(page)).toBe('issued');
    expect(page.text).toMatch(/<code>[0-9A-Z]{4}-[0-9A-Z-]+<\/code>/);
    expect(page.text).not.toContain('http-equiv="refresh"');
    const out = await tab.submit('/logout', {});
    expect([out.path, tab.sessionCookies]).toEqual(['/', 0]);
    expect((await tab.follow(await tab.send('GET', `/claims/${id}`), '')).path).toBe(
      `/login?next=%2Fclaims%2F${id}`,
    );
  });

  it('two presses, a reload and a way back are one claim, even where more are allowed', async () => {
    const drop = await live({ per_user_limit: 3 });
    const tab = await shopper();
    const press = () => tab.send('POST', `/drops/${drop.id}/claim`, { form: {} });
    const answers = [...(await Promise.all([press(), press(), press()])), await press()];
    expect(new Set(answers.map(({ status, headers }) => `${status} ${headers.get('location')}`)).size).toBe(
      1,
    );
    expect(answers[0]?.status).toBe(303);
    expect(await unitsOf(drop.id)).toBe(1);

    const id = claimOf(answers[0]?.headers.get('location') ?? '');
    const page = await settled(tab, id);
    expect(page.text).toContain(`<input type="hidden" name="after" value="${id}" />`);
    const second = await tab.submit(`/drops/${drop.id}/claim`, { after: id });
    expect(claimOf(second.path)).not.toBe(id);
    expect(claimOf((await tab.submit(`/drops/${drop.id}/claim`, { after: id })).path)).toBe(
      claimOf(second.path),
    );
    expect(await unitsOf(drop.id)).toBe(2);
  });

  it('who holds as many as allowed is shown the claim', async () => {
    const drop = await live();
    const tab = await shopper();
    const { access_token: token } = await server.api.expect(200, 'POST', '/v1/auth/login', {
      json: { email: tab.email, password: PASSWORD },
    });
    const { body } = await server.api.claim(token, drop.id);
    expect((await tab.submit(`/drops/${drop.id}/claim`, {})).path).toBe(`/claims/${body.id}`);
  });

  it('a contact is shared beside the claim, by a press, and taken back by another', async () => {
    const drop = await live({ asks_contact: true });
    const tab = await shopper();
    const id = claimOf((await tab.submit(`/drops/${drop.id}/claim`, {})).path);
    const shown = async (): Promise<string | undefined> =>
      /name="share_contact" value="(\d)"/.exec((await settled(tab, id)).text)?.[1];
    expect(await shown()).toBe('1');
    expect((await tab.submit(`/claims/${id}/contact`, { share_contact: '1' })).path).toBe(`/claims/${id}`);
    expect(await shown()).toBe('0');
    await tab.submit(`/claims/${id}/contact`, { share_contact: '0' });
    expect(await shown()).toBe('1');
    const silent = claimOf((await tab.submit(`/drops/${(await live()).id}/claim`, {})).path);
    expect((await settled(tab, silent)).text).not.toContain('share_contact');
    const stranger = await shopper();
    expect(
      (await stranger.send('POST', `/claims/${id}/contact`, { form: { share_contact: '1' } })).status,
    ).toBe(404);
  });

  it('a refusal is a page in plain words with the status of the problem', async () => {
    const tab = await shopper();
    const empty = await live({ total_stock: 1 });
    await (await shopper()).submit(`/drops/${empty.id}/claim`, {});
    const token = merchant.access_token;
    const paused = await live();
    await server.api.expect(200, 'POST', `/v1/vouchers/${paused.id}/pause`, { token });
    const over = await live();
    await server.api.expect(200, 'POST', `/v1/vouchers/${over.id}/end`, { token });
    const soon = await live({ opens_at: new Date(Date.now() + 1_800_000).toISOString() });
    for (const [drop, status, words] of [
      [empty, 409, 'Sold out.'],
      [paused, 409, 'This drop is paused by the merchant.'],
      [over, 410, 'This drop is over.'],
      [soon, 409, 'This drop is not open yet.'],
    ] as const) {
      const page = await tab.submit(`/drops/${drop.id}/claim`, {});
      expect([page.status, page.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
      expect(page.text).toContain(words);
      expect(page.text).toContain(`href="/drops/${drop.id}"`);
      expect(page.text).not.toContain('/assets/app-1a2b3c.js'); // no script that would begin anew
    }
    expect((await tab.submit('/drops/vch_none/claim', {})).status).toBe(404);
    const zh = await tab.send('POST', `/drops/${over.id}/claim`, {
      form: {},
      headers: { 'accept-language': 'zh' },
    });
    expect(zh.text).toContain('活动已结束');
  });

  it('who has yet to prove an address or a number is told where, and claims once it is done', async () => {
    const tab = await shopper();
    for (const [requires, words, zh] of [
      ['verified_email', 'Your e-mail address is not confirmed yet.', '邮箱'],
      ['verified_phone', 'Your account has no confirmed phone number.', '手机号'],
    ] as const) {
      const drop = await live({ requires });
      const page = await tab.submit(`/drops/${drop.id}/claim`, {});
      expect([page.status, page.headers.get('content-type')]).toEqual([409, 'text/html; charset=utf-8']);
      expect(page.text).toContain(words);
      const proofs = `href="/account/proofs?next=${encodeURIComponent(`/drops/${drop.id}`)}"`;
      expect(page.text).toContain(`<a ${proofs}>Confirm it here</a>`);
      expect(page.text).toContain(`href="/drops/${drop.id}"`);
      const chinese = await tab.send('POST', `/drops/${drop.id}/claim`, {
        form: {},
        headers: { 'accept-language': 'zh' },
      });
      expect(chinese.text).toContain(zh);
      expect(chinese.text).toContain(`<a ${proofs}>前往确认</a>`);
      expect(await unitsOf(drop.id)).toBe(0);
    }
    const byLink = await live({ requires: 'verified_email', protection: { claim_link: true } });
    const asked = await tab.submit(`/drops/${byLink.id}/claim`, {});
    const refused = await tab.submit(asked.path, {});
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('href="/account/proofs?next=');
    const drop = await live({ requires: 'verified_email', one_per: 'person' });
    expect((await tab.submit(`/drops/${drop.id}/claim`, {})).status).toBe(409);
    await server.app
      .get(Database)
      .write((tx) => tx.query('UPDATE users SET email_verified_at = 1 WHERE email = ?', [tab.email]));
    // A verdict is remembered for two seconds.
    const taken = await until(async () => {
      const { path } = await tab.submit(`/drops/${drop.id}/claim`, {});
      return path.startsWith('/claims/') ? path : undefined;
    });
    expect(stateOf(await settled(tab, claimOf(taken)))).toBe('issued');
  });

  it('forms of other sites claim nothing and log nobody in or out', async () => {
    const drop = await live();
    const tab = await shopper();
    const evil = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    for (const path of [
      `/drops/${drop.id}/claim`,
      `/drops/${drop.id}/challenge`,
      '/login',
      '/login/phone',
      '/logout',
    ]) {
      const answer = await tab.send('POST', path, {
        form: { email: tab.email, password: PASSWORD },
        headers: evil,
      });
      expect([path, answer.status]).toEqual([path, 403]);
      expect(answer.text).toContain('did not come from this site');
    }
    expect(tab.sessionCookies).toBe(2);
    expect(await unitsOf(drop.id)).toBe(0);
  });

  it('nobody sees the claim of another', async () => {
    const drop = await live();
    const { path } = await (await shopper()).submit(`/drops/${drop.id}/claim`, {});
    expect((await (await shopper()).send('GET', path)).status).toBe(404);
  });

  it('a session whose access token has expired goes on: by the form itself, and by a step between pages', async () => {
    const drop = await live();
    const tab = await shopper();
    const old = new Map(tab.cookies);
    expire(tab);
    // Two presses at once come with the same old cookies: that is no theft.
    const press = () => tab.send('POST', `/drops/${drop.id}/claim`, { form: {} });
    const [first, second] = await Promise.all([press(), press()]);
    expect([first.status, second.headers.get('location')]).toEqual([303, first.headers.get('location')]);
    expect(tab.cookies.get('vc_refresh')).not.toBe(old.get('vc_refresh'));
    const path = first.headers.get('location') ?? '';
    expect(stateOf(await tab.send('GET', path))).toBeDefined();

    expire(tab);
    const stale = await tab.send('GET', path);
    expect(stale.status).toBe(200);
    expect(stale.text).toContain(
      `<noscript><meta http-equiv="refresh" content="0;url=/session?next=${encodeURIComponent(path)}" /></noscript>`,
    );
    const renewed = await tab.follow(await tab.send('GET', `/session?next=${encodeURIComponent(path)}`), '');
    expect([renewed.path, stateOf(renewed)]).toEqual([path, 'issued']);
    // A copy of the first cookies is another matter, once no second press can be meant.
    const caught = await until(async () => {
      const thief = new Browser(server.url);
      for (const [name, value] of old) thief.cookies.set(name, value);
      expire(thief);
      const { path: end } = await thief.follow(await thief.send('GET', '/session?next=/wallet'), '');
      return end === '/wallet' ? undefined : [end, thief.sessionCookies];
    });
    expect(caught).toEqual(['/login?next=%2Fwallet', 0]);
  });
});

describe('the login forms', () => {
  it('say what was wrong, keep the e-mail and never the password', async () => {
    const tab = new Browser(server.url);
    const email = newEmail();
    const wrong = await tab.send('POST', '/login', { form: { email, password: 'not it', next: '/wallet' } });
    expect(wrong.status).toBe(401);
    expect(wrong.text).toContain('E-mail or password is wrong.');
    expect(wrong.text).toContain(`value="${email}"`);
    expect(wrong.text).toContain('name="next" value="/wallet"');
    expect(wrong.text).not.toContain('not it');
    const odd = await tab.send('POST', '/login', { form: { email: '"><script>x</script>', password: 'x' } });
    expect([odd.status, odd.text.includes('<script>x')]).toEqual([422, false]);
  });

  it('lead nowhere else, are bounded, and take nothing but forms', async () => {
    const tab = new Browser(server.url);
    const page = await tab.send('GET', '/login?next=https://evil.example');
    expect(page.text).toContain('name="next" value="/"');
    const long = await tab.send('POST', '/login', { form: { email: 'x'.repeat(9_000), password: 'x' } });
    expect(long.status).toBe(413);
    const xml = await tab.send('POST', '/login', { raw: '<x/>', headers: { 'content-type': 'text/xml' } });
    expect(xml.status).toBe(415);
  });

  it('log in by phone in two steps', async () => {
    const sent: string[] = [];
    const sender = server.app.get<CodeSender>(CodeSender);
    const send = sender.send.bind(sender);
    sender.send = (phone, code, ttl, purpose) => {
      sent.push(code);
      return send(phone, code, ttl, purpose);
    };
    const tab = new Browser(server.url);
    const asked = await tab.send('POST', '/login/phone', {
      form: { phone: '+86 138 0013 8000', next: '/wallet' },
    });
    expect(asked.status).toBe(200);
    expect(asked.text).toContain('name="phone" value="+8613800138000"');
    const code = await until(async () => sent[0]);
    const form = { phone: '+8613800138000', next: '/wallet' };
    const other = code === '000000' ? '000001' : '000000';
    const wrong = await tab.send('POST', '/login/code', { form: { ...form, code: other } });
    expect([wrong.status, wrong.text.includes('That code is wrong')]).toEqual([401, true]);
    const { path } = await tab.submit('/login/code', { ...form, code });
    expect([path, tab.sessionCookies]).toEqual(['/wallet', 2]);
    expect((await tab.send('GET', '/v1/me')).body.phone).toBe('+8613800138000');
  });
});

describe('a protected drop', () => {
  const protection = (captcha: string) => ({ protection: { claim_link: true, captcha } });

  it('with a link alone asks for one press more, and is one claim however often it is pressed', async () => {
    const drop = await live({ ...protection('none'), per_user_limit: 3 });
    const tab = await shopper();
    const step = await tab.submit(`/drops/${drop.id}/claim`, {});
    expect([step.status, step.path]).toEqual([200, `/drops/${drop.id}/challenge`]);
    expect(step.text).toContain('Press once more to claim.');
    const press = () => tab.send('POST', `/drops/${drop.id}/challenge`, { form: {} });
    const answers = [...(await Promise.all([press(), press()])), await press()];
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
    claimOf(answers[0]?.headers.get('location') ?? '');
    expect(await unitsOf(drop.id)).toBe(1);
  });

  it.each(['math', 'image'])(
    'with a captcha (%s) shows it, in words too, and takes the right answer',
    async (kind) => {
      const drop = await live(protection(kind));
      const tab = await shopper();
      const picture = await tab.submit(`/drops/${drop.id}/claim`, {});
      expect(picture.text).toMatch(/<img\s[^>]*src="data:image\/png;base64,/);
      expect(picture.text).toContain(`/drops/${drop.id}/challenge?words=1`);
      const inWords = await tab.send('GET', `/drops/${drop.id}/challenge?words=1`);
      const { captchaId, answer } = solve(inWords);

      const wrong = await tab.send('POST', `/drops/${drop.id}/challenge`, {
        form: { captcha_id: captchaId, captcha_answer: '1' },
      });
      expect([wrong.status, wrong.text.includes('That answer was not right')]).toEqual([403, true]);
      expect(answer).not.toBe('1');
      const again = solve(await tab.send('GET', `/drops/${drop.id}/challenge?words=1`));
      const form = { captcha_id: again.captchaId, captcha_answer: again.answer };
      const taken = await tab.submit(`/drops/${drop.id}/challenge`, form);
      const id = claimOf(taken.path);
      // The same press again: the captcha is used up, the claim is there.
      expect(claimOf((await tab.submit(`/drops/${drop.id}/challenge`, form)).path)).toBe(id);
      expect(await unitsOf(drop.id)).toBe(1);
    },
  );
});

const NUMBERS = [
  ...[
    'zero',
    'one',
    'two',
    'three',
    'four',
    'five',
    'six',
    'seven',
    'eight',
    'nine',
    'ten',
    'eleven',
    'twelve',
  ],
  ...['thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'],
];
const TENS = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const numberOf = (words: string): number => {
  const [ten = '', unit = 'zero'] = words.split('-');
  return TENS.includes(ten) ? (TENS.indexOf(ten) + 2) * 10 + NUMBERS.indexOf(unit) : NUMBERS.indexOf(words);
};

/** Does what the question in words asks for. */
function solve(page: Answer): { captchaId: string; answer: string } {
  const captchaId = /name="captcha_id" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const [, left = '', sign = '', right = ''] =
    /What is ([a-z-]+) (plus|minus) ([a-z-]+)\?/.exec(page.text) ?? [];
  const [a, b] = [numberOf(left), numberOf(right)];
  return { captchaId, answer: String(sign === 'plus' ? a + b : a - b) };
}
