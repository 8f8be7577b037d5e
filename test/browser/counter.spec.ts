import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { PASSWORD, until, type Json } from '../support/api.js';
import { overflows, seriousFindings } from './support/browser.js';
import { onSite } from './support/on-site.js';
import { fakeCamera, filmOf } from './support/fake-camera.js';
import { embeddedSite, signIn, type Site, newOwner, type Owner } from './support/site.js';

/** Of the camera; it is looked at several times in so many. */
const FRAMES = 15;
const decided = (kind: string): string => `[data-test="decision"][data-kind="${kind}"]`;

describe('the counter', () => {
  let folder: string;
  let site: Site;
  let owner: Owner;
  let token: string;
  let voucherId: string;
  let filmed: string;

  /** Somebody's claim on the voucher. */
  async function issued(): Promise<{ readonly id: string; readonly code: string; readonly token: string }> {
    const { access_token: shopper } = await site.api.register();
    const { body } = await site.api.claim(shopper, voucherId);
    const claim = await site.api.waitIssued(shopper, body.id);
    return { id: claim.id, code: claim.code, token: shopper };
  }
  const statusOf = async (claim: { readonly id: string; readonly token: string }): Promise<string> =>
    (await site.api.claimStatus(claim.token, claim.id)).body.status;
  async function redemptions(): Promise<readonly Json[]> {
    const list: Json = await site.api.expect(200, 'GET', '/v1/redemptions?limit=100', { token });
    return list.data as readonly Json[];
  }
  async function counter(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browsers.page(options);
    await page.goto(`${site.url}/login?next=/counter`);
    await signIn(page, owner);
    await page.waitForSelector(decided('idle'));
    return page;
  }
  async function type(page: Page, code: string): Promise<void> {
    await page.fill('input[name="code"]', code);
    await page.press('input[name="code"]', 'Enter');
  }

  const browsers = onSite(embeddedSite, async (started) => {
    site = started;
    owner = await newOwner(site);
    ({ token } = owner);
    const face_value = { amount: 1_500, currency: 'CNY' };
    const voucher = await site.api.liveVoucher(token, {
      total_stock: 100,
      title: 'Half price oolong',
      face_value,
    });
    voucherId = voucher.id;
    filmed = (await issued()).code;
    folder = await mkdtemp(join(tmpdir(), 'voucherconnect-film-'));
    const film = join(folder, 'code.y4m');
    await filmOf(filmed, film);
    return fakeCamera(film);
  });
  afterAll(async () => {
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it('redeems what the camera sees, once for as long as it is seen, also where one came from the console', async () => {
    const page = await browsers.page();
    await page.goto(`${site.url}/login?next=/console`);
    await signIn(page, owner);
    await page.getByRole('link', { name: 'Counter', exact: true }).click();
    await page.waitForSelector(decided('idle'));
    await page.getByText('This device').click();
    await page.fill('input[name="place"]', 'Main street, till 2');
    await page.click('[data-test="camera"]');
    await page.waitForSelector(decided('redeemed'));
    const panel = page.locator('[data-test="decision"]');
    expect(await panel.innerText()).toMatch(/Redeemed[^]*Half price oolong[^]*15[^]*@example\.com/);
    await page.locator('[data-test="redemptions"] li', { hasText: 'Main street, till 2' }).waitFor();
    // The camera still sees it, several times a second.
    await page.locator('[data-test="camera"][data-state="on"]').waitFor();
    const frames = async (): Promise<number> =>
      Number(
        await page.evaluate('document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames'),
      );
    const shown = await frames();
    await until(async () => ((await frames()) > shown + FRAMES ? true : undefined));
    expect(await panel.getAttribute('data-kind')).toBe('redeemed');
    expect((await redemptions()).map(({ location }) => location as string)).toEqual(['Main street, till 2']);
    await page.click('[data-test="camera"]');
    await page.locator('[data-test="camera"][data-state="off"]').waitFor();
  });

  it('takes codes as people and scanners type them, and says when and where one was used', async () => {
    const claim = await issued();
    await site.api.expect(201, 'POST', '/v1/redemptions', {
      token,
      json: { code: claim.code, location: 'Harbour, till 1' },
    });
    const page = await counter();
    await type(page, ` ${claim.code.toLowerCase().replaceAll('-', ' ')} `);
    await page.waitForSelector(decided('refused'));
    expect(await page.locator('[data-test="reason"]').innerText()).toBe('This code was used before.');
    expect(await page.locator('[data-test="used"]').innerText()).toMatch(/^Used \d.*Harbour, till 1$/);
    expect(await page.inputValue('input[name="code"]')).toBe('');
    await type(page, '0000-0000-0000-0000');
    await page.getByText('This code is not from your business.').waitFor();
    const other = await issued();
    await type(page, other.code);
    await page.waitForSelector(decided('redeemed'));
    expect(await statusOf(other)).toBe('redeemed');
  });

  it('undoes a redemption with a reason, and the code can be used again', async () => {
    const claim = await issued();
    const page = await counter();
    await type(page, claim.code);
    await page.waitForSelector(decided('redeemed'));
    await page.click('[data-test="undo"]');
    await page.fill('dialog[open] input[name="reason"]', '');
    await page.click('dialog[open] .button--danger');
    await page.waitForSelector('dialog[open] [aria-invalid="true"]');
    await page.fill('dialog[open] input[name="reason"]', 'wrong order');
    await page.click('dialog[open] .button--danger');
    await page.waitForSelector(decided('rolled-back'));
    await page.locator('[data-status="rolled_back"]', { hasText: 'wrong order' }).waitFor();
    expect(await statusOf(claim)).toBe('issued');
    await type(page, claim.code);
    await page.waitForSelector(decided('redeemed'));
    expect(await statusOf(claim)).toBe('redeemed');
  });

  it('lists what was redeemed today, and nothing of the day before', async () => {
    const page = await counter();
    await type(page, (await issued()).code);
    await page.waitForSelector(decided('redeemed'));
    const list = page.locator('[data-test="redemptions"]');
    await list.locator('[data-status="redeemed"]', { hasText: 'Half price oolong' }).first().waitFor();
    // On a device where it is tomorrow.
    await page.clock.setFixedTime(Date.now() + 24 * 3_600_000);
    await page.reload();
    await page.getByText('Nothing redeemed today').waitFor();
    expect(await list.count()).toBe(0);
  });

  it('redeems nothing while offline, and says so', async () => {
    const claim = await issued();
    const page = await counter();
    await page.context().setOffline(true);
    await page.waitForSelector(decided('offline'));
    await type(page, claim.code);
    await page.getByText('Nothing is redeemed while this device is offline').waitFor();
    await page.context().setOffline(false);
    expect(await statusOf(claim)).toBe('issued');
    await type(page, claim.code);
    await page.waitForSelector(decided('redeemed'));
  });

  it('does not guess where an answer was lost, and counts it once when it is tried again', async () => {
    const claim = await issued();
    const page = await counter();
    await page.route(
      '**/v1/redemptions',
      async (route) => {
        await route.fetch();
        await route.abort();
      },
      { times: 1 },
    );
    await type(page, claim.code);
    await page.waitForSelector(decided('unknown'));
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.waitForSelector(decided('redeemed'));
    expect((await redemptions()).filter(({ claim_id }) => claim_id === claim.id)).toHaveLength(1);
  });

  it('shows a voucher first where that is wished, and changes nothing by it', async () => {
    const claim = await issued();
    const page = await counter();
    await page.getByText('This device').click();
    await page.check('input[name="askFirst"]');
    await type(page, claim.code);
    await page.waitForSelector(decided('check'));
    expect(await statusOf(claim)).toBe('issued');
    await page.reload();
    await page.waitForSelector(decided('idle'));
    await type(page, claim.code);
    await page.click('[data-test="redeem-checked"]');
    await page.waitForSelector(decided('redeemed'));
    await type(page, claim.code);
    await page.waitForSelector('[data-test="used"]');
  });

  it('is for a merchant’s staff', async () => {
    const { email } = (await site.api.register()).user;
    const page = await browsers.page();
    await page.goto(`${site.url}/login?next=/counter`);
    await signIn(page, { email, password: PASSWORD });
    await page.getByRole('heading', { name: 'Not for this account' }).waitFor();
  });

  describe.each([
    ['in English', {}],
    [
      'in Chinese, in the dark, on a phone',
      { locale: 'zh-CN', colorScheme: 'dark', viewport: { width: 360, height: 740 } },
    ],
  ] as const)('%s', (_name, options: BrowserContextOptions) => {
    it('has nothing serious for axe, and fits the window, ready, filming, green and red', async () => {
      const claim = await issued();
      const page = await counter(options);
      const findings: string[] = [];
      const look = async (state: string): Promise<void> => {
        findings.push(...(await seriousFindings(page)).map((finding) => `${state} ${finding}`));
        if (await overflows(page)) findings.push(`${state} is wider than the window`);
        if ('locale' in options) expect(await page.locator('main').innerText()).not.toMatch(/counter\.\w+/);
        const shots = process.env['SCREENSHOTS'];
        if (shots)
          await page.screenshot({
            path: join(shots, `counter-${state}-${options.locale ?? 'en'}.png`),
            fullPage: true,
          });
      };
      await look('ready');
      await type(page, claim.code);
      await page.waitForSelector(decided('redeemed'));
      await look('green');
      await page.click('[data-test="camera"]');
      await page.locator('[data-test="camera"][data-state="on"]').waitFor();
      await page.waitForSelector(decided('refused'));
      await look('red');
    });
  });
});
