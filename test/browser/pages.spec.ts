import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { brokenWords, overflows, seriousFindings } from './support/browser.js';
import { onSite } from './support/on-site.js';
import {
  CLAIM,
  CODE,
  embeddedSite,
  ISSUED,
  newAccount,
  newOwner,
  Shop,
  signedIn,
  signIn,
  state,
  taken,
  type Site,
} from './support/site.js';

/** Each page of the shopper's in each of its states: for everybody, on every screen. */
describe('the shopper’s pages', () => {
  let site: Site;
  let shop: Shop;
  const drops = { live: '', scheduled: '', paused: '', ended: '', soldOut: '', captcha: '' };

  const browsers = onSite(embeddedSite, async (started) => {
    site = started;
    shop = await Shop.open(site);
    drops.live = await shop.drop({
      title: 'A very long name of a drop that somebody with much to say has made up, 一个很长的名字',
      description: 'Incomprehensibilities'.repeat(10),
      total_stock: 1_000_000,
    });
    drops.scheduled = await shop.drop({ opens_at: new Date(Date.now() + 1_800_000).toISOString() });
    drops.paused = await shop.drop();
    await shop.move(drops.paused, 'pause');
    drops.ended = await shop.drop();
    await shop.move(drops.ended, 'end');
    drops.soldOut = await shop.drop({ total_stock: 1 });
    await shop.takeAll(drops.soldOut, 1);
    drops.captcha = await shop.drop({ protection: { captcha: 'image' } });
  });

  const open = async (page: Page, path: string, selector: string): Promise<void> => {
    await page.goto(site.url + path);
    await page.waitForSelector(`${taken} ${selector}`);
  };
  /** A wallet with a claim in it. */
  async function claimed(page: Page): Promise<void> {
    await signedIn(site, page);
    await open(page, `/drops/${drops.live}`, CLAIM);
    await page.click(CLAIM);
    await page.waitForSelector(ISSUED);
  }

  it('say the same with a script and without one, part by part, in both languages', async () => {
    /** By the drop: names of facts, the heads of both pages. Times are told in other words, and what can be pressed differs. */
    const parts = async (page: Page, root: string): Promise<unknown> => {
      const said = (selector: string) => page.locator(`#main ${selector}`).allInnerTexts();
      await page.goto(`${site.url}/drops/${drops.live}`);
      await page.waitForSelector(`${root} .drop__main .facts`);
      const drop = [await said('.drop__head'), await said('.stock__figure'), await said('.facts dt')];
      const limits = (await said('.facts dd')).slice(2);
      await page.goto(`${site.url}/`);
      await page.waitForSelector(`${root} .drop-card`);
      const cards = page.locator('.drop-card');
      const list = [await said('.page-head'), await said('h2'), await said('.badge')];
      return [
        ...drop,
        limits,
        ...list,
        await cards.locator('h3').allInnerTexts(),
        await said('[data-test="units"]'),
      ];
    };
    for (const locale of ['en-GB', 'zh-CN']) {
      const [without, withScript] = [
        await browsers.page({ locale, javaScriptEnabled: false }),
        await browsers.page({ locale }),
      ];
      const said = await parts(without, '#app');
      expect(JSON.stringify(said)).toContain(locale === 'zh-CN' ? '每人限领' : 'Per person');
      expect(await parts(withScript, taken)).toEqual(said);
    }
  });

  it('put a drop into somebody else’s page: a card that leads to it, or a button', async () => {
    const page = await browsers.page();
    const script = (more: string): string =>
      `<script src="${site.url}/embed.js" data-drop="${drops.live}" ${more} async></script>`;
    const shopPage = `<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>${script('')}${script(
      'data-kind="button" data-label="Get the voucher"',
    )}${script('data-drop="x&quot;"').replace(`data-drop="${drops.live}" `, '')}`;
    // A server of its own: browsers let no page of the network load a script from this machine.
    const shopServer = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8').end(shopPage);
    });
    await new Promise<void>((resolve) => shopServer.listen(0, '127.0.0.1', resolve));
    await page.goto(`http://127.0.0.1:${(shopServer.address() as AddressInfo).port}/`);
    const card = page.frameLocator('iframe');
    await card.getByRole('heading', { name: 'A very long name of a drop' }).waitFor();
    expect(await page.locator('iframe').count()).toBe(1);
    // On a phone, and where the shop's page leaves it little height: what leads to the drop is in sight.
    for (const height of ['', '160px']) {
      await page.setViewportSize({ width: 360, height: 740 });
      if (height !== '') await page.addStyleTag({ content: `iframe { height: ${height} !important }` });
      const frame = (await page.locator('iframe').boundingBox())!;
      const link = (await card.getByRole('link').boundingBox())!;
      expect(link.y + link.height).toBeLessThanOrEqual(frame.y + frame.height);
      expect(link.y).toBeGreaterThanOrEqual(frame.y);
    }
    for (const link of [card.getByRole('link'), page.getByRole('link', { name: 'Get the voucher' })]) {
      const [drop] = await Promise.all([page.waitForEvent('popup'), link.click()]);
      await drop.waitForSelector(`${taken} ${CLAIM}`);
      expect(drop.url()).toBe(`${site.url}/drops/${drops.live}`);
    }
    shopServer.close();
    shopServer.closeAllConnections();
  });

  /** Path and what shows that the state is reached. */
  const PUBLIC: readonly (readonly [string, () => string, string])[] = [
    ['the list', () => '/', '.drop-card'],
    ['a live drop', () => `/drops/${drops.live}`, CLAIM],
    ['a drop to come', () => `/drops/${drops.scheduled}`, '.countdown'],
    ['a paused drop', () => `/drops/${drops.paused}`, '[data-test="paused"]'],
    ['a drop that is over', () => `/drops/${drops.ended}`, '[data-test="ended"]'],
    ['a drop that is sold out', () => `/drops/${drops.soldOut}`, '[data-test="sold-out"]'],
    ['a drop that never was', () => '/drops/vch_0000000000000000', '[role="alert"]'],
    ['the login', () => '/login', 'input[name="email"]'],
    ['a page that is not there', () => '/nowhere', 'main h1'],
  ];
  const SCREENS: readonly (readonly [string, BrowserContextOptions])[] = [
    ['English, desktop, light', { locale: 'en-GB' }],
    [
      'Chinese, 360 px, dark',
      { locale: 'zh-CN', viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
    ],
  ];

  describe.each(SCREENS)('in %s', (_name, screen) => {
    it.each(PUBLIC)('%s has nothing serious for axe and fits the window', async (_page, path, selector) => {
      const page = await browsers.page(screen);
      await open(page, path(), selector);
      expect(await seriousFindings(page)).toEqual([]);
      expect(await overflows(page)).toBe(false);
      expect(await page.locator('h1').count()).toBe(1);
      expect(await brokenWords(page)).toEqual([]);
      await page.context().close();
    });

    it('wallet, claim, captcha and refusal have nothing serious for axe and fit the window', async () => {
      const page = await browsers.page(screen);
      const check = async (): Promise<void> => {
        expect(await seriousFindings(page)).toEqual([]);
        expect(await overflows(page)).toBe(false);
        expect(await page.locator('h1').count()).toBe(1);
        expect(await brokenWords(page)).toEqual([]);
      };
      await signedIn(site, page);
      await open(page, '/wallet', '.empty');
      await check();
      await page.goto(`${site.url}/drops/${drops.live}`);
      await page.click(CLAIM);
      await page.waitForSelector(`${ISSUED} svg`);
      await check();
      await open(page, '/wallet', '[data-test="ticket"] svg');
      await check();
      await page.click('[data-test="ticket"] a');
      await page.waitForSelector('.facts');
      await check();
      await page.goto(`${site.url}/drops/${drops.captcha}`);
      await page.click(CLAIM);
      await page.waitForSelector('.captcha__picture');
      await check();
      await page.goto(`${site.url}/claims/clm_none`);
      await page.waitForSelector('[role="alert"]');
      await check();
    });
  });

  /** Path, who asks, heading, what can be pressed, and where that leads. */
  const MISSING = [
    ['/drops/vch_0000000000000000', 'visitor', 'There is nothing here', 'See all drops', '/'],
    ['/nowhere', 'visitor', 'There is nothing here', 'See all drops', '/'],
    ['/claims/clm_none', 'shopper', 'Your claim', 'To the wallet', '/wallet'],
    ['/console/vouchers/vch_none', 'merchant', 'There is nothing here', 'All vouchers', '/console'],
    ['/console/vouchers/vch_none/poster', 'merchant', 'There is nothing here', 'All vouchers', '/console'],
    ['/console/vouchers/vch_none/door-list', 'merchant', 'There is nothing here', 'All vouchers', '/console'],
  ] as const;

  it.each(MISSING)('say at %s (%s) that nothing is there, and what the button leads to', async (...row) => {
    const [path, who, heading, label, target] = row;
    const page = await browsers.page();
    if (who !== 'visitor') {
      await page.goto(`${site.url}/login`);
      await signIn(page, who === 'merchant' ? await newOwner(site) : await newAccount(site));
      await page.waitForURL((url) => !url.pathname.startsWith('/login'));
    }
    await open(page, path, who === 'visitor' && path === '/nowhere' ? 'h1' : '[role="alert"]');
    expect(await page.locator('h1').allInnerTexts()).toEqual([heading]);
    // No list of drops above a button that leads to the wallet.
    expect(await page.locator('main').innerText()).not.toContain('list of drops');
    expect(await page.locator('main').getByRole('button', { name: 'Try again' }).count()).toBe(0);
    await page.locator('main').getByRole('link', { name: label, exact: true }).click();
    await page.waitForURL(`${site.url}${target}`);
    await page.context().close();
  });

  it('have a heading and a way on where a drop cannot be had, and show it once it can', async () => {
    const page = await browsers.page();
    await open(page, '/', '.drop-card');
    await page.route(/\/v1\/vouchers\/vch_/, (route) => route.abort());
    await page.locator(`a[href="/drops/${drops.live}"]`).click();
    await page.getByText('There was no answer.').waitFor();
    expect(await page.locator('h1').allInnerTexts()).toEqual(['This page could not be loaded']);
    await page.unroute(/\/v1\/vouchers\/vch_/);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.waitForSelector(CLAIM);
    expect(await page.locator('h1').count()).toBe(1);
  });

  it('say of a drop that is over what was claimed, not what is left, on page, list, embed and link', async () => {
    const [soon, title] = [new Date(Date.now() + 1_800_000).toISOString(), 'Over before its time'];
    const id = await shop.drop({ total_stock: 400, title, closes_at: soon });
    await shop.takeAll(id, 3);
    await shop.move(id, 'end');
    for (const [locale, words, planned] of [
      ['en-GB', /3\s+of 400 were claimed/, 'Open until'],
      ['zh-CN', /3\s+\/ 400 份已领取|共 400 份，已领 3 份/, '结束 ·'],
    ] as const) {
      const card = (page: Page) => page.locator('.drop-card', { hasText: title });
      for (const javaScriptEnabled of [true, false]) {
        const page = await browsers.page({ locale, javaScriptEnabled });
        const root = javaScriptEnabled ? taken : '#app';
        await page.goto(`${site.url}/drops/${id}`);
        await page.waitForSelector(`${root} [data-test="claimed"]`);
        expect(await page.locator('.stock__figure').innerText()).toMatch(words);
        expect(await page.locator('[data-test="remaining"]').count()).toBe(0);
        await page.goto(`${site.url}/`);
        await page.waitForSelector(`${root} .drop-card`);
        await card(page).getByText(words).waitFor();
        expect(await card(page).innerText()).not.toContain(planned);
        await page.goto(`${site.url}/embed/drops/${id}`);
        const facts = await page.locator('[data-test="embed-facts"]').innerText();
        expect(facts).toMatch(words);
        expect(await page.locator('main').innerText()).not.toContain(planned);
        await page.context().close();
      }
      // The list of a page that was there before it ended learns it as well.
      const page = await browsers.page({ locale });
      await open(page, '/login', 'input[name="email"]');
      await page.locator('header a[href="/"]').first().click();
      await card(page).getByText(words).waitFor();
      await page.context().close();
    }
  });

  it('work by keyboard alone: from the list to a code', async () => {
    const page = await browsers.page();
    await signedIn(site, page);
    await open(page, `/drops/${drops.live}`, CLAIM);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Skip to content');
    for (let tabs = 0; tabs < 20; tabs += 1) {
      await page.keyboard.press('Tab');
      if ((await page.locator(':focus').getAttribute('data-test')) === 'claim') break;
    }
    await page.keyboard.press('Enter');
    await page.waitForSelector(ISSUED);
  });

  it('put the keyboard at the heading of the page that was gone to', async () => {
    const page = await browsers.page();
    await open(page, '/', '.drop-card');
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.waitForSelector('input[name="email"]');
    await page.waitForFunction(() => {
      const { activeElement } = (
        globalThis as unknown as { document: { activeElement: { tagName: string } } }
      ).document;
      return activeElement.tagName === 'H1';
    });
    expect(await page.title()).toBe('Sign in · VoucherConnect');
  });

  it('say that there is no connection, and go on when it is back', async () => {
    const page = await browsers.page();
    await open(page, `/drops/${drops.live}`, CLAIM);
    await page.context().setOffline(true);
    await page.waitForSelector('.offline-bar');
    await page.context().setOffline(false);
    await page.waitForSelector('.offline-bar', { state: 'detached' });
  });

  it('say what broke where the list cannot be had, and how to go on', async () => {
    const page = await browsers.page();
    await page.route('**/v1/vouchers?*', (route) => route.abort());
    await open(page, '/login', 'input[name="email"]');
    await page.getByRole('link', { name: 'Drops', exact: true }).click();
    await page.getByText('There was no answer.').waitFor();
    await page.unroute('**/v1/vouchers?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.waitForSelector('.drop-card');
  });

  it('copy the code', async () => {
    const page = await browsers.page({ permissions: ['clipboard-read', 'clipboard-write'] });
    await claimed(page);
    await page.getByRole('button', { name: 'Copy code' }).click();
    await page.getByText('Copied').waitFor();
    const read = () =>
      page.evaluate(() =>
        (
          globalThis as unknown as { navigator: { clipboard: { readText(): Promise<string> } } }
        ).navigator.clipboard.readText(),
      );
    expect(await read()).toBe(await page.locator(CODE).innerText());
  });

  it('keep no token where a script could read it', async () => {
    const page = await browsers.page();
    await claimed(page);
    const readable = await page.evaluate(() => {
      const { localStorage, sessionStorage, document } = globalThis as unknown as {
        localStorage: object;
        sessionStorage: object;
        document: { cookie: string };
      };
      return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]);
    });
    expect(readable).not.toMatch(/eyJ|ses_/);
    const cookies = await page.context().cookies();
    const session = cookies.filter(({ name }) => /vc_(access|refresh)$/.test(name));
    expect(session.map(({ httpOnly, sameSite }) => [httpOnly, sameSite])).toEqual([
      [true, 'Lax'],
      [true, 'Lax'],
    ]);
  });

  it('lead back to where a person wanted to go, and nowhere else', async () => {
    const account = await newAccount(site);
    const page = await browsers.page();
    await page.goto(`${site.url}/wallet`);
    await page.waitForURL(/\/login\?next=/);
    await signIn(page, account);
    await page.waitForURL(`${site.url}/wallet`);
    const other = await browsers.page();
    await other.goto(`${site.url}/login?next=//evil.example/`);
    await signIn(other, account);
    await other.waitForURL(`${site.url}/`);
  });

  it('tell who has one already, and show it', async () => {
    const account = await newAccount(site);
    const first = await browsers.page();
    await first.goto(`${site.url}/login`);
    await signIn(first, account);
    await first.waitForURL(`${site.url}/`);
    await open(first, `/drops/${drops.paused}`, '[data-test="paused"]');
    await open(first, `/drops/${drops.live}`, CLAIM);
    await first.click(CLAIM);
    await first.waitForSelector(ISSUED);
    const code = await first.locator(CODE).innerText();
    // Another device knows nothing of it, and here it cannot ask.
    const second = await browsers.page();
    const CLAIMS_ON = /\/v1\/me\/claims\?/;
    await second.route(CLAIMS_ON, (route) => route.abort());
    await second.goto(`${site.url}/login`);
    await signIn(second, account);
    await second.waitForURL(`${site.url}/`);
    await open(second, `/drops/${drops.live}`, CLAIM);
    await second.click(CLAIM);
    await second.waitForSelector(state('refused'));
    await second.getByText('You have reached the limit per person.').waitFor();
    await second.getByRole('link', { name: 'See your claim' }).click();
    await second.waitForSelector(ISSUED);
    expect(await second.locator(CODE).innerText()).toBe(code);
    // Where it can, it shows the claim without a press, above its picture and not squeezed beside it.
    await second.unroute(CLAIMS_ON);
    await open(second, `/drops/${drops.live}`, ISSUED);
    expect(await second.locator(CODE).innerText()).toBe(code);
    const widths = ['.ticket__head', '.ticket'].map((part) => second.locator(part).boundingBox());
    const [head, ticket] = await Promise.all(widths);
    expect(head?.width).toBe(ticket?.width);
  });

  it('complained about nothing, and met no refusal of their own policy', () => {
    expect(browsers.complaints).toEqual([]);
  });
});
