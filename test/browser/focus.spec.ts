import { describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { type Json } from '../support/api.js';
import { onSite } from './support/on-site.js';
import { embeddedSite, signIn, type Account, type Site, newOwner, type Owner } from './support/site.js';

const ADMIN: Account = { email: 'admin@test.example', password: 'a long password' };
const DIALOG = 'dialog[open]';

/**
 * Looks at every frame that is drawn, from the first focus on, so that no moment between two steps is missed. Said in words that
 * a failure shows: what had the focus last, and on which page.
 */
const WATCH = `(() => {
  let last;
  window.lostFocus = [];
  const look = () => {
    const at = document.activeElement;
    if (at && at !== document.body) last = (at.id || at.getAttribute('aria-label') || at.textContent.trim()).slice(0, 40) || at.tagName;
    else if (last !== undefined) window.lostFocus.push(location.pathname + ': after ' + last);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()`;

const CANCEL_AND_REOPEN = `(async () => {
  const named = (within, text) =>
    [...document.querySelectorAll(within + ' button')].find((button) => button.textContent.trim() === text);
  named('dialog[open]', 'Cancel').click();
  named('[role="group"]', 'Delete draft').click();
  for (let turns = 0; turns < 20; turns += 1) await null;
  if (!document.querySelector('dialog[open]')) throw new Error('it is not open again');
})()`;

describe('the keyboard', () => {
  let site: Site;
  let token: string;
  let owner: Owner;

  const browsers = onSite(
    () => embeddedSite({ ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password }),
    async (started) => {
      site = started;
      owner = await newOwner(site);
      ({ token } = owner);
    },
  );

  async function walker(account: Account, path: string): Promise<Walker> {
    const page = await browsers.page();
    await page.addInitScript(WATCH);
    await page.goto(`${site.url}/login?next=${encodeURIComponent(path)}`);
    await signIn(page, account);
    await page.waitForURL(site.url + path);
    await page.waitForSelector('main h1');
    return new Walker(page);
  }

  it('has a place on every page, after every dialog, and where a row was', async () => {
    await site.api.expect(201, 'POST', '/v1/vouchers', {
      token,
      json: {
        title: 'A draft',
        total_stock: 5,
        opens_at: new Date(Date.now() + 3_600_000).toISOString(),
        closes_at: new Date(Date.now() + 7_200_000).toISOString(),
      },
    });
    const live: Json = await site.api.liveVoucher(token, { title: 'A pot of oolong' });
    const shopper = await site.api.register();
    const claim: Json = await site.api.claim(shopper.access_token, live.id);
    await site.api.waitIssued(shopper.access_token, claim.body.id);
    const walk = await walker(owner, '/console');
    const { page } = walk;

    for (const name of ['Business profile', 'Webhooks', 'Staff', 'Audit log', 'New voucher']) {
      await walk.follow(name);
      await walk.follow(/^(All vouchers|Console)$/, 'main');
    }
    await walk.follow('A draft');
    await walk.ask('Publish', 'Cancel');
    await walk.ask('Delete draft', 'Cancel');
    await walk.press(page.getByRole('button', { name: 'Delete draft', exact: true }));
    await page.waitForSelector(DIALOG);
    // Open again before the browser has told that it was closed, as on a machine that draws few frames.
    await page.evaluate(CANCEL_AND_REOPEN);
    await walk.press(page.locator(DIALOG).getByRole('button', { name: 'Delete draft', exact: true }));
    await page.waitForURL(`${site.url}/console`);

    await walk.follow('A pot of oolong');
    for (const tab of ['Claims', 'Waiting list', 'Messages', 'Rehearsal', 'Edit', 'Board'])
      await walk.follow(tab, '.tabs');
    await walk.ask('Pause', 'Pause'); // its button is replaced
    await page.getByRole('button', { name: 'Resume', exact: true }).waitFor();
    await walk.ask('Resume', 'Resume');
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
    await walk.ask('Change stock', 'Cancel');
    await walk.ask('Change stock', undefined); // by Escape
    await walk.follow('Claims', '.tabs');
    const row = page.locator('tbody .row-action button');
    await walk.press(row);
    await page.fill(`${DIALOG} input[name="reason"]`, 'by request');
    await walk.press(page.locator(DIALOG).getByRole('button', { name: 'Cancel claims' }));
    await row.waitFor({ state: 'detached' });

    await page.getByRole('link', { name: 'Drops', exact: true }).press('Enter');
    await walk.follow(/A pot of oolong/, 'main');
    await walk.follow('All drops');
    await walk.follow('Wallet', 'header');
    await walk.follow('Account', 'header');
    await walk.follow('Console', 'header');
    await walk.follow('Staff', 'main');
    await page.fill('input[name="email"]', 'wang@example.com');
    await walk.press(page.getByRole('button', { name: 'Send the invitation' }));
    const withdraw = page.locator('[data-test="invitation"] button');
    await walk.press(withdraw);
    await withdraw.waitFor({ state: 'detached' });
    await walk.press(page.getByRole('button', { name: 'Sign out' }));
    await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
    expect(await walk.lost()).toEqual([]);
  });

  it('has a place when a dialog closes whose row is gone meanwhile', async () => {
    const walk = await walker(ADMIN, '/admin');
    const { page } = walk;
    await walk.follow('Audit log', '.tabs');
    await walk.follow('Operations', 'header');
    for (const tab of ['Dead letters', 'Accounts', 'Drops', 'Policies', 'Block list'])
      await walk.follow(tab, '.tabs');
    for (const address of ['198.18.7.1', '198.18.7.2']) {
      await page.fill('input[name="address"]', address);
      await page.fill('input[name="reason"]', 'sells claims');
      await walk.press(page.getByRole('button', { name: 'Block', exact: true }));
      await page.getByRole('listitem').filter({ hasText: address }).waitFor();
    }
    await walk.press(page.getByRole('button', { name: 'Remove the block on 198.18.7.1' }));
    await walk.press(page.locator(DIALOG).getByRole('button', { name: 'Remove' }));
    await page.getByRole('listitem').filter({ hasText: '198.18.7.1' }).waitFor({ state: 'detached' });

    await walk.press(page.getByRole('button', { name: 'Remove the block on 198.18.7.2' }));
    await page.waitForSelector(DIALOG);
    const login: Json = await site.api.expect(200, 'POST', '/v1/auth/login', { json: ADMIN });
    const blocks: Json = await site.api.expect(200, 'GET', '/v1/admin/blocks', { token: login.access_token });
    await site.api.expect(204, 'DELETE', `/v1/admin/blocks/${blocks.data[0].id}`, {
      token: login.access_token,
    });
    await page.locator('li', { hasText: '198.18.7.2' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.waitForSelector(DIALOG, { state: 'hidden' });
    expect(await walk.lost()).toEqual([]);
  });
});

interface Documentish {
  readonly activeElement: { matches(selector: string): boolean } | null;
}

/** Goes through pages by the keyboard alone. */
class Walker {
  constructor(readonly page: Page) {}

  press(what: Locator): Promise<void> {
    return what.first().press('Enter');
  }

  /** Follows a link, and waits until its page has the focus. */
  async follow(name: string | RegExp, within = 'body'): Promise<void> {
    const link = this.page
      .locator(within)
      .getByRole('link', { name, exact: typeof name === 'string' })
      .first();
    const path = new URL((await link.getAttribute('href')) ?? '', this.page.url()).pathname;
    await this.press(link);
    await this.page.waitForURL((url) => url.pathname === path);
    await this.page.locator('main h1').first().waitFor();
    await this.page.waitForFunction(() => {
      const { document } = globalThis as unknown as { document: Documentish };
      return document.activeElement?.matches('main, main *') ?? false;
    });
  }

  /** Opens a dialog and answers it, by Escape where there is no answer. */
  async ask(button: string, answer: string | undefined): Promise<void> {
    await this.press(this.page.getByRole('button', { name: button, exact: true }));
    await this.page.waitForSelector(DIALOG);
    if (answer === undefined) await this.page.keyboard.press('Escape');
    else await this.press(this.page.locator(DIALOG).getByRole('button', { name: answer, exact: true }));
    await this.page.waitForSelector(DIALOG, { state: 'hidden' });
  }

  /** When the focus was at the body. Two more frames show the last step. */
  async lost(): Promise<unknown> {
    await this.page.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))',
    );
    return this.page.evaluate('window.lostFocus');
  }
}
