import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { ROOT } from '../../../src/common/root.js';
import { HOUR_MS, type Scene } from './scene.js';
import { signIn } from './sign-in.js';

/** The pictures of README and docs: a drop in flight. A crowd claims while they are taken. */
const FOLDER = join(ROOT, 'docs', 'images');
const UNITS = 400;
const CLAIMED_BEFORE = 236;
const WEBP_QUALITY = 82;

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
  const path = join(FOLDER, `${name}.webp`);
  await sharp(await page.screenshot({ animations: 'disabled' }))
    .webp({ quality: WEBP_QUALITY, effort: 6 })
    .toFile(path);
  console.log(path);
}

export async function takeDocsPictures(scene: Scene, browser: Browser): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const { address } = scene;
  const merchant = await scene.merchant('Tea House', 'owner@example.com');
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
