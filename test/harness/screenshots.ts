import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { ROOT } from '../../src/common/root.js';
import { DemoServer } from '../../src/cli/demo/server.js';

/**
 * `npm run screenshots`: starts the server with nothing but Node, lets a crowd claim, and takes the pictures of the README in
 * the middle of it. Needs Chromium; another one than the distribution's by CHROMIUM.
 */
const FOLDER = join(ROOT, 'docs', 'images');
const PASSWORD = 'correct horse battery staple';
const UNITS = 400;
const CLAIMED_BEFORE = 236;
const HOUR_MS = 3_600_000;

type Json = Record<string, unknown> & { readonly id: string };

class Scene {
  private people = 0;

  constructor(private readonly address: string) {}

  async call(method: string, path: string, body?: unknown, token?: string): Promise<Json> {
    this.people += 1;
    const response = await fetch(this.address + path, {
      method,
      headers: {
        // Everybody comes from an address of their own, as a crowd does.
        'x-forwarded-for': `10.1.${this.people >> 8}.${this.people & 255}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Json;
  }

  async merchant(): Promise<string> {
    const owner = { email: 'owner@example.com', password: PASSWORD, name: 'Chen Bo' };
    const merchant = await this.call('POST', '/v1/merchants', {
      name: 'Tea House',
      time_zone: 'Asia/Shanghai',
      owner,
    });
    return (merchant['session'] as { access_token: string }).access_token;
  }

  async publish(token: string, terms: Record<string, unknown>): Promise<string> {
    const now = Date.now();
    const voucher = await this.call(
      'POST',
      '/v1/vouchers',
      {
        total_stock: UNITS,
        opens_at: new Date(now - 60_000).toISOString(),
        closes_at: new Date(now + HOUR_MS).toISOString(),
        redeem_until: new Date(now + 30 * 24 * HOUR_MS).toISOString(),
        face_value: { amount: 1_500, currency: 'CNY' },
        ...terms,
      },
      token,
    );
    await this.call('POST', `/v1/vouchers/${voucher.id}/publish`, undefined, token);
    return voucher.id;
  }

  async shopper(email: string): Promise<string> {
    const session = await this.call('POST', '/v1/auth/register', {
      email,
      password: PASSWORD,
      name: 'Lin Yue',
    });
    return session['access_token'] as string;
  }

  /** So many claim, some at a time; `from` is the number of the first. */
  async crowd(voucherId: string, size: number, from = 0): Promise<void> {
    for (let done = from; done < from + size; done += 20) {
      await Promise.all(
        Array.from({ length: Math.min(20, from + size - done) }, async (_none, index) => {
          const token = await this.shopper(`p${voucherId}-${done + index}@example.com`);
          await this.call('POST', `/v1/vouchers/${voucherId}/claims`, undefined, token);
        }),
      );
    }
  }
}

const DESKTOP: BrowserContextOptions = { viewport: { width: 1120, height: 700 }, colorScheme: 'light' };
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 780 },
  deviceScaleFactor: 1.5,
  colorScheme: 'dark',
};

const BOARD: BrowserContextOptions = { viewport: { width: 1120, height: 1640 }, colorScheme: 'light' };

async function open(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Asia/Shanghai', ...options });
  return context.newPage();
}

async function shoot(page: Page, name: string): Promise<void> {
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path, animations: 'disabled' });
  console.log(path);
}

async function signIn(page: Page, address: string, email: string, next: string): Promise<void> {
  await page.goto(`${address}/login?next=${encodeURIComponent(next)}`);
  await page.fill('input[name="email"]', email);
  await page.fill('input[name="password"]', PASSWORD);
  await page.click('form.form button:not([type="button"])');
  await page.waitForURL(address + next);
}

async function takePictures(server: DemoServer, browser: Browser): Promise<void> {
  const { address } = server;
  const scene = new Scene(address);
  const merchant = await scene.merchant();
  const description =
    'One pot of any oolong for half the price, on weekdays. Two cups come with it.\n\nShow the code at the counter.';
  const others = ['Jasmine tasting for two', 'A tin of white peony'];
  for (const title of others) await scene.publish(merchant, { title, total_stock: 120 });
  const opens_at = new Date(Date.now() + 2 * HOUR_MS).toISOString();
  const closes_at = new Date(Date.now() + 4 * HOUR_MS).toISOString();
  await scene.publish(merchant, { title: 'Spring longjing, first picking', opens_at, closes_at });
  const drop = await scene.publish(merchant, { title: 'Half price oolong', description });
  await scene.shopper('lin@example.com');
  await scene.crowd(drop, CLAIMED_BEFORE);

  const desktop = await open(browser, DESKTOP);
  await signIn(desktop, address, 'lin@example.com', `/drops/${drop}`);
  await desktop.waitForSelector('[data-test="claim"]');
  // The crowd goes on while the picture is taken.
  const crowd = scene.crowd(drop, 40, CLAIMED_BEFORE);
  await delay(700);
  await shoot(desktop, 'drop');
  await crowd;

  await desktop.goto(`${address}/`);
  await desktop.waitForSelector('.drop-card');
  await shoot(desktop, 'drops');

  const phone = await open(browser, PHONE);
  await phone.goto(`${address}/drops/${drop}`);
  await phone.waitForSelector('[data-test="claim"]');
  await delay(700);
  await shoot(phone, 'drop-phone');

  await desktop.goto(`${address}/drops/${drop}`);
  await desktop.click('[data-test="claim"]');
  await desktop.waitForSelector('[data-test="outcome"][data-status="issued"]');
  await desktop.goto(`${address}/wallet`);
  await desktop.waitForSelector('.ticket__qr');
  await shoot(desktop, 'wallet');

  // The merchant's board: all is taken, and some came too late. The picture of the wallet took a unit as well.
  await scene.crowd(drop, UNITS - CLAIMED_BEFORE - 41, CLAIMED_BEFORE + 40);
  for (let late = 0; late < 6; late += 1)
    await scene.crowd(drop, 20, UNITS + late * 20).catch(() => undefined);
  const board = await open(browser, BOARD);
  await signIn(board, address, 'owner@example.com', `/console/vouchers/${drop}`);
  await board.waitForSelector('canvas[role="img"]');
  await board.locator('[data-test="audit"]').waitFor();
  await delay(1_500);
  await shoot(board, 'board');
}

const folder = mkdtempSync(join(tmpdir(), 'voucherconnect-screenshots-'));
mkdirSync(FOLDER, { recursive: true });
const server = await DemoServer.start(folder, { RATE_LIMIT_REGISTER: 'off', RATE_LIMIT_LOGIN: 'off' });
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  await server.waitReady();
  await takePictures(server, browser);
} finally {
  await browser.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
