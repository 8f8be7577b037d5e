import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { onSite } from './support/on-site.js';
import {
  CLAIM,
  embeddedSite,
  fillIn,
  ISSUED,
  newAccount,
  Shop,
  signedIn,
  signIn,
  state,
  taken,
  type Site,
} from './support/site.js';

const STALE = '[data-test="stale"]';
const PENDING = '[data-test="outcome"][data-status="pending"]';

/** What a page says is so; what it does not know it does not say. */
describe('pages that say what is so', () => {
  let site: Site;
  let shop: Shop;

  const browsers = onSite(embeddedSite, async (started) => {
    site = started;
    shop = await Shop.open(site);
  });

  const open = async (page: Page, path: string, selector: string): Promise<void> => {
    await page.goto(site.url + path);
    await page.waitForSelector(`${taken} ${selector}`);
  };

  it('after a 202 say that a unit is taken, whatever becomes of the next question', async () => {
    const id = await shop.drop();
    const page = await browsers.page();
    await signedIn(site, page);
    await open(page, `/drops/${id}`, CLAIM);
    await page.route('**/v1/claims/**', (route) => route.abort());
    await page.click(CLAIM);
    await page.waitForSelector(PENDING);
    await page.getByText('Still checking').waitFor();
    await page.getByText('You can close the page').waitFor();
    // The same after a reload, from what the browser remembers.
    await page.reload();
    await page.waitForSelector(PENDING);
    await page.getByText('You can close the page').waitFor();
    await page.unroute('**/v1/claims/**');
    await page.waitForSelector(ISSUED);
  });

  it('show numbers as old while the server is away, on the list and on the drop', async () => {
    const id = await shop.drop({ title: 'A lamp' });
    const page = await browsers.page();
    await open(page, `/drops/${id}`, CLAIM);
    const list = await browsers.page();
    await open(list, '/', '.drop-card');
    expect([await page.locator(STALE).count(), await list.locator(STALE).count()]).toEqual([0, 0]);
    await site.kill();
    await Promise.all([page.waitForSelector(STALE), list.waitForSelector(STALE)]);
    expect(await page.locator('.stock--old [data-test="remaining"]').innerText()).not.toBe('');
    expect(await list.locator('.figure--old').count()).toBeGreaterThan(0);
    await site.revive();
    await Promise.all(
      [page, list].map((each) => each.waitForSelector(STALE, { state: 'detached', timeout: 60_000 })),
    );
    expect(await page.locator('.stock--old').count()).toBe(0);
  });

  it('say sold out where a drop is, and what is left where it is not', async () => {
    const gone = await shop.drop({ title: 'Nothing left of it', total_stock: 1 });
    await shop.drop({ title: 'Much left of it', total_stock: 1_200 });
    await shop.takeAll(gone, 1);
    const card = (page: Page, title: string) => page.locator('.drop-card', { hasText: title });
    // As the server makes it, and as the script goes on with it.
    for (const javaScriptEnabled of [false, true]) {
      const page = await browsers.page({ javaScriptEnabled });
      await page.goto(`${site.url}/`);
      await card(page, 'Nothing left of it').getByText('Sold out').waitFor();
      await card(page, 'Nothing left of it').getByText('0 of 1 left').waitFor();
      expect(await card(page, 'Nothing left of it').locator('.badge--live').count()).toBe(0);
      await card(page, 'Much left of it').getByText('1,200 of 1,200 left').waitFor();
      await page.goto(`${site.url}/drops/${gone}`);
      await page.locator('.drop__head .badge--sold_out').waitFor();
      expect(await page.locator('.badge--live').count()).toBe(0);
    }
    const page = await browsers.page();
    await open(page, '/', '.drop-card');
    await shop.restock(gone, 3);
    await card(page, 'Nothing left of it').getByText('3 of 4 left').waitFor();
    await card(page, 'Nothing left of it').locator('.badge--live').waitFor();
  });

  it('take the first press, also before the script is there and before anybody has signed in', async () => {
    const id = await shop.drop();
    const account = await newAccount(site);
    const page = await browsers.page();
    let scripts: () => void = () => undefined;
    const hold = new Promise<void>((resolve) => (scripts = resolve));
    await page.route('**/assets/*.js', async (route) => {
      await hold;
      await route.continue().catch(() => undefined); // of the page that was left
    });
    await page.goto(`${site.url}/drops/${id}`, { waitUntil: 'commit' });
    await page.getByRole('button', { name: 'Claim now' }).click();
    await page.waitForURL(/\/login\?/, { waitUntil: 'commit' });
    scripts();
    await signIn(page, account);
    await page.waitForSelector(ISSUED);
    expect(await shop.claims(id)).toHaveLength(1);
  });

  it('say that there was no answer to the press of a visitor, and take the next one', async () => {
    const id = await shop.drop();
    const account = await newAccount(site);
    const page = await browsers.page();
    await open(page, `/drops/${id}`, CLAIM);
    await site.kill();
    await page.click(CLAIM);
    await page.getByText('There was no answer.').waitFor();
    await site.revive();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.waitForURL(/\/login\?/);
    await signIn(page, account);
    await page.waitForSelector(ISSUED);
    expect(await shop.claims(id)).toHaveLength(1);
  });

  it('go where a link leads although the script of that page does not come', async () => {
    const page = await browsers.page();
    await open(page, '/', 'main');
    await page.route('**/assets/LoginPage*.js', (route) => route.abort(), { times: 1 });
    const loaded = page.waitForEvent('load');
    await page.getByRole('link', { name: 'Sign in' }).click();
    await loaded;
    await page.waitForSelector(`${taken} input[name="password"]`);
    expect(new URL(page.url()).pathname).toBe('/login');
  });

  it('take a press that lasts while the script takes over', async () => {
    const id = await shop.drop();
    const page = await browsers.page();
    await signedIn(site, page);
    let scripts: () => void = () => undefined;
    const hold = new Promise<void>((resolve) => (scripts = resolve));
    await page.route('**/assets/*.js', async (route) => {
      await hold;
      await route.continue().catch(() => undefined);
    });
    await page.goto(`${site.url}/drops/${id}`, { waitUntil: 'commit' });
    const box = await page.getByRole('button', { name: 'Claim now' }).boundingBox();
    await page.mouse.move((box?.x ?? 0) + 20, (box?.y ?? 0) + 20);
    await page.mouse.down();
    const loaded = page.waitForResponse('**/assets/*.js');
    scripts();
    await (await loaded).finished();
    await page.mouse.up();
    await page.waitForSelector(ISSUED);
    expect(await shop.claims(id)).toHaveLength(1);
  });

  it('never let the focus fall to the body, whatever is pressed', async () => {
    const id = await shop.drop({ per_user_limit: 2 });
    const page = await browsers.page();
    const focused = () =>
      page.evaluate(
        () => (globalThis as unknown as { document: Documentish }).document.activeElement.tagName,
      );
    /** Presses by keyboard, waits for what follows, and looks where the keyboard is then. */
    const press = async (name: string | RegExp, follows: string): Promise<void> => {
      await page
        .getByRole('button', { name, exact: typeof name === 'string' })
        .first()
        .focus();
      await page.keyboard.press('Enter');
      await page.waitForSelector(follows);
      await page.waitForFunction(
        () => (globalThis as unknown as { document: Documentish }).document.activeElement.tagName !== 'BODY',
      );
    };
    await open(page, '/login', 'input[name="email"]');
    await press('No account yet? Create one', 'input[name="name"]');
    await press('Have an account? Sign in', 'input[autocomplete="current-password"]');
    await press('Phone', 'input[name="phone"]');
    await press('Password', 'input[name="password"]');
    await press('Language: 中文', 'html[lang="zh-CN"]');
    await press(/English/, 'html[lang="en"]');
    await page.fill('input[name="email"]', 'nobody@example.org');
    await page.fill('input[name="password"]', 'not the password');
    await press('Sign in', '[role="alert"]');
    const account = await newAccount(site);
    await fillIn(page, account);
    await page.waitForURL(`${site.url}/`);
    await open(page, `/drops/${id}`, CLAIM);
    await press('Claim now', ISSUED);
    await press('Claim another', state('accepted'));
    await page.waitForSelector(ISSUED);
    expect(await focused()).not.toBe('BODY');
  });
});

interface Documentish {
  readonly activeElement: { readonly tagName: string };
}
