import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Database } from '../../src/database/database.js';
import { until } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { Browsers, overflows, seriousFindings } from './support/browser.js';
import { onSite } from './support/on-site.js';
import { newAccount, signIn, type Site } from './support/site.js';

const ADMIN = { email: 'admin@test.example', password: 'a long password' };
const PAGES = ['/admin', '/admin/dead-letters', '/admin/blocks', '/admin/audit-log', '/admin/policies'];

/** In the page, where a question counts as soon as it is put. */
const COUNT_QUESTIONS = `(() => {
  const { fetch } = window;
  window.asked = 0;
  window.fetch = (what, ...more) => {
    if (String(what).endsWith('/v1/admin/system')) window.asked += 1;
    return fetch(what, ...more);
  };
})()`;

let server: TestApp;
let merchant: string;

const browsers = onSite(
  () =>
    startApp({
      // The pages as they were built, not the stand-ins of other tests.
      WEB_DIR: 'dist/web',
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      RATE_LIMIT_LOGIN: 'off',
      RATE_LIMIT_REGISTER: 'off',
    }),
  async (started) => {
    server = started;
    merchant = (await server.api.registerMerchant()).access_token;
  },
);

const sql = (text: string) => server.app.get(Database).write((tx) => tx.query(text));

/** An administrator on a page of theirs, having come by the login page. */
async function admin(path = '/admin', options: Parameters<Browsers['page']>[0] = {}): Promise<Page> {
  const page = await browsers.page(options);
  await page.goto(server.url + path);
  await page.waitForURL(/\/login\?/);
  await signIn(page, ADMIN);
  await page.waitForURL(server.url + path);
  return page;
}

/** A claim of somebody that the database refuses, in its dead letter. */
async function deadLetter(): Promise<{ token: string; claim: string }> {
  const { id } = await server.api.liveVoucher(merchant, { total_stock: 5 });
  const { access_token: token } = await server.api.register();
  await sql(
    `CREATE TRIGGER poison BEFORE INSERT ON claims WHEN NEW.voucher_id = '${id}' AND NEW.status = 'issued' BEGIN SELECT RAISE(ABORT, 'the column is too short'); END`,
  );
  const { body } = await server.api.claim(token, id);
  await until(async () => {
    const rows = await server.app
      .get(Database)
      .read.query(`SELECT id FROM claim_dead_letters WHERE claim_id = '${body.id}'`);
    return rows.length > 0 ? true : undefined;
  });
  return { token, claim: body.id as string };
}
const cure = () => sql('DROP TRIGGER IF EXISTS poison');

describe('the overview', () => {
  it('shows the instance, what waits, and refreshes by itself', async () => {
    const page = await admin();
    await page.getByRole('heading', { name: '1 instance' }).waitFor();
    const card = page.getByRole('article');
    await card.getByText('Ready', { exact: true }).waitFor();
    for (const role of ['API', 'Consumer', 'Jobs'])
      await card.getByText(role, { exact: true }).first().waitFor();
    const letters = page.locator('.figure', { hasText: 'Dead letters' }).locator('.figure__value');
    expect(await letters.innerText()).toBe('0');
    await deadLetter();
    await until(async () => ((await letters.innerText()) === '1' ? true : undefined));
    await cure();
  });

  it('asks nothing while the tab is hidden, and at once when it is seen again', async () => {
    const page = await browsers.page();
    // The page's own time, which the test lets pass.
    await page.clock.install();
    await page.addInitScript(COUNT_QUESTIONS);
    await page.goto(`${server.url}/login?next=/admin`);
    await signIn(page, ADMIN);
    await page.locator('.figure').first().waitFor();
    const asked = () => page.evaluate<number>('window.asked');
    const hide = (hidden: boolean) =>
      page.evaluate((value) => {
        const { document, Event } = globalThis as unknown as {
          document: EventTarget;
          Event: new (name: string) => Event;
        };
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    const first = await asked();
    await until(async () => ((await asked()) > first ? true : undefined));
    await page.clock.pauseAt(Date.now() + 60_000);
    await hide(true);
    const before = await asked();
    await page.clock.runFor(60_000);
    expect(await asked()).toBe(before);
    // No time passes from here on: it is asked because it is seen.
    await hide(false);
    await until(async () => ((await asked()) > before ? true : undefined));
  });

  it('keeps what it knew while the server does not answer, and says so', async () => {
    const page = await admin();
    await page.locator('.figure').first().waitFor();
    await page.route('**/v1/admin/**', (route) => route.abort());
    await page.getByText('These are the last known figures').waitFor();
    expect(await page.locator('.figure').count()).toBe(6);
    await page.unroute('**/v1/admin/**');
    await page.getByText('These are the last known figures').waitFor({ state: 'detached' });
  });
});

describe('dead letters', () => {
  it('are retried in vain while the cause is there, and issued once it is gone', async () => {
    const { token, claim } = await deadLetter();
    const page = await admin('/admin/dead-letters');
    const letter = page.getByRole('article').filter({ hasText: claim });
    const retry = async (): Promise<void> => {
      await letter.getByRole('button', { name: 'Retry' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Retry' }).click();
    };
    await letter.getByRole('button', { name: 'Retry' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    expect((await server.api.claimStatus(token, claim)).body.status).toBe('pending');
    await retry();
    await page.getByText('It could not be written again').waitFor();
    await cure();
    await retry();
    await page.getByText('Done: the claim is issued.').waitFor();
    await letter.waitFor({ state: 'detached' });
    expect((await server.api.claimStatus(token, claim)).body.status).toBe('issued');
    await page.getByRole('button', { name: 'Retried' }).click();
    await letter.getByText('claim issued').waitFor();
  });

  it('are discarded with a reason only', async () => {
    const { token, claim } = await deadLetter();
    await cure();
    const page = await admin('/admin/dead-letters');
    const letter = page.getByRole('article').filter({ hasText: claim });
    await letter.getByRole('button', { name: 'Discard' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Discard' }).click();
    await dialog.locator('input[aria-invalid="true"]').waitFor();
    expect((await server.api.claimStatus(token, claim)).body.status).toBe('pending');
    await dialog.locator('input').fill('refunded by hand');
    await dialog.getByRole('button', { name: 'Discard' }).click();
    await page.getByText('Discarded. The dead letter is kept').waitFor();
    expect((await server.api.claimStatus(token, claim)).body).toMatchObject({
      status: 'rejected',
      reject_reason: 'discarded',
    });
    await page.getByRole('button', { name: 'Discarded' }).click();
    await letter.getByText('refunded by hand').waitFor();
  });
});

describe('the block list', () => {
  it('takes a range, with errors at their fields, and lets it go', async () => {
    const page = await admin('/admin/blocks');
    await page.getByText('Nobody is blocked').waitFor();
    const form = page.locator('form.block-form');
    await form.locator('input[name="address"]').fill('not an address');
    await form.getByRole('button', { name: 'Block', exact: true }).click();
    await form.locator('input[name="address"][aria-invalid="true"]').waitFor();
    await form.locator('input[name="reason"][aria-invalid="true"]').waitFor();
    await form.locator('input[name="address"]').fill('198.18.7.9/16');
    await form.locator('input[name="reason"]').fill('sells claims');
    await form.getByRole('button', { name: 'Block', exact: true }).click();
    const entry = page.getByRole('listitem').filter({ hasText: '198.18.0.0/16' });
    await entry.getByText('sells claims').waitFor();
    await page.getByRole('button', { name: 'Users' }).click();
    await page.getByText('Nobody is blocked').waitFor();
    await page.getByRole('button', { name: 'Addresses' }).click();
    await entry.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Nobody is blocked').waitFor();
  });

  it('takes a user until a time of the administrator’s own zone', async () => {
    const page = await admin('/admin/blocks');
    const form = page.locator('form.block-form');
    await form.getByRole('button', { name: 'User' }).click();
    await form.locator('input[name="user"]').fill('usr_0000000000shpr01');
    await form.locator('input[name="reason"]').fill('bot');
    await form.locator('select[name="end"]').selectOption('at');
    await form.locator('input[name="at"]').fill('2040-01-02T12:00');
    await form.getByRole('button', { name: 'Block', exact: true }).click();
    // The browser of these tests is in Shanghai.
    await page.getByText('until 2 Jan 2040, 12:00:00').waitFor();
    await page.getByRole('listitem').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Nobody is blocked').waitFor();
  });

  it('asks which of the two is meant where clocks go back over the end', async () => {
    const page = await admin('/admin/blocks', { timezoneId: 'Europe/Berlin' });
    const form = page.locator('form.block-form');
    await form.locator('input[name="address"]').fill('198.51.100.9');
    await form.locator('input[name="reason"]').fill('bot');
    await form.locator('select[name="end"]').selectOption('at');
    await form.locator('input[name="at"]').fill('2040-10-28T02:30');
    await form.getByLabel('The second one (UTC+01:00)').check();
    expect(await seriousFindings(page)).toEqual([]);
    await form.getByRole('button', { name: 'Block', exact: true }).click();
    const entry = page.getByRole('listitem').filter({ hasText: '198.51.100.9' });
    await entry.waitFor();
    const [block] = await server.app
      .get(Database)
      .read.query<{ ends_at: number | string }[]>(
        `SELECT ends_at FROM blocks WHERE subject LIKE '198.51.100.9%' AND removed_at IS NULL`,
      );
    expect(new Date(Number(block?.ends_at)).toISOString()).toBe('2040-10-28T01:30:00.000Z');
    await entry.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Nobody is blocked').waitFor();
  });
});

describe('the accounts', () => {
  it('are found, helped back in by a mailed link, disabled and enabled', async () => {
    const { user, access_token: token } = await server.api.register();
    const { name } = await server.api.expect(200, 'GET', '/v1/me', { token });
    const page = await admin('/admin/accounts');
    await page.fill('input[name="q"]', user.email);
    await page.getByRole('button', { name: 'Find', exact: true }).click();
    const card = page.getByRole('article', { name });
    await card.waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    for (const [button, said] of [
      ['E-mail a password link', `A password link is on its way to ${name}.`],
      ['Disable', `${name} is disabled.`],
      ['Enable', `${name} is enabled again.`],
    ] as const) {
      await card.getByRole('button', { name: button, exact: true }).click();
      const dialog = page.locator('dialog[open]');
      await dialog.locator('[name="reason"]').fill('called from the shop');
      await dialog.getByRole('button', { name: button, exact: true }).click();
      await page.locator('.notice--good', { hasText: said }).waitFor();
      // Nobody is let in by a link while disabled.
      expect(await card.getByRole('button', { name: 'E-mail a password link' }).count()).toBe(
        button === 'Disable' ? 0 : 1,
      );
    }
    const log = await server.app
      .get(Database)
      .read.query(`SELECT action FROM audit_log WHERE object_id = '${user.id}' ORDER BY id`);
    expect(log).toEqual([
      { action: 'user.password_reset_sent' },
      { action: 'user.disabled' },
      { action: 'user.enabled' },
    ]);
  });
});

describe('the operator’s pages', () => {
  it('are closed to everybody else', async () => {
    const page = await browsers.page();
    const site = { url: server.url, api: server.api } as Site;
    await page.goto(`${server.url}/admin/blocks`);
    await page.waitForURL(/\/login\?/);
    await signIn(page, await newAccount(site));
    await page.waitForURL(`${server.url}/forbidden`);
  });

  it.each([
    ['wide', {}],
    ['on a phone', { viewport: { width: 360, height: 740 } }],
    ['in the dark', { colorScheme: 'dark' as const }],
    ['in Chinese', { locale: 'zh-CN' }],
  ])('have nothing serious for axe and do not scroll sideways, %s', async (_name, options) => {
    const { claim } = await deadLetter();
    await cure();
    const page = await admin('/admin', options);
    for (const path of PAGES) {
      await page.goto(server.url + path);
      await page.locator('.skeleton').first().waitFor({ state: 'detached' });
      expect({ path, findings: await seriousFindings(page) }).toEqual({ path, findings: [] });
      expect({ path, overflows: await overflows(page) }).toEqual({ path, overflows: false });
    }
    await page.goto(`${server.url}/admin/dead-letters`);
    await page.getByRole('article').filter({ hasText: claim }).getByRole('button').last().click();
    await page.getByRole('dialog').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('read the log of everybody, narrowed to one merchant or one act', async () => {
    const { merchantId, access_token: own } = await server.api.registerMerchant();
    const { id } = await server.api.createVoucher(own);
    const { id: other } = await server.api.createVoucher(merchant);
    const page = await admin('/admin/audit-log');
    const tab = page.locator('.tabs a[aria-current="page"]');
    expect(await tab.innerText()).toBe('Audit log');
    const rowOf = (voucherId: string) => page.locator('tbody tr').filter({ hasText: voucherId });
    const show = page.getByRole('button', { name: 'Show', exact: true });
    await rowOf(other).first().waitFor();
    await page.fill('input[name="merchant"]', ` ${merchantId} `);
    await show.click();
    await rowOf(other).first().waitFor({ state: 'detached' });
    await rowOf(id).first().waitFor();
    await page.selectOption('select[name="action"]', 'block_created');
    await show.click();
    await page.getByText('No entries').waitFor();
    await page.getByRole('link', { name: 'Show all' }).click();
    await page.selectOption('select[name="action"]', 'voucher_created');
    await show.click();
    for (const one of [id, other]) await rowOf(one).first().waitFor();
  });

  it('speak Chinese', async () => {
    const page = await admin('/admin', { locale: 'zh-CN' });
    expect(await page.locator('h1').innerText()).toBe('运维');
    await page.getByText('1 个实例').waitFor();
    await page.getByRole('link', { name: '策略' }).click();
    await page.getByText('令牌桶').first().waitFor();
    await page.locator('header a[aria-current]', { hasText: '运维' }).waitFor();
    await page.getByRole('button', { name: /English/ }).click();
    await page.getByText('token bucket').first().waitFor();
  });
});
