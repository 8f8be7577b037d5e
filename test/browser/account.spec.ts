import { describe, expect, it } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { PASSWORD, until, type Json } from '../support/api.js';
import { overflows, seriousFindings } from './support/browser.js';
import { onSite } from './support/on-site.js';
import {
  embeddedSite,
  fillIn,
  newAccount,
  signedIn,
  signIn,
  taken,
  type Account,
  type Site,
} from './support/site.js';

const NEW_PASSWORD = 'a newer, longer password';

describe('an account', () => {
  let site: Site;

  const browsers = onSite(
    () => embeddedSite({ MAIL_INTERVAL_MS: '50' }),
    (started) => void (site = started),
  );

  /** The link of the newest mail to somebody. */
  const linkTo = (email: string, page: string): Promise<string> =>
    until(async () => {
      const { messages } = await site.api.expect(200, 'GET', '/dev/mail.json');
      const mail = (messages as Json[]).find(({ to, text }) => to === email && text.includes(page));
      return /https?:\/\/\S+#\S+/.exec(mail?.text ?? '')?.[0];
    });
  /** What an account may do, by a login of its own. */
  const rolesOf = async (account: Account): Promise<string[]> =>
    (await site.api.expect(200, 'POST', '/v1/auth/login', { json: account })).user.roles;
  const submit = (page: Page): Promise<void> => page.click('form.form button:not([type="button"])');

  it('of a merchant is what the login offers to who wants to the console, with a script and without', async () => {
    const page = await browsers.page();
    await page.goto(`${site.url}/console`);
    await page.waitForSelector(`${taken} input[name="email"]`);
    expect(await page.locator('.page-head').innerText()).toContain('For merchants and their staff.');
    expect(await page.getByText('No account yet? Create one').count()).toBe(0);
    await page.getByRole('link', { name: 'New here? Create a merchant account' }).click();
    await page.waitForSelector('input[name="business"]');
    expect(await page.locator('h1').innerText()).toBe('Create a merchant account');
    const plain = await browsers.page({ javaScriptEnabled: false });
    for (const [next, lead] of [
      ['/console/staff', 'For merchants and their staff.'],
      ['/consoles', 'You need an account to claim'],
    ] as const) {
      await plain.goto(`${site.url}/login?next=${next}`);
      expect(await plain.locator('.page-head').innerText()).toContain(lead);
    }
  });

  it('is got back by the mailed link of a forgotten password', async () => {
    const account = await newAccount(site);
    const page = await browsers.page();
    await page.goto(`${site.url}/login`);
    await page.waitForSelector(taken);
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    // Until the next page is there, the login form has a field of the same name.
    await page.waitForSelector('input[name="password"]', { state: 'detached' });
    await page.fill('input[name="email"]', account.email);
    await submit(page);
    await page.waitForSelector('.notice--good');
    await page.goto(await linkTo(account.email, '/password-reset'));
    await page.fill('input[name="password"]', 'short');
    await submit(page);
    await page.waitForSelector('input[name="password"][aria-invalid="true"]');
    await page.fill('input[name="password"]', NEW_PASSWORD);
    await submit(page);
    await page.waitForSelector('.notice--good');
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
    await signIn(page, { ...account, password: NEW_PASSWORD });
    await page.waitForURL(`${site.url}/`);
    // The link is used up, and the page says so and leads on.
    await page.goto(await linkTo(account.email, '/password-reset'));
    await page.fill('input[name="password"]', NEW_PASSWORD);
    await submit(page);
    await page.getByRole('button', { name: 'Request a new link' }).click();
    await page.waitForSelector('input[name="email"]');
  });

  it('proves its address by a press in a session of its own, after a login where there is none', async () => {
    const owner = await browsers.page();
    const account = await signedIn(site, owner);
    await owner.getByRole('link', { name: 'Account' }).click();
    await owner.getByRole('button', { name: 'Send a confirmation e-mail' }).click();
    const link = await linkTo(account.email, '/email-proof');
    const elsewhere = await browsers.page();
    await elsewhere.goto(link);
    await signIn(elsewhere, account);
    await elsewhere.getByRole('button', { name: 'Confirm the address' }).click();
    await elsewhere.waitForSelector('.notice--good');
    await owner.reload();
    await owner.waitForSelector('.badge--good:text("confirmed")');
  });

  it('gets a phone number by the code that is sent there', async () => {
    const page = await browsers.page();
    await signedIn(site, page);
    await page.getByRole('link', { name: 'Account' }).click();
    await page.fill('input[name="phone"]', '136 0013 8000');
    await page.getByRole('button', { name: 'Send a code' }).click();
    await page.waitForSelector('input[name="code"]');
    const code = await until(async () => {
      const { messages } = await site.api.expect(200, 'GET', '/dev/mail.json');
      const sent = (messages as Json[]).find(({ to }) => to === '+8613600138000');
      return /code (\d{6})/.exec(sent?.text ?? '')?.[1];
    });
    await page.fill('input[name="code"]', code);
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Confirm the number' }).click();
    await page.waitForSelector('.notice--good:has-text("+8613600138000")');
  });

  it.each([
    ['English', {}],
    ['360 px, dark', { colorScheme: 'dark', viewport: { width: 360, height: 740 } }],
  ] as const)('proves a number without scripts, by keyboard: %s', async (_name, options) => {
    const page = await browsers.page(options);
    await signedIn(site, page);
    await page.goto(`${site.url}/account/proofs`);
    const fine = async (): Promise<void> => {
      expect(await seriousFindings(page)).toEqual([]);
      expect(await overflows(page)).toBe(false);
    };
    await fine();
    const phone = `+8613700138${String(Date.now() % 1_000).padStart(3, '0')}`;
    await page.focus('input[name="phone"]');
    await page.keyboard.type('137');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role="alert"]');
    await fine();
    await page.fill('input[name="phone"]', phone);
    await page.keyboard.press('Enter');
    await page.waitForSelector('input[name="code"]');
    await fine();
    const code = await until(async () => {
      const { messages } = await site.api.expect(200, 'GET', '/dev/mail.json');
      const sent = (messages as Json[]).find(({ to }) => to === phone);
      return /code (\d{6})/.exec(sent?.text ?? '')?.[1];
    });
    await page.focus('input[name="code"]');
    await page.keyboard.type(code);
    await page.keyboard.press('Enter');
    await page.waitForSelector(`.notice--good:has-text("${phone}")`);
    await fine();
  });

  it('has its password set by mail and changed, and is deleted, without scripts and by keyboard', async () => {
    const page = await browsers.page({ javaScriptEnabled: false });
    const account = await signedIn(site, await browsers.page());
    const send = async (fields: Readonly<Record<string, string>>, answer: string): Promise<void> => {
      for (const [name, text] of Object.entries(fields)) {
        await page.focus(`input[name="${name}"]`);
        await page.keyboard.type(text);
      }
      await page.keyboard.press('Enter');
      await page.waitForSelector(answer);
    };
    await page.goto(`${site.url}/login`);
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.waitForURL(`${site.url}/login/forgotten`);
    await send({ email: account.email }, '.notice--good:has-text("on its way")');
    const link = await linkTo(account.email, '/password-reset');
    await send({ link, password: NEW_PASSWORD }, '.notice--good:has-text("saved")');
    await page.goto(`${site.url}/login?next=/account/password`);
    await send({ email: account.email, password: NEW_PASSWORD }, 'input[name="new_password"]');
    await send(
      { current_password: NEW_PASSWORD, new_password: PASSWORD },
      '.notice--good:has-text("changed")',
    );
    await page.goto(`${site.url}/account/deletion`);
    await page.getByRole('button', { name: 'Delete the account' }).press('Enter');
    await page.waitForURL(`${site.url}/`);
    await page.goto(`${site.url}/account/deletion`);
    expect(page.url()).toContain('/login?next=');
  });

  it('changes its name and its password, and ends another login', async () => {
    const other = await browsers.page();
    const account = await signedIn(site, other);
    const page = await browsers.page();
    await page.goto(`${site.url}/login?next=/account`);
    await signIn(page, account);
    // This one, the other one, and the registration through the API.
    await page.waitForSelector('[data-test="login"] >> nth=2');
    await page.fill('input[name="name"]', 'Lin Xiaoyue');
    await page.getByRole('button', { name: 'Save name' }).click();
    await page.waitForSelector('text=Saved.');
    await page.getByRole('button', { name: /^Sign out Chrome/ }).click();
    await until(async () => ((await page.locator('[data-test="login"]').count()) === 2 ? true : undefined));
    await other.goto(`${site.url}/wallet`);
    await other.waitForURL(/\/login/);
    await page.fill('input[name="current"]', PASSWORD);
    await page.fill('input[name="next"]', NEW_PASSWORD);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.waitForSelector('.notice--good');
    await other.waitForSelector('input[name="email"]');
    await fillIn(other, { ...account, password: NEW_PASSWORD });
    await other.waitForURL(`${site.url}/wallet`);
    expect(await site.api.call('POST', '/v1/auth/login', { json: account })).toMatchObject({ status: 401 });
  });

  it('works for a merchant by a mailed invitation, gets another role, becomes the owner', async () => {
    const { user } = await site.api.registerMerchant();
    const owner = await browsers.page();
    await owner.goto(`${site.url}/login?next=/console/staff`);
    await signIn(owner, { email: user.email, password: PASSWORD });
    await owner.waitForSelector('[data-test="member"]');
    const account = await newAccount(site);
    await owner.fill('input[name="email"]', account.email);
    await owner.getByRole('button', { name: 'Send the invitation' }).click();
    await owner.waitForSelector('.notice--good');
    await owner.waitForSelector('[data-test="invitation"]');
    const person = await browsers.page({ locale: 'zh-CN', viewport: { width: 360, height: 740 } });
    await person.goto(await linkTo(account.email, '/staff-invitation'));
    await person.getByRole('link', { name: '登录或注册' }).click();
    await signIn(person, account);
    await person.waitForSelector('[data-test="invitation"] button');
    expect(await seriousFindings(person)).toEqual([]);
    expect(await overflows(person)).toBe(false);
    await person.getByRole('button', { name: '接受邀请' }).click();
    await person.waitForURL(`${site.url}/counter`);
    await person.goto(`${site.url}/console/staff`);
    await person.waitForSelector('main .button--danger');
    expect(await seriousFindings(person)).toEqual([]);
    expect(await overflows(person)).toBe(false);
    await owner.reload();
    await owner.getByLabel('Role of Lin Yue').selectOption('editor');
    await until(async () => ((await rolesOf(account)).includes('editor') ? true : undefined));
    await person.goto(`${site.url}/console/staff`);
    await person.waitForURL(/\/login/);
    await owner.waitForSelector('[data-test="member"] select:enabled');
    expect(await seriousFindings(owner)).toEqual([]);
    await owner.getByRole('button', { name: 'Make owner: Lin Yue' }).click();
    await owner.locator('dialog[open]').getByRole('button', { name: 'Make owner' }).click();
    await owner.waitForURL(`${site.url}/console`);
    await owner.goto(`${site.url}/console/staff`);
    await owner.getByRole('button', { name: 'Leave this merchant' }).first().waitFor();
  });

  it('is deleted by its owner, asked first and by the password, and is nobody’s afterwards', async () => {
    const other = await browsers.page();
    const account = await signedIn(site, other);
    const page = await browsers.page();
    await page.goto(`${site.url}/login?next=/account`);
    await signIn(page, account);
    const remove = page.getByRole('button', { name: 'Delete the account' });
    const dialog = page.locator('dialog[open]');
    await remove.click();
    await dialog.getByText('Vouchers you claimed remain valid').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    const json = { email: account.email, password: account.password };
    expect((await site.api.call('POST', '/v1/auth/login', { json })).status).toBe(200);
    await page.fill('input[name="delete-password"]', 'not the password');
    await remove.click();
    await dialog.getByRole('button', { name: 'Delete the account' }).click();
    await page.locator('.notice--bad', { hasText: 'E-mail or password is wrong.' }).waitFor();
    await page.fill('input[name="delete-password"]', PASSWORD);
    await remove.click();
    await dialog.getByRole('button', { name: 'Delete the account' }).click();
    await page.waitForURL(`${site.url}/`);
    await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
    expect(await site.api.call('POST', '/v1/auth/login', { json })).toMatchObject({ status: 401 });
    // The other device is signed out too, and the address is free.
    await other.goto(`${site.url}/wallet`);
    await other.waitForURL(/\/login/);
    const again = { ...json, name: 'Lin' };
    expect((await site.api.call('POST', '/v1/auth/register', { json: again })).status).toBe(201);
  });

  it.each<[string, BrowserContextOptions]>([
    ['English', {}],
    [
      'Chinese, 360 px, dark',
      { locale: 'zh-CN', colorScheme: 'dark', viewport: { width: 360, height: 740 } },
    ],
  ])(
    'has no page that axe finds something serious on, or that is wider than the window: %s',
    async (_name, options) => {
      const page = await browsers.page(options);
      await signedIn(site, page);
      for (const path of [
        '/account',
        '/password-reset',
        '/password-reset#x',
        '/email-proof',
        '/email-proof#x',
        '/staff-invitation',
        // These are without a script.
        '/login/forgotten',
        '/account/password',
        '/account/deletion',
      ]) {
        await page.goto('about:blank');
        await page.goto(site.url + path);
        await page.waitForSelector('main h1');
        if (path === '/account') await page.waitForSelector('[data-test="login"]');
        expect({ path, found: await seriousFindings(page) }).toEqual({ path, found: [] });
        expect({ path, wide: await overflows(page) }).toEqual({ path, wide: false });
      }
    },
  );

  it('is shown mails and codes by development, to this machine', async () => {
    const page = await browsers.page({ extraHTTPHeaders: {} });
    await page.goto(`${site.url}/dev/mail`);
    await page.waitForSelector('[data-test="mail"]');
    expect(await seriousFindings(page)).toEqual([]);
    expect(await overflows(page)).toBe(false);
    await page.goto(`${site.url}/login`);
    await page.waitForSelector(taken);
    await page.getByRole('link', { name: 'Development: e-mails and login codes' }).click();
    await page.waitForURL(`${site.url}/dev/mail`);
  });
});
