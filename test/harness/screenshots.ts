import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Browser } from 'playwright-core';
import { DemoServer } from '../../src/cli/demo/server.js';
import { takeDocsPictures } from './screenshots/docs-pictures.js';
import { takeGallery } from './screenshots/gallery.js';
import { PASSWORD, Scene } from './screenshots/scene.js';
import { ADMIN } from './screenshots/site.js';

const USAGE = `usage: npm run screenshots -- [FOLDER] [--quick] [--only TEXT] [--docs]
Takes each page in each state, in English and Chinese, light and dark, at 360 px and on a desktop, into FOLDER
(${join(tmpdir(), 'voucherconnect-screenshots')}), with an index.html of all. Starts a server of its own, with nothing but Node.
Needs Chromium; another one than /usr/bin/chromium by CHROMIUM.
  --quick      two pictures of each state: English, light, desktop; Chinese, dark, 360 px
  --only TEXT  only the states whose name contains TEXT
  --docs       the pictures in docs/images instead, of a drop in flight`;

const OPTIONS = {
  quick: { type: 'boolean' },
  only: { type: 'string' },
  docs: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** @returns the names of the states that could not be reached */
async function take(args: ReturnType<typeof readArgs>, scene: Scene, browser: Browser): Promise<string[]> {
  const { values, positionals } = args;
  if (values.docs) {
    await takeDocsPictures(scene, browser);
    return [];
  }
  const target = resolve(positionals[0] ?? join(tmpdir(), 'voucherconnect-screenshots'));
  mkdirSync(target, { recursive: true });
  return takeGallery(scene, browser, target, { quick: values.quick ?? false, only: values.only ?? '' });
}

function readArgs() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.error(USAGE);
    process.exit(1);
  }
}

async function run(args: ReturnType<typeof readArgs>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'voucherconnect-screenshots-data-'));
  const server = await DemoServer.start(folder, {
    RATE_LIMIT_REGISTER: 'off',
    RATE_LIMIT_LOGIN: 'off',
    RATE_LIMIT_WRITE: 'off',
    RATE_LIMIT_STATUS: 'off',
    ADMIN_EMAIL: ADMIN,
    ADMIN_PASSWORD: PASSWORD,
  });
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    await server.waitReady();
    const missed = await take(args, new Scene(server.address), browser);
    for (const name of missed) console.error(`not reached: ${name}`);
    if (missed.length > 0) process.exitCode = 1;
  } finally {
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

const args = readArgs();
if (args.values.help) console.log(USAGE);
else await run(args);
