// Lighthouse on the drop page, the console and the board, with the installed Chromium; ends with 1 where a score is below 95.
// `npm run lighthouse`. It starts a server of its own with nothing but Node. CHROMIUM names another one than /usr/bin/chromium.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { DemoServer } from '../../dist/src/cli/demo/server.js';
import { PASSWORD, Scene } from '../../dist/test/harness/screenshots/scene.js';
import { EMAILS, fullSite } from '../../dist/test/harness/screenshots/site.js';

/** The last one that runs on Node 20. */
const LIGHTHOUSE = 'lighthouse@12.8.2';
const LEAST = 95;
const PRIVATE = ['performance', 'accessibility', 'best-practices'];
/** Search engines see public pages alone. */
const PUBLIC = [...PRIVATE, 'seo'];

const run = promisify(execFile);

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function install(folder) {
  console.error(`installing ${LIGHTHOUSE} ...`);
  const quiet = ['--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', '--prefix', folder, ...quiet, LIGHTHOUSE]);
  return join(folder, 'node_modules', 'lighthouse', 'cli', 'index.js');
}

/** @returns what Lighthouse says of a page in the browser that listens on `port`, with whoever is signed in there */
async function judge(cli, { url, port, categories, desktop, report }) {
  const options = [
    ...[`--port=${port}`, '--disable-storage-reset', '--quiet', '--output=json', `--output-path=${report}`],
    `--only-categories=${categories.join(',')}`,
    ...(desktop ? ['--preset=desktop'] : []),
  ];
  await run(process.execPath, [cli, url, ...options]);
  return JSON.parse(readFileSync(report, 'utf8'));
}

/** What cost a category its points: the audits that count and did not pass, heaviest first. */
const costs = ({ categories, audits }, category) =>
  categories[category].auditRefs
    .filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 0.9)
    .sort((a, b) => b.weight - a.weight)
    .map(({ id }) => `${id}${audits[id].displayValue ? ` (${audits[id].displayValue})` : ''}`);

async function signIn(context, address) {
  const page = await context.newPage();
  await page.goto(`${address}/login?next=/console`);
  await page.waitForSelector('#app[data-v-app] input[name="email"]');
  await page.fill('input[name="email"]', EMAILS.owner);
  await page.fill('input[name="password"]', PASSWORD);
  await page.click('form.form button:not([type="button"])');
  await page.waitForURL(`${address}/console`);
  await page.goto('about:blank');
}

const folder = mkdtempSync(join(tmpdir(), 'voucherconnect-lighthouse-'));
const off = Object.fromEntries(
  ['REGISTER', 'LOGIN', 'WRITE', 'STATUS'].map((name) => [`RATE_LIMIT_${name}`, 'off']),
);
const cli = await install(folder);
const server = await DemoServer.start(folder, {
  ...off,
  ADMIN_EMAIL: EMAILS.admin,
  ADMIN_PASSWORD: PASSWORD,
});
const port = await freePort();
const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', `--remote-debugging-port=${port}`],
});
try {
  await server.waitReady();
  const { live } = await fullSite(new Scene(server.address));
  await signIn(context, server.address);
  const pages = [
    { name: 'drop, phone', path: `/drops/${live}`, categories: PUBLIC, desktop: false },
    { name: 'drop, desktop', path: `/drops/${live}`, categories: PUBLIC, desktop: true },
    { name: 'console, desktop', path: '/console', categories: PRIVATE, desktop: true },
    { name: 'board, desktop', path: `/console/vouchers/${live}`, categories: PRIVATE, desktop: true },
  ];
  for (const { name, path, categories, desktop } of pages) {
    const report = join(folder, 'report.json');
    const said = await judge(cli, { url: server.address + path, port, categories, desktop, report });
    if (new URL(said.finalDisplayedUrl).pathname !== path) throw new Error(`${name}: led elsewhere`);
    const scores = categories.map((id) => [id, Math.round((said.categories[id].score ?? 0) * 100)]);
    console.log(`${name}: ${scores.map(([id, score]) => `${id} ${score}`).join(', ')}`);
    for (const [id, score] of scores) {
      for (const cost of score < 100 ? costs(said, id) : []) console.log(`  ${id}: ${cost}`);
      if (score < LEAST) process.exitCode = 1;
    }
  }
} finally {
  await context.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
