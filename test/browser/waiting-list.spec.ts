import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { until } from '../support/api.js';
import { overflows, seriousFindings } from './support/browser.js';
import { onSite } from './support/on-site.js';
import { CLAIM, CODE, embeddedSite, ISSUED, Shop, signedIn, taken, type Site } from './support/site.js';

const LIST = (status: string): string => `[data-test="waiting-list"][data-status="${status}"]`;
const JOIN = '[data-test="join-list"]';
const ACCEPT = '[data-test="accept-offer"]';

describe('a shopper who waits for a unit', () => {
  let site: Site;
  let shop: Shop;

  const browsers = onSite(
    () => embeddedSite({ RATE_LIMIT_WRITE: 'off' }),
    async (started) => {
      site = started;
      shop = await Shop.open(site);
    },
  );

  async function gone(): Promise<string> {
    const id = await shop.drop({ title: 'A seat by the window', total_stock: 1 });
    await shop.takeAll(id, 1);
    return id;
  }
  /** Somebody new, on the page of a drop that is sold out, in the waiting list. */
  async function waits(id: string, options = {}): Promise<Page> {
    const page = await browsers.page(options);
    await signedIn(site, page);
    await page.goto(`${site.url}/drops/${id}`);
    await page.waitForSelector(`${taken} ${JOIN}`);
    await page.click(JOIN);
    await page.waitForSelector(LIST('waiting'));
    return page;
  }
  const position = (page: Page): Promise<string> => page.locator('[data-test="position"]').innerText();

  it('joins, sees the place, leaves, and is offered a unit that comes back', async () => {
    const id = await gone();
    const first = await waits(id);
    const second = await waits(id);
    expect([await position(first), await position(second)]).toEqual([
      'You are number 1 on the waiting list',
      'You are number 2 on the waiting list',
    ]);
    await first.click('[data-test="leave-list"]');
    await first.waitForSelector(LIST('left'));
    await second.getByText('You are number 1').waitFor();
    await shop.restock(id, 1);
    await second.waitForSelector(ACCEPT);
    expect(await second.locator(CLAIM).count()).toBe(0);
    // Nobody who does not wait gets it.
    expect(await first.locator(CLAIM).count()).toBe(0);
    await second.click(ACCEPT);
    await second.waitForSelector(ISSUED);
    expect(await second.locator(CODE).innerText()).toMatch(/^[0-9A-Z]{4}-/);
    expect(await shop.claims(id)).toHaveLength(2);
    // It is theirs after a reload, too.
    await second.reload();
    await second.waitForSelector(ISSUED);
  });

  it('accepts once though the answer is lost', async () => {
    const id = await gone();
    const page = await waits(id);
    await shop.restock(id, 1);
    await page.waitForSelector(ACCEPT);
    const keys: string[] = [];
    await page.route('**/waiting-list/accept', async (route) => {
      keys.push(route.request().headers()['idempotency-key'] ?? '');
      if (keys.length > 1) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await page.click(ACCEPT);
    await page.waitForSelector(ISSUED);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(await shop.claims(id)).toHaveLength(2);
  });

  it('finds the place in the wallet, declines there, and the next one is offered the unit', async () => {
    const id = await gone();
    const first = await waits(id);
    const second = await waits(id);
    await first.goto(`${site.url}/wallet`);
    await first.locator('[data-test="place"]').getByText('A seat by the window').waitFor();
    await second.goto(`${site.url}/wallet`);
    await second.waitForSelector(LIST('waiting'));
    await shop.restock(id, 1);
    await first.waitForSelector(ACCEPT);
    await first.click('[data-test="decline-offer"]');
    await first.waitForSelector(ACCEPT, { state: 'detached' });
    await second.waitForSelector(ACCEPT);
    await second.click(ACCEPT);
    await second.waitForURL(/\/claims\/clm_/);
    await second.waitForSelector(ISSUED);
  });

  it('waits for another where the claim was cancelled', async () => {
    const id = await shop.drop({ total_stock: 1 });
    const page = await browsers.page();
    await signedIn(site, page);
    await page.goto(`${site.url}/drops/${id}`);
    await page.click(`${taken} ${CLAIM}`);
    await page.waitForSelector(ISSUED);
    const [claim] = await until(async () => {
      const claims = await shop.claims(id);
      return claims.length === 1 ? claims : undefined;
    });
    await site.api.expect(200, 'POST', `/v1/claims/${claim?.id}/cancel`, {
      token: shop.token,
      json: { reason: 'a test' },
    });
    await shop.takeAll(id, 1);
    await page.goto(`${site.url}/claims/${claim?.id}`);
    await page.click(JOIN);
    await page.waitForSelector(LIST('waiting'));
  });

  it.each([
    ['English, desktop, light', { locale: 'en-GB' }],
    [
      'Chinese, 360 px, dark',
      { locale: 'zh-CN', viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
    ],
  ] as const)(
    'sees pages that have nothing serious for axe and fit the window: %s',
    async (_name, screen) => {
      const id = await gone();
      const page = await waits(id, screen);
      const check = async (): Promise<void> => {
        expect(await seriousFindings(page)).toEqual([]);
        expect(await overflows(page)).toBe(false);
      };
      await check();
      await page.goto(`${site.url}/wallet`);
      await page.waitForSelector(LIST('waiting'));
      await check();
      await shop.restock(id, 1);
      await page.waitForSelector(ACCEPT);
      await check();
      await page.goto(`${site.url}/drops/${id}`);
      await page.waitForSelector(ACCEPT);
      await check();
    },
  );

  it('of seven windows on plain HTTP the seventh loads and claims', async () => {
    const id = await shop.drop({ total_stock: 20, per_user_limit: 1 });
    // No host but the loopback is without locks and secure contexts; the number of connections is the same.
    const person = await browsers.person();
    const windows: Page[] = [];
    const first = await person.newPage();
    await signedIn(site, first);
    for (let count = 0; count < 7; count += 1) {
      const page = count === 0 ? first : await person.newPage();
      await page.goto(`${site.url}/drops/${id}`);
      await page.waitForSelector(`${taken} ${CLAIM}`);
      windows.push(page);
    }
    const last = windows.at(-1) ?? first;
    await last.click(CLAIM);
    await last.waitForSelector(ISSUED);
    // All of them hear what happens to the stock.
    await shop.takeAll(id, 3);
    for (const page of windows.slice(1, -1)) {
      await page.waitForFunction(
        (selector) =>
          (
            globalThis as unknown as {
              document: { querySelector(s: string): { textContent: string } | null };
            }
          ).document.querySelector(selector)?.textContent === '16',
        '[data-test="remaining"]',
      );
    }
  });
});
