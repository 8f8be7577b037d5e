import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { PASSWORD, until, type Json } from '../support/api.js';
import { overflows, PATIENCE_MS, seriousFindings } from './support/browser.js';
import { onSite } from './support/on-site.js';
import { CODE, embeddedSite, signIn, type Account, type Site, newOwner, type Owner } from './support/site.js';

const END = '[data-test="claim-end"]';
const DAY_MS = 86_400_000;
/** Long enough for a claim on a busy machine: a drop cannot be published after its end. */
const TIME_TO_USE_MS = 15_000;

describe('claims that are given back', () => {
  let site: Site;
  let owner: Owner;
  let token: string;

  interface Holder extends Account {
    readonly token: string;
    readonly claimId: string;
  }
  const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();
  const voucher = (terms: Readonly<Record<string, unknown>> = {}): Promise<Json> =>
    site.api.liveVoucher(token, { total_stock: 50, title: 'Half price oolong', ...terms });
  async function holderOf(voucherId: string): Promise<Holder> {
    const session = await site.api.register();
    const { body } = await site.api.claim(session.access_token, voucherId);
    await site.api.waitIssued(session.access_token, body.id);
    return { email: session.user.email, password: PASSWORD, token: session.access_token, claimId: body.id };
  }
  async function at(who: Account, path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browsers.page(options);
    await page.goto(`${site.url}/login?next=${encodeURIComponent(path)}`);
    await signIn(page, who);
    await page.waitForURL(site.url + path);
    return page;
  }
  const statusOf = async (holder: Holder): Promise<string> =>
    (await site.api.claimStatus(holder.token, holder.claimId)).body.status;
  const answer = (page: Page, name: string) =>
    page.locator('dialog[open]').getByRole('button', { name, exact: true }).click();

  const browsers = onSite(embeddedSite, async (started) => {
    site = started;
    owner = await newOwner(site);
    ({ token } = owner);
  });

  it('a holder cancels where the merchant allows it, after being asked, and no code is left', async () => {
    const { id } = await voucher({ cancellable_until: inDays(2) });
    const holder = await holderOf(id);
    const page = await at(holder, `/claims/${holder.claimId}`);
    await page.waitForSelector(CODE);
    await page.locator('.ticket', { hasText: 'Tea House' }).waitFor();
    await page.click('[data-test="cancel-claim"]');
    await answer(page, 'Keep it');
    expect(await statusOf(holder)).toBe('issued');
    await page.click('[data-test="cancel-claim"]');
    await answer(page, 'Cancel the voucher');
    await page.locator(END, { hasText: 'You cancelled it.' }).waitFor();
    expect(await page.locator(`${CODE}, .ticket__qr`).count()).toBe(0);
    expect(await statusOf(holder)).toBe('cancelled');
    await page.goto(`${site.url}/wallet`);
    await page.locator('[data-test="ticket"]', { hasText: 'Cancelled' }).waitFor();
    expect(await page.locator(`${CODE}, .ticket__qr, [data-test="cancel-claim"]`).count()).toBe(0);
  });

  it('a holder cancels in the wallet; where it is not allowed there is no button', async () => {
    const { id } = await voucher({ cancellable_until: inDays(2) });
    const fixed = await voucher({ title: 'Not to be returned' });
    const holder = await holderOf(id);
    const { body } = await site.api.claim(holder.token, fixed.id);
    await site.api.waitIssued(holder.token, body.id);
    const page = await at(holder, '/wallet');
    const ticket = (title: string) => page.locator('[data-test="ticket"]', { hasText: title });
    await ticket('Not to be returned').locator(CODE).waitFor();
    await ticket('oolong').locator('[data-test="cancel-claim"]').click();
    await answer(page, 'Cancel the voucher');
    await ticket('oolong').locator('.badge', { hasText: 'Cancelled' }).waitFor();
    expect(await ticket('Not to be returned').locator('[data-test="cancel-claim"]').count()).toBe(0);
  });

  it('a holder sees what was used, and when, with no code to scan', async () => {
    const { id } = await voucher();
    const holder = await holderOf(id);
    await site.api.expect(201, 'POST', '/v1/redemptions', { token, json: { claim_id: holder.claimId } });
    const page = await at(holder, `/claims/${holder.claimId}`);
    await page.locator(END, { hasText: /This voucher was used[^]*Used .*China Time/ }).waitFor();
    expect(await page.locator(`${CODE}, .ticket__qr`).count()).toBe(0);
  });

  it('a holder sees that the time is over', async () => {
    const over = new Date(Date.now() + TIME_TO_USE_MS).toISOString();
    const { id } = await voucher({ closes_at: over, redeem_until: over });
    const holder = await holderOf(id);
    await until(
      async () => ((await statusOf(holder)) === 'expired' ? true : undefined),
      TIME_TO_USE_MS + PATIENCE_MS,
    );
    const page = await at(holder, `/claims/${holder.claimId}`);
    await page.locator(END, { hasText: 'This voucher has expired' }).waitFor();
    expect(await page.locator(`${CODE}, .ticket__qr`).count()).toBe(0);
    await page.goto(`${site.url}/wallet`);
    await page.locator('[data-test="ticket"]', { hasText: 'Expired' }).waitFor();
    expect(await page.locator(`${CODE}, .ticket__qr`).count()).toBe(0);
  });

  it('the merchant cancels one claim with a reason, which its holder reads', async () => {
    const { id } = await voucher();
    const holder = await holderOf(id);
    const page = await at(owner, `/console/vouchers/${id}/claims`);
    await page.locator('.row-action button').click();
    await answer(page, 'Cancel claims');
    await page.waitForSelector('dialog[open] input[name="reason"][aria-invalid="true"]');
    await page.fill('dialog[open] input[name="reason"]', 'the show was called off');
    await answer(page, 'Cancel claims');
    await page.getByText('Claim cancelled.').waitFor();
    await page.locator('tbody tr', { hasText: 'Cancelled' }).waitFor();
    expect(await page.locator('.row-action button').count()).toBe(0);
    const theirs = await at(holder, `/claims/${holder.claimId}`);
    await theirs.locator(END, { hasText: 'Reason: the show was called off' }).waitFor();
  });

  it('the merchant cancels those that are chosen, then all, and sees how far it is', async () => {
    const { id } = await voucher();
    const holders: Holder[] = [];
    for (let count = 0; count < 6; count += 1) holders.push(await holderOf(id));
    const page = await at(owner, `/console/vouchers/${id}/claims`);
    await page.locator('input[name="chosen"]').nth(1).check();
    await page.locator('input[name="chosen"]').nth(3).check();
    await page.click('[data-test="cancel-chosen"]');
    await page.fill('dialog[open] input[name="reason"]', 'double booked');
    await answer(page, 'Cancel claims');
    await page
      .locator('[data-test="cancellation"][data-status="done"]', { hasText: '2 of 2 cancelled.' })
      .waitFor();
    await until(async () => ((await page.locator('input[name="chosen"]').count()) === 4 ? true : undefined));
    await page.click('[data-test="cancel-all"]');
    await page.fill('dialog[open] input[name="reason"]', 'the show was called off');
    expect(await page.locator('dialog[open] .button--danger').isDisabled()).toBe(true);
    await page.check('dialog[open] input[name="sure"]');
    await answer(page, 'Cancel claims');
    await page
      .locator('[data-test="cancellation"][data-status="done"]', { hasText: '4 of 4 cancelled.' })
      .waitFor();
    expect(await Promise.all(holders.map(statusOf))).toEqual(Array(6).fill('cancelled'));
  });

  describe.each([
    ['in English', {}],
    [
      'in Chinese, in the dark, on a phone',
      { locale: 'zh-CN', colorScheme: 'dark', viewport: { width: 360, height: 740 } },
    ],
  ] as const)('%s', (_name, options: BrowserContextOptions) => {
    it('has nothing serious for axe, and fits the window', async () => {
      const { id } = await voucher({ cancellable_until: inDays(2), redeem_until: inDays(9) });
      const holder = await holderOf(id);
      await holderOf(id);
      const findings: string[] = [];
      const look = async (page: Page, state: string): Promise<void> => {
        findings.push(...(await seriousFindings(page)).map((finding) => `${state} ${finding}`));
        if (await overflows(page)) findings.push(`${state} is wider than the window`);
        const shots = process.env['SCREENSHOTS'];
        const path = join(shots ?? '', `${state}-${options.locale ?? 'en'}.png`);
        if (shots) await page.screenshot({ path, fullPage: true });
      };
      const theirs = await at(holder, `/claims/${holder.claimId}`, options);
      await theirs.waitForSelector('.ticket__qr');
      await look(theirs, 'claim-issued');
      await theirs.click('[data-test="cancel-claim"]');
      await look(theirs, 'claim-asked');
      await theirs.locator('dialog[open] .button--danger').click();
      await theirs.waitForSelector(END);
      await look(theirs, 'claim-cancelled');
      const page = await at(owner, `/console/vouchers/${id}/claims`, options);
      await page.waitForSelector('.row-action button');
      await look(page, 'claims');
      await page.click('[data-test="cancel-all"]');
      await look(page, 'claims-asked');
      expect(findings).toEqual([]);
    });
  });
});
