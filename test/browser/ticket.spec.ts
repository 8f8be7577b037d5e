import { describe, expect, it } from '@jest/globals';
import ICAL from 'ical.js';
import { decodeQR } from 'qr/decode.js';
import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from 'playwright-core';
import { overflows, seriousFindings } from './support/browser.js';
import { onSite } from './support/on-site.js';
import {
  CLAIM,
  CODE,
  embeddedSite,
  ISSUED,
  newAccount,
  Shop,
  signedIn,
  signIn,
  taken,
  type Site,
} from './support/site.js';

const CALENDAR = '[data-test="calendar"]';
const HOUR_MS = 3_600_000;
const ADDRESS = '12 Nanjing Road\nShanghai';
const TERMS = 'One voucher a visit.\nNo change is given.';
const CONTACT = { phone: '+86 (21) 5555-0100', email: 'hello@tea.example', website: 'https://tea.example/' };
const PLACE = '[data-test="merchant-place"]';

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and alpha of each pixel, by rows. */
  readonly data: Uint8ClampedArray;
}

/** What a screenshot shows, as this browser decodes it. */
async function pixelsOf(page: Page, png: Buffer): Promise<Picture> {
  const { width, height, data } = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const { createImageBitmap, OffscreenCanvas } = globalThis as any;
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    const picture = context.getImageData(0, 0, bitmap.width, bitmap.height);
    return { width: picture.width, height: picture.height, data: [...picture.data] as number[] };
  }, png.toString('base64'));
  return { width, height, data: Uint8ClampedArray.from(data) };
}

/** How wide the white around a QR code is, in modules: left, right, above, below. Round corners of the picture count for nothing. */
function quietZone({ width, height, data }: Picture): number[] {
  const isDark = (x: number, y: number): boolean => (data[(y * width + x) * 4] ?? 255) < 128;
  const isCorner = (x: number, y: number): boolean =>
    Math.min(x, width - 1 - x) < ROUND_PX && Math.min(y, height - 1 - y) < ROUND_PX;
  const [xs, ys]: [number[], number[]] = [[], []];
  // The outermost pixels may be half of what surrounds the picture.
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++)
      if (!isCorner(x, y) && isDark(x, y)) {
        xs.push(x);
        ys.push(y);
      }
  const [left = 0, top = 0] = [xs, ys].map((all) => all.reduce((a, b) => Math.min(a, b)));
  const [right = 0, bottom = 0] = [xs, ys].map((all) => all.reduce((a, b) => Math.max(a, b)));
  // The mark in a corner begins with seven dark modules.
  let end = left;
  while (isDark(end, top + 1)) end++;
  const module = (end - left) / 7;
  return [left, width - 1 - right, top, height - 1 - bottom].map((pixels) => pixels / module);
}

/** More than the corners are rounded by, and less than the white is wide. */
const ROUND_PX = 14;

describe('a ticket', () => {
  let site: Site;
  let shop: Shop;
  let drop: string;

  const browsers = onSite(embeddedSite, async (started) => {
    site = started;
    shop = await Shop.open(site);
    await site.api.expect(200, 'PATCH', '/v1/merchants/me', {
      token: shop.token,
      headers: { 'if-match': '*' },
      json: { address: ADDRESS, terms: TERMS, contact: CONTACT },
    });
    const closes = Date.now() + 20 * HOUR_MS;
    drop = await shop.drop({
      title: 'Half price, oolong; and more',
      description: 'One pot.\nWeekdays only.',
      closes_at: new Date(closes).toISOString(),
      redeem_until: new Date(closes + HOUR_MS).toISOString(),
      time_zone: 'America/New_York',
      total_stock: 100,
    });
  });

  /** A person with a claim, on the page of the drop. */
  async function holder(options = {}): Promise<{ person: BrowserContext; page: Page; code: string }> {
    const person = await browsers.person(options);
    const page = await person.newPage();
    await signedIn(site, page);
    await page.goto(`${site.url}/drops/${drop}`);
    await page.click(`${taken} ${CLAIM}`);
    await page.waitForSelector(`${ISSUED} svg`);
    return { person, page, code: await page.locator(CODE).innerText() };
  }

  it.each([
    ['en-GB', 'Asia/Shanghai', /New York Time/i, /your time/, true],
    ['zh-CN', 'Asia/Shanghai', /(New York|纽约)时间/, /你所在地/, true],
    ['en-GB', 'America/New_York', /New York Time/i, /your time/, false],
  ])(
    'names the merchant’s zone with every time, and says the reader’s own where it differs: %s in %s',
    async (locale, timezoneId, zone, own, differs) => {
      const { page } = await holder({ locale, timezoneId });
      const { id } = (await shop.claims(drop))[0] ?? {};
      /** How many times the page says, as it is seen. The reader's own stands in the line or below it. */
      const times = async (path: string): Promise<number> => {
        const text = await page.locator('main').innerText();
        const lines = text.split('\n').filter((line) => /\d\d:\d\d/.test(line));
        const named = lines.filter((line) => zone.test(line));
        const owns = lines.filter((line) => own.test(line));
        expect([path, lines.filter((line) => !named.includes(line) && !owns.includes(line))]).toEqual([
          path,
          [],
        ]);
        expect([path, owns.length]).toEqual([path, differs ? named.length : 0]);
        return named.length;
      };
      for (const [path, fewest] of [
        ['/wallet', 2],
        [`/claims/${id}`, 3],
        [`/drops/${drop}`, 2],
      ] as const) {
        await page.goto(site.url + path);
        await page.waitForSelector(`${taken} ${CODE}`);
        expect(await times(path)).toBeGreaterThanOrEqual(fewest);
        await page.emulateMedia({ media: 'print' });
        expect(await times(`${path}, printed`)).toBeGreaterThan(0);
        await page.emulateMedia({ media: 'screen' });
      }
    },
  );

  it('says where it is used, and has the merchant’s contact as links', async () => {
    const { page } = await holder();
    await page.goto(`${site.url}/wallet`);
    const place = page.locator(PLACE);
    expect(await place.innerText()).toContain(ADDRESS);
    expect(await place.innerText()).toContain(TERMS);
    expect(
      await place.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href'))),
    ).toEqual(['tel:+862155550100', `mailto:${CONTACT.email}`, CONTACT.website]);
  });

  it('says it once on a phone, where the page of the drop is one column', async () => {
    const { page } = await holder({ viewport: { width: 360, height: 740 } });
    for (const text of ['12 Nanjing Road', 'No change is given.', 'Weekdays only.'])
      expect([text, await page.getByText(text).filter({ visible: true }).count()]).toEqual([text, 1]);
  });

  it.each(['light', 'dark'] as const)(
    'has a QR code that a reader reads, with four modules of white around it: %s',
    async (colorScheme) => {
      const { page, code } = await holder({ colorScheme });
      const { data } = await (await page.request.get(`${site.url}/v1/me/claims`)).json();
      for (const path of [`/drops/${drop}`, '/wallet', `/claims/${data[0].id}`]) {
        await page.goto(site.url + path);
        const shown = page.locator('svg.ticket__qr');
        await shown.waitFor();
        const picture = await pixelsOf(page, await shown.screenshot());
        expect(decodeQR(picture)).toBe(code);
        for (const modules of quietZone(picture)) expect(modules).toBeGreaterThan(3.7);
      }
    },
  );

  it('shares a contact with the merchant where its holder ticked that, and takes it back', async () => {
    const asking = await shop.drop({ asks_contact: true });
    const person = await browsers.person();
    const page = await person.newPage();
    await signedIn(site, page);
    await page.goto(`${site.url}/drops/${asking}`);
    const box = page.locator('input[name="share_contact"]');
    await box.waitFor();
    expect(await box.isChecked()).toBe(false);
    expect(await seriousFindings(page)).toEqual([]);
    await box.check();
    await page.click(`${taken} ${CLAIM}`);
    await page.waitForSelector('[data-test="contact-consent"][data-shares="true"]');
    await page.waitForSelector(ISSUED);
    const [claim] = await shop.claims(asking);
    await page.goto(`${site.url}/claims/${claim?.['id']}`);
    await page.waitForSelector('[data-test="contact-consent"][data-shares="true"]');
    expect(await seriousFindings(page)).toEqual([]);
    await box.focus();
    await page.keyboard.press('Space');
    await page.waitForSelector('[data-test="contact-consent"][data-shares="false"]');
    await page.reload();
    await page.waitForSelector('[data-test="contact-consent"][data-shares="false"]');
    // Who ticks nothing shares nothing, and is asked nothing where the voucher does not ask.
    await page.goto(`${site.url}/drops/${drop}`);
    await page.waitForSelector(`${taken} ${CLAIM}`);
    expect(await box.count()).toBe(0);
  });

  it('shares it too where that was ticked before signing in, and with the next to sit there not', async () => {
    const asking = await shop.drop({ asks_contact: true });
    const box = 'input[name="share_contact"]';
    const page = await (await browsers.person()).newPage();
    await page.goto(`${site.url}/drops/${asking}`);
    await page.check(`${taken} ${box}`);
    await page.click(CLAIM);
    await page.waitForURL(/\/login/);
    await signIn(page, await newAccount(site));
    await page.waitForSelector('[data-test="contact-consent"][data-shares="true"]');
    await page.waitForSelector(ISSUED);
    await page.goto(`${site.url}/drops/${await shop.drop({ asks_contact: true })}`);
    await page.waitForSelector(`${taken} ${CLAIM}`);
    expect(await page.isChecked(box)).toBe(false);
    // Ticked, and then left.
    await page.check(box);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
    await page.reload();
    await page.waitForSelector(`${taken} ${CLAIM}`);
    expect(await page.isChecked(box)).toBe(false);
  });

  it('can be judged before it is claimed: the drop says the same of its merchant, with and without scripts', async () => {
    for (const javaScriptEnabled of [true, false]) {
      const page = await (await browsers.person({ javaScriptEnabled })).newPage();
      await page.goto(`${site.url}/drops/${drop}`);
      const said = await page.locator(PLACE).innerText();
      for (const text of [ADDRESS, TERMS, CONTACT.email]) expect(said).toContain(text);
    }
    // By a link from the list: without what the server put into the page.
    const page = await (await browsers.person()).newPage();
    await page.goto(`${site.url}/`);
    await page.locator(`${taken} a[href="/drops/${drop}"]`).first().click();
    await page.locator(PLACE, { hasText: 'No change is given.' }).waitFor();
  });

  it('goes into a calendar, with the time to use it and without the code', async () => {
    const { page, code } = await holder();
    const [file] = await Promise.all([page.waitForEvent('download'), page.click(CALENDAR)]);
    expect(file.suggestedFilename()).toMatch(/^clm_\w+\.ics$/);
    const text = await readFile(await file.path(), 'utf8');
    const event = new ICAL.Event(
      new ICAL.Component(ICAL.parse(text) as never).getFirstSubcomponent('vevent') as ICAL.Component,
    );
    expect(event.summary).toBe('Use your voucher: Half price, oolong; and more');
    expect(event.description).toContain('One pot.\nWeekdays only.');
    expect(event.description).toContain(CONTACT.phone);
    expect(event.location).toBe(ADDRESS);
    expect(event.endDate.toJSDate().getTime() - event.startDate.toJSDate().getTime()).toBe(HOUR_MS);
    expect(text).not.toContain(code);
  });

  it('is printed as a ticket: no buttons, no navigation, the code dark on white in a dark scheme too', async () => {
    const { page } = await holder({ colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    for (const selector of ['.site-header', '.site-footer', CALENDAR, '[data-test="print"]'])
      expect([selector, await page.locator(selector).first().isVisible()]).toEqual([selector, false]);
    expect(await page.locator(CODE).isVisible()).toBe(true);
    expect(await page.locator('.ticket__qr').isVisible()).toBe(true);
    // Once: the drop's own words about its merchant are not printed beside those of the ticket.
    const printed = page.locator(`${PLACE}:visible`);
    expect(await printed.innerText()).toContain(ADDRESS);
    expect(await printed.innerText()).toContain(TERMS);
    const ink = await page
      .locator(CODE)
      .evaluate(
        (element) =>
          (globalThis as unknown as { getComputedStyle(e: unknown): { color: string } }).getComputedStyle(
            element,
          ).color,
      );
    expect(ink).toBe('rgb(0, 0, 0)');
  });

  it('is there without a network, and gone once its holder has signed out', async () => {
    const { person, page, code } = await holder();
    await page.goto(`${site.url}/wallet`);
    await page.waitForSelector('[data-test="ticket"] svg');
    const kept = (): Promise<number> =>
      page.evaluate(async () => {
        const { caches } = globalThis as unknown as {
          caches: {
            open(n: string): Promise<{ keys(): Promise<unknown[]> }>;
            has(n: string): Promise<boolean>;
          };
        };
        return (await caches.has('vc-wallet')) ? (await (await caches.open('vc-wallet')).keys()).length : 0;
      });
    for (let count = 0; count === 0; count = await kept()) await page.waitForTimeout(50);
    await site.kill();
    const offline = await person.newPage();
    await offline.goto(`${site.url}/wallet`);
    await offline.waitForSelector('[data-test="ticket"] svg');
    expect(await offline.locator(CODE).innerText()).toBe(code);
    expect(await offline.locator(PLACE).innerText()).toContain(ADDRESS);
    // Nothing but the wallet is kept.
    await expect(offline.goto(`${site.url}/drops/${drop}`)).rejects.toThrow();
    await site.revive();
    await page.goto(`${site.url}/wallet`);
    await page.waitForSelector('[data-test="ticket"] svg');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${site.url}/`);
    for (let count = 1; count !== 0; count = await kept()) await page.waitForTimeout(50);
    await site.kill();
    await expect(offline.goto(`${site.url}/wallet`)).rejects.toThrow();
    await site.revive();
  });

  it.each([
    ['English, desktop, light', { locale: 'en-GB' }],
    [
      'Chinese, 360 px, dark',
      { locale: 'zh-CN', viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
    ],
  ] as const)('has nothing serious for axe and fits the window: %s', async (_name, screen) => {
    const { page } = await holder(screen);
    expect(await seriousFindings(page)).toEqual([]);
    expect(await overflows(page)).toBe(false);
  });

  it('is dark or light as its reader chooses, from the first moment of the next page', async () => {
    const page = await browsers.page({ colorScheme: 'light' });
    const background = (): Promise<string> =>
      page
        .locator('body')
        .evaluate(
          (body) =>
            (
              globalThis as unknown as { getComputedStyle(e: unknown): { backgroundColor: string } }
            ).getComputedStyle(body).backgroundColor,
        );
    await page.goto(`${site.url}/`);
    await page.waitForSelector(taken);
    const light = await background();
    await page.getByRole('button', { name: 'Dark mode' }).click();
    const dark = await background();
    expect(dark).not.toBe(light);
    expect(await seriousFindings(page)).toEqual([]);
    await page.goto(`${site.url}/drops/${drop}`, { waitUntil: 'domcontentloaded' });
    expect(await background()).toBe(dark);
    await page.waitForSelector(taken);
    await page.getByRole('button', { name: 'Light mode' }).click();
    expect(await background()).toBe(light);
  });
});
