import { describe, expect, it } from '@jest/globals';
import type { Page, Route } from 'playwright-core';
import { until } from '../../support/api.js';
import { inTime } from '../../support/in-time.js';
import { onSite } from './on-site.js';
import {
  CLAIM,
  CODE,
  fillIn,
  ISSUED,
  newAccount,
  Shop,
  signedIn,
  signIn,
  state,
  taken,
  type Site,
} from './site.js';

/** What a shopper does and sees, in a real browser. The same on every kind of site. */
export function shopperJourneys(name: string, start: () => Promise<Site>): void {
  describe(name, () => {
    let site: Site;
    let shop: Shop;

    const browsers = onSite(start, async (started) => {
      site = started;
      shop = await Shop.open(site);
    });

    const url = (path: string): string => site.url + path;

    it('leads from the list through the drop and the login to a code in the wallet', async () => {
      const id = await shop.drop({ title: 'A pot of oolong', total_stock: 50 });
      const account = await newAccount(site);
      const page = await browsers.page();
      await page.goto(url('/'));
      await page.click('text=A pot of oolong');
      await page.waitForURL(url(`/drops/${id}`));
      expect(await page.locator('h1').innerText()).toBe('A pot of oolong');
      await page.click(CLAIM);
      await page.waitForURL(/\/login\?/);
      await signIn(page, account);
      // The press of before the login counts.
      await page.waitForSelector(ISSUED);
      const code = await page.locator(CODE).innerText();
      expect(code).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
      await page.getByRole('link', { name: 'To the wallet' }).click();
      await page.waitForSelector('[data-test="ticket"] svg.ticket__qr');
      expect(await page.locator(CODE).allInnerTexts()).toEqual([code]);
      await page.getByRole('link', { name: 'Details' }).click();
      await page.waitForURL(/\/claims\/clm_/);
      await page.waitForSelector(ISSUED);
      expect(await shop.claims(id)).toHaveLength(1);
    });

    it('keeps what was typed before the script took over', async () => {
      const account = await newAccount(site);
      const page = await browsers.page();
      let scripts: () => void = () => undefined;
      const hold = new Promise<void>((resolve) => (scripts = resolve));
      await page.route('**/assets/*.js', async (route) => {
        await hold;
        await route.continue();
      });
      await page.goto(url('/login'), { waitUntil: 'commit' });
      await page.fill('input[name="email"]', account.email);
      await page.fill('input[name="password"]', account.password);
      scripts();
      await page.waitForSelector(taken);
      expect(await page.inputValue('input[name="email"]')).toBe(account.email);
      expect(await page.locator(':focus').getAttribute('name')).toBe('password');
      await page.keyboard.press('Enter');
      await page.waitForURL(url('/'));
    });

    it('signs in by a code sent to a phone', async () => {
      const page = await browsers.page();
      await page.goto(url('/login'));
      await page.waitForSelector(taken);
      await page.getByRole('button', { name: 'Phone' }).click();
      await page.fill('input[name="phone"]', '12');
      await page.getByRole('button', { name: 'Send a code' }).click();
      await page.waitForSelector('input[name="phone"][aria-invalid="true"]');
      await page.fill('input[name="phone"]', '+86 138 0013 8000');
      await page.getByRole('button', { name: 'Send a code' }).click();
      await page.fill('input[name="code"]', '000000');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByText('That code is wrong').waitFor();
    });

    it('makes one claim of a double click in two tabs at once', async () => {
      const id = await shop.drop({ per_user_limit: 5 });
      const person = await browsers.person();
      const one = await person.newPage();
      await signedIn(site, one);
      const two = await person.newPage();
      await Promise.all([one, two].map((page) => page.goto(url(`/drops/${id}`))));
      await Promise.all([one, two].map((page) => page.waitForSelector(CLAIM)));
      // The second tab may have heard of the first one's press before its own; then its button is gone, which is fine.
      const press = (page: Page) =>
        page.locator('body').evaluate((body: Clickable, selector) => {
          for (let click = 0; click < 2; click += 1) body.querySelector(selector)?.click();
        }, CLAIM);
      const box = await one.locator(CLAIM).boundingBox();
      await Promise.all([one.mouse.dblclick((box?.x ?? 0) + 20, (box?.y ?? 0) + 20), press(two)]);
      await Promise.all([one, two].map((page) => page.waitForSelector(ISSUED)));
      expect(await one.locator(CODE).innerText()).toBe(await two.locator(CODE).innerText());
      expect(await shop.claims(id)).toHaveLength(1);
      // Several are allowed: the next one takes a press of its own.
      await one.click('[data-test="another"]');
      await until(async () => ((await shop.claims(id)).length === 2 ? true : undefined));
    });

    it('shows the true end after a reload in the middle of a claim, with one claim made', async () => {
      const id = await shop.drop({ per_user_limit: 5 });
      const page = await browsers.page();
      await signedIn(site, page);
      await page.goto(url(`/drops/${id}`));
      await page.waitForSelector(CLAIM);
      // The request arrives, its answer never does.
      const keys: string[] = [];
      await page.route('**/v1/vouchers/*/claims', async (route) => {
        keys.push(route.request().headers()['idempotency-key'] ?? '');
        if (keys.length > 1) return route.continue();
        await deliver(route);
        return undefined; // hangs
      });
      await page.click(CLAIM);
      await until(async () => ((await shop.claims(id)).length === 1 ? true : undefined));
      await page.reload();
      await page.waitForSelector(ISSUED);
      expect(keys).toHaveLength(2);
      expect(new Set(keys).size).toBe(1);
      expect(await shop.claims(id)).toHaveLength(1);
      await page.goto(url('/'));
      await page.goBack();
      await page.waitForSelector(ISSUED);
      expect(await shop.claims(id)).toHaveLength(1);
    });

    it('shows live that all is taken, and the button again after a restock', async () => {
      const id = await shop.drop({ total_stock: 2 });
      const page = await browsers.page();
      await signedIn(site, page);
      await page.goto(url(`/drops/${id}`));
      await page.waitForSelector(CLAIM);
      await shop.takeAll(id, 2);
      await page.waitForSelector('[data-test="sold-out"]');
      expect(await page.locator('[data-test="remaining"]').innerText()).toBe('0');
      await shop.restock(id, 3);
      await page.waitForSelector(CLAIM);
      expect(await page.locator('[data-test="news"]').innerText()).toBe('Units are available again.');
      await page.click(CLAIM);
      await page.waitForSelector(ISSUED);
    });

    it('shows a pause live, and goes on with it', async () => {
      const id = await shop.drop();
      const page = await browsers.page();
      await page.goto(url(`/drops/${id}`));
      await page.waitForSelector(CLAIM);
      await shop.move(id, 'pause');
      await page.waitForSelector('[data-test="paused"]');
      await shop.move(id, 'resume');
      await page.waitForSelector(CLAIM);
      await shop.move(id, 'end');
      await page.waitForSelector('[data-test="ended"]');
    });

    it('opens by the server’s clock on a device that is an hour behind, without a reload', async () => {
      const page = await browsers.page();
      await page.clock.install({ time: Date.now() - 3_600_000 });
      const { done: buttons, time } = await inTime(async (opensAt) => {
        const id = await shop.drop({ opens_at: opensAt });
        await page.goto(url(`/drops/${id}`));
        await page.waitForSelector('.countdown', { timeout: Math.max(1, Date.parse(opensAt) - Date.now()) });
        return page.locator(CLAIM).count();
      });
      expect(buttons).toBe(0);
      await page.waitForSelector(CLAIM); // by the clock of the device that would be in an hour
      expect(Date.now()).toBeGreaterThan(Date.parse(time) - 1_500);
    });

    it('waits by Retry-After, visibly, before it asks again', async () => {
      const id = await shop.drop();
      const page = await browsers.page();
      await signedIn(site, page);
      await page.goto(url(`/drops/${id}`));
      await page.waitForSelector(CLAIM);
      const asked: number[] = [];
      await page.route('**/v1/vouchers/*/claims', async (route) => {
        asked.push(Date.now());
        if (asked.length > 1) return route.continue();
        const body = { code: 'rate_limited', detail: '', request_id: 'req_1', errors: [], retryable: true };
        return route.fulfill({
          status: 429,
          contentType: 'application/problem+json',
          headers: { 'retry-after': '2' },
          body: JSON.stringify(body),
        });
      });
      await page.click(CLAIM);
      await page.waitForSelector(state('waiting'));
      await page.getByText(/Trying again in [12] s/).waitFor();
      await page.waitForSelector(ISSUED);
      expect(asked).toHaveLength(2);
      expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(2_000);
    });

    it('goes on with the claim when the session has expired in between', async () => {
      const id = await shop.drop();
      const person = await browsers.person();
      const page = await person.newPage();
      const account = await signedIn(site, page);
      await page.goto(url(`/drops/${id}`));
      await page.waitForSelector(CLAIM);
      // Access and refresh: nothing is left to renew.
      await person.clearCookies();
      await page.click(CLAIM);
      await page.waitForURL(/\/login\?/);
      await page.getByText('Sign in and your claim continues right away.').waitFor();
      await signIn(page, account);
      await page.waitForSelector(ISSUED);
      expect(await shop.claims(id)).toHaveLength(1);
    });

    it('asks the captcha of a voucher that wants one, in words on demand', async () => {
      const id = await shop.drop({ protection: { captcha: 'math' } });
      const page = await browsers.page();
      await signedIn(site, page);
      await page.goto(url(`/drops/${id}`));
      await page.click(CLAIM);
      await page.waitForSelector('.captcha__picture');
      await page.fill('[data-test="captcha"] input', '1000');
      await page.getByRole('button', { name: 'Answer and claim' }).click();
      await page.getByText('That answer was not right').waitFor();
      await page.getByRole('button', { name: 'Use a text question' }).click();
      const question = await page.locator('[data-test="question"]').innerText();
      await page.fill('[data-test="captcha"] input', solve(question));
      await page.getByRole('button', { name: 'Answer and claim' }).click();
      await page.waitForSelector(ISSUED);
      expect(await shop.claims(id)).toHaveLength(1);
    });

    it('speaks Chinese to whoever asks for it, and changes on demand', async () => {
      const id = await shop.drop();
      const page = await browsers.page({ locale: 'zh-CN' });
      await page.goto(url(`/drops/${id}`));
      await page.waitForSelector(CLAIM);
      expect(await page.locator(CLAIM).innerText()).toBe('立即领取');
      expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
      await page.getByRole('button', { name: 'English' }).click();
      expect(await page.locator(CLAIM).innerText()).toBe('Claim now');
      await page.reload();
      await page.waitForSelector(CLAIM);
      expect(await page.locator(CLAIM).innerText()).toBe('Claim now');
    });

    it('leads to a code without JavaScript, by plain forms, and to no second one by pressing again', async () => {
      const id = await shop.drop({ title: 'Plain tea' });
      const account = await newAccount(site);
      const page = await browsers.page({ javaScriptEnabled: false });
      const press = (): Promise<void> => page.click(`form[action="/drops/${id}/claim"] button`);
      await page.goto(url(`/drops/${id}`));
      expect(await page.locator('h1').innerText()).toBe('Plain tea');
      await press();
      await page.waitForURL(/\/login\?/);
      await fillIn(page, account);
      await page.waitForURL(url(`/drops/${id}`));
      await press();
      await page.waitForURL(/\/claims\/clm_/);
      await until(async () => {
        if ((await page.locator(ISSUED).count()) > 0) return true;
        await page.reload();
        return undefined;
      });
      expect(await page.locator('code').first().innerText()).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
      await page.goto(url(`/drops/${id}`));
      await press();
      await page.waitForURL(/\/claims\/clm_/);
      expect(await shop.claims(id)).toHaveLength(1);
    });

    it('claims once while the site is killed in the middle and comes back', async () => {
      const id = await shop.drop({ per_user_limit: 5 });
      const page = await browsers.page();
      await signedIn(site, page);
      await page.goto(url(`/drops/${id}`));
      await page.waitForSelector(CLAIM);
      // The claim is taken, the answer is lost with the server.
      let first = true;
      await page.route('**/v1/vouchers/*/claims', async (route) => {
        if (!first) return route.continue();
        first = false;
        await deliver(route);
        await site.kill();
        return route.abort('connectionreset');
      });
      await page.click(CLAIM);
      await page.waitForSelector(state('waiting'));
      await page.getByText('Your claim may have gone through.').waitFor();
      await page.waitForRequest('**/v1/vouchers/*/claims'); // nobody is there
      await site.revive();
      await page.waitForSelector(ISSUED, { timeout: 60_000 });
      expect(await shop.claims(id)).toHaveLength(1);
    });
  });
}

interface Clickable {
  querySelector(selector: string): { click(): void } | null;
}

/** Lets a claim through to the server, and keeps the answer from the page. */
async function deliver(route: Route): Promise<void> {
  const request = route.request();
  const { origin } = new URL(request.url());
  // What is sent from here lacks what a browser says of the page.
  const fromPage = { origin, 'sec-fetch-site': 'same-origin' };
  const answer = await route.fetch({ headers: { ...(await request.allHeaders()), ...fromPage } });
  expect(answer.status()).toBe(202);
}

const UNITS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];

const numeral = (word: string): number => {
  const [ten = '', unit] = word.split('-');
  const tens = TENS.indexOf(ten);
  return tens > 0 ? tens * 10 + (unit === undefined ? 0 : UNITS.indexOf(unit)) : UNITS.indexOf(ten);
};

/** "What is forty-three plus eight? Answer in digits." */
function solve(question: string): string {
  const [, left = '', sign, right = ''] = /What is (\S+) (plus|minus) (\S+)\?/.exec(question) ?? [];
  return String(sign === 'plus' ? numeral(left) + numeral(right) : numeral(left) - numeral(right));
}
