import { afterAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import type { BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import { newEmail, PASSWORD, until, type Json } from '../support/api.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';
import { holdNext, overflows, seriousFindings, untidy } from './support/browser.js';
import { onSite } from './support/on-site.js';
import { embeddedSite, signIn, type Account, type Site, newOwner, type Owner } from './support/site.js';

const DOOR_LIST = '[data-test="door-list"]';
const REMAINING = '[data-test="board-remaining"]';
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

describe('a merchant on one process', () => {
  let site: Site;

  let logoFile: Buffer;
  let receiver: WebhookReceiver;

  const browsers = onSite(
    // Webhooks are received on this machine.
    () => embeddedSite({ WEBHOOK_PRIVATE_ADDRESSES: 'allowed', WEBHOOK_INTERVAL_MS: '100' }),
    async (started) => {
      logoFile = await sharp({ create: { width: 32, height: 32, channels: 3, background: '#0f766e' } })
        .png()
        .toBuffer();
      site = started;
      receiver = await WebhookReceiver.start();
    },
  );
  afterAll(async () => {
    await receiver?.stop();
  });

  const newMerchant = (): Promise<Owner> => newOwner(site);
  /** A page of somebody signed in. */
  async function at(merchant: Account, path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browsers.page(options);
    await page.goto(`${site.url}/login?next=${encodeURIComponent(path)}`);
    await signIn(page, merchant);
    await page.waitForURL(site.url + path);
    return page;
  }
  async function claims(voucherId: string, count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      const { access_token: token } = await site.api.register();
      const { status, body } = await site.api.claim(token, voucherId);
      if (status === 202) await site.api.waitIssued(token, body.id);
    }
  }
  const confirm = (page: Page, name: string) =>
    page.locator('dialog[open]').getByRole('button', { name, exact: true }).click();

  it('registers, writes a voucher, publishes it, and watches it sell out', async () => {
    const page = await browsers.page();
    await page.goto(`${site.url}/console/register`);
    await page.fill('input[name="business"]', 'Tea House');
    await page.fill('input[name="name"]', 'Chen Bo');
    await page.fill('input[name="email"]', newEmail());
    await page.fill('input[name="password"]', 'short');
    await button(page, 'Create merchant account').click();
    await page.waitForSelector('input[name="password"][aria-invalid="true"]');
    await page.fill('input[name="password"]', PASSWORD);
    await button(page, 'Create merchant account').click();
    await page.getByText('No vouchers yet').waitFor();

    await page.getByRole('link', { name: 'New voucher' }).first().click();
    await page.fill('input[name="title"]', 'A pot of oolong');
    await page.fill('input[name="amount"]', '15.50');
    expect(await page.inputValue('select[name="currency"]')).toBe('CNY');
    await page.fill('input[name="opens_at"]', '2020-01-01T12:00');
    await page.getByText('Asia/Shanghai (UTC+08:00), which is').first().waitFor();
    await page.fill('input[name="total_stock"]', '3');
    await button(page, 'Save draft').click();
    await page.waitForURL(/\/console\/vouchers\/vch_/);
    await page.waitForSelector('[data-test="preview"][data-status="live"]');

    await button(page, 'Publish').click();
    await page.locator('dialog[open] [data-test="opens-at-once"]').waitFor();
    await confirm(page, 'Publish');
    await page.locator('[data-test="published"]', { hasText: 'It is open now, until' }).waitFor();
    await page.waitForSelector(REMAINING);
    const id = page.url().split('/').at(-1) ?? '';
    const voucher: Json = await site.api.expect(200, 'GET', `/v1/vouchers/${id}`);
    expect(voucher).toMatchObject({
      face_value: { amount: 1_550, currency: 'CNY' },
      opens_at: '2020-01-01T04:00:00.000Z',
    });

    await claims(id, 5);
    await page.locator(REMAINING, { hasText: /^0$/ }).waitFor();
    await page.locator('[data-test="board-issued"]', { hasText: '3' }).waitFor();
    await page.locator('[data-test="funnel-accepted"]', { hasText: '3' }).waitFor();
    await page.locator('.reasons li', { hasText: 'sold out' }).first().waitFor();
    expect(await page.locator('[data-test="board-sold-out"]').innerText()).toMatch(/\d/);
    await page.waitForSelector('canvas[role="img"]');
    await page.getByText('As a table').click();
    expect(await page.locator('.table-wrap--tall tbody tr').count()).toBeGreaterThan(0);
    await button(page, 'Check now').click();
    await page.locator('[data-test="audit"]', { hasText: 'counts match' }).waitFor();
  });

  it('shows a draft as shoppers will see it, and says what publishing means, before and after', async () => {
    const merchant = await newMerchant();
    await site.api.expect(200, 'PATCH', '/v1/merchants/me', {
      token: merchant.token,
      headers: { 'if-match': '*' },
      json: { terms: 'One voucher a visit.' },
    });
    const { id } = await site.api.createVoucher(merchant.token, {
      title: 'A pot of oolong',
      total_stock: 1_200,
      per_user_limit: 2,
      opens_at: '2031-01-03T04:00:00Z',
      closes_at: '2031-01-04T04:00:00Z',
    });
    const page = await at(merchant, `/console/vouchers/${id}`);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const preview = page.locator('[data-test="preview"]');
    await preview.getByText('The button appears when the countdown ends.').waitFor();
    await preview.getByText('One voucher a visit.').waitFor();
    await page.selectOption('#preview-moment', 'open');
    await preview.getByRole('button', { name: 'Claim now' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);

    await button(page, 'Publish').click();
    const facts = await page.locator('dialog[open]').innerText();
    const link = `${site.url}/drops/${id}`;
    for (const said of ['Fri, 3 Jan 2031, 12:00 China Time', '1,200', 'up to 2', link, 'bot protection'])
      expect(facts).toContain(said);
    expect(await seriousFindings(page)).toEqual([]);
    // However long it is, nobody has to look for its buttons.
    await page.setViewportSize({ width: 360, height: 560 });
    const go = await page.locator('dialog[open]').getByRole('button', { name: 'Publish' }).boundingBox();
    expect((go?.y ?? NaN) + (go?.height ?? NaN)).toBeLessThan(560);
    await confirm(page, 'Publish');
    const published = page.locator('[data-test="published"]');
    expect(await published.innerText()).toContain('Published. Opens Fri, 3 Jan 2031, 12:00 China Time');
    // The board counts down, and has the link and its QR code for the door.
    const share = page.locator('[data-test="drop-share"]');
    await share.getByText('Opens in').waitFor();
    await share.locator('svg[role="img"]').waitFor();
    await share.getByRole('link', { name: 'Poster to print' }).click();
    await page.locator('[data-test="poster"] svg[role="img"]').waitFor();
    expect(await page.locator('[data-test="poster"]').innerText()).toContain(link);
    expect(await seriousFindings(page)).toEqual([]);
    await page.goBack();
    await button(page, 'Copy link').click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(link);
  });

  it('checks a draft before it is published, for the crowd that is expected', async () => {
    const merchant = await newMerchant();
    const night = { opens_at: '2031-01-02T18:00:00Z', closes_at: '2031-01-04T04:00:00Z' };
    const slips = { ...night, time_zone: 'America/New_York', total_stock: 3, per_user_limit: 9 };
    const draft = await site.api.createVoucher(merchant.token, slips);
    const page = await at(merchant, `/console/vouchers/${draft.id}`);
    await button(page, 'Publish').click();
    const found = () =>
      page
        .locator('[data-test="preflight"] [data-check]')
        .evaluateAll((all) =>
          all.map(
            (one: { getAttribute(name: string): string | null }) =>
              `${one.getAttribute('data-check')} ${one.getAttribute('data-result')}`,
          ),
        );
    await page.getByText('It opens at night, by the clock of your business.').waitFor();
    const slipped = ['opening_hour warning', 'time_zone warning', 'limit_per_user warning'];
    expect(await found()).toEqual(slipped);
    expect(await seriousFindings(page)).toEqual([]);
    await page.fill('input[name="expected_crowd"]', 'many');
    await page.keyboard.press('Enter');
    await page.waitForSelector('input[name="expected_crowd"][aria-invalid="true"]');
    await page.fill('input[name="expected_crowd"]', '99999999');
    await page.keyboard.press('Enter');
    await page.getByText('More people than can follow the stock live.').waitFor();
    const crowded = ['requests_at_once warning', 'watchers warning'];
    expect(await found()).toEqual([...slipped, ...crowded, 'gateway_connections unknown']);
    await page.getByText('Ask whoever runs it.').waitFor();
    await button(page, 'Cancel').first().click();
    expect(
      await site.api.expect(200, 'GET', `/v1/merchants/me/vouchers/${draft.id}`, { token: merchant.token }),
    ).toEqual(draft);

    const plain = { opens_at: '2031-01-03T04:00:00Z', closes_at: '2031-01-04T04:00:00Z' };
    const { id } = await site.api.createVoucher(merchant.token, plain);
    await page.goto(`${site.url}/console/vouchers/${id}`);
    await page.getByRole('button', { name: /中文$/ }).click();
    await button(page, '发布').click();
    await page.getByText('未发现问题。').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await overflows(page)).toBe(false);
  });

  it('says what is wrong at its field: times that never come, and what the server refuses', async () => {
    const merchant = await newMerchant();
    const page = await at(merchant, '/console/vouchers/new');
    await button(page, 'Save draft').click();
    await page.waitForSelector('input[name="title"][aria-invalid="true"]');
    expect(await page.evaluate('document.activeElement.name')).toBe('title');
    await page.fill('input[name="title"]', 'Tea');
    await page.fill('input[name="total_stock"]', '10');
    await page.selectOption('select[name="time_zone"]', 'Europe/Berlin');
    await page.fill('input[name="opens_at"]', '2030-03-31T02:30');
    await page.getByText('so this time does not exist').waitFor();
    await button(page, 'Save draft').click();
    await page.waitForSelector('input[name="opens_at"][aria-invalid="true"]');
    await page.fill('input[name="opens_at"]', '2030-10-27T02:30');
    await page.getByText('so this time comes twice').waitFor();
    await page.fill('input[name="closes_at"]', '2030-10-26T12:00');
    await button(page, 'Save draft').click();
    await page.getByText('The opening must be before the closing.').waitFor();
    await page.fill('input[name="closes_at"]', '2030-10-28T12:00');
    await page.getByLabel('The second one (UTC+01:00)').check();
    await button(page, 'Save draft').click();
    await page.waitForURL(/\/console\/vouchers\/vch_/);
    const id = page.url().split('/').at(-1) ?? '';
    const path = `/v1/merchants/me/vouchers/${id}`;
    const voucher: Json = await site.api.expect(200, 'GET', path, { token: merchant.token });
    expect(voucher).toMatchObject({ opens_at: '2030-10-27T01:30:00.000Z', time_zone: 'Europe/Berlin' });
  });

  it('tells all that is wrong with a voucher at once', async () => {
    const page = await at(await newMerchant(), '/console/vouchers/new');
    await page.fill('input[name="total_stock"]', '0');
    await page.fill('input[name="amount"]', 'ten');
    await page.fill('input[name="closes_at"]', '2020-01-01T12:00');
    await button(page, 'Save draft').click();
    for (const text of [
      'Fill this in.',
      'Enter at least 1.',
      'Enter an amount in this currency',
      'The opening must be before the closing.',
      'This time has passed.',
    ])
      await page.getByText(text).first().waitFor();
    expect(await page.locator('main .notice').innerText()).toBe('Please check the highlighted fields.');
    await page.getByLabel('Open as soon as it is published').check();
    await page.waitForSelector('input[name="opens_at"]', { state: 'detached' });
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('keeps what was typed over leaving, and over a session that ended', async () => {
    const merchant = await newMerchant();
    const page = await at(merchant, '/console/vouchers/new');
    await page.fill('input[name="title"]', 'A pot of oolong');
    await page.getByRole('link', { name: 'All vouchers' }).click();
    await confirm(page, 'Stay');
    expect(await page.inputValue('input[name="title"]')).toBe('A pot of oolong');
    await page.getByRole('link', { name: 'All vouchers' }).click();
    await confirm(page, 'Leave');
    await page.waitForURL(`${site.url}/console`);
    await page.getByRole('link', { name: 'New voucher' }).first().click();
    await page.getByText('We kept what you typed.').waitFor();
    await page.fill('input[name="total_stock"]', '5');
    await page.context().clearCookies();
    await button(page, 'Save draft').click();
    await page.getByRole('link', { name: 'Sign in and come back' }).click();
    await signIn(page, merchant);
    await page.waitForURL(`${site.url}/console/vouchers/new`);
    await page.getByText('We kept what you typed.').waitFor();
    expect(await page.inputValue('input[name="total_stock"]')).toBe('5');
    await button(page, 'Save draft').click();
    await page.waitForURL(/\/console\/vouchers\/vch_/);
    await page.getByRole('heading', { name: 'A pot of oolong', level: 1 }).waitFor();
  });

  it('asks before customers get less time, and says how many there are', async () => {
    const merchant = await newMerchant();
    const { id } = await site.api.liveVoucher(merchant.token, {
      total_stock: 3,
      closes_at: '2031-01-01T00:00:00Z',
      redeem_until: '2032-01-01T00:00:00Z',
    });
    await claims(id, 2);
    const page = await at(merchant, `/console/vouchers/${id}/edit`);
    await page.fill('input[name="redeem_until"]', '2031-06-01T12:00');
    await button(page, 'Save changes').click();
    await page.locator('[data-test="touched"]', { hasText: '2 claims' }).waitFor();
    await confirm(page, 'Save anyway');
    await page.getByText('Saved.').waitFor();
    const voucher: Json = await site.api.expect(200, 'GET', `/v1/vouchers/${id}`);
    expect(voucher.redeem_until).toBe('2031-06-01T04:00:00.000Z');
  });

  it('sets units that come later, which the page of the drop announces', async () => {
    const merchant = await newMerchant();
    const { id } = await site.api.liveVoucher(merchant.token, {
      closes_at: '2031-01-01T00:00:00Z',
      time_zone: 'Europe/Berlin',
    });
    const page = await at(merchant, `/console/vouchers/${id}/edit`, {
      viewport: { width: 360, height: 740 },
    });
    await button(page, 'Schedule these units').click();
    await page.locator('input[name="wave_at"][aria-invalid="true"]').waitFor();
    await page.fill('input[name="wave_at"]', '2031-06-01T12:00');
    await page.fill('input[name="wave_units"]', '50');
    await button(page, 'Schedule these units').click();
    await page.getByText('before it ends').waitFor();
    await page.fill('input[name="wave_at"]', '2030-06-01T12:00');
    await button(page, 'Schedule these units').click();
    await page.locator('[data-test="waves"]', { hasText: '50 units' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    const drop = await at(merchant, `/drops/${id}`);
    await drop.locator('[data-test="next-units"]', { hasText: 'Next units: 50' }).waitFor();
    await page.getByRole('button', { name: /^Remove the units/ }).click();
    await page.locator('[data-test="waves"]').waitFor({ state: 'detached' });
    // The voucher's clocks leave out a time, and show another one twice.
    await page.fill('input[name="wave_at"]', '2030-03-31T02:30');
    await page.fill('input[name="wave_units"]', '20');
    await button(page, 'Schedule these units').click();
    await page.locator('input[name="wave_at"][aria-invalid="true"]').waitFor();
    await page.fill('input[name="wave_at"]', '2030-10-27T02:30');
    await page.getByLabel('The second one (UTC+01:00)').check();
    expect(await seriousFindings(page)).toEqual([]);
    await button(page, 'Schedule these units').click();
    await page.locator('[data-test="waves"]', { hasText: '20 units' }).waitFor();
    const voucher: Json = await site.api.expect(200, 'GET', `/v1/vouchers/${id}`);
    expect(voucher.waves).toMatchObject([{ at: '2030-10-27T01:30:00.000Z', units: 20 }]);
  });

  it('uploads who may claim, and is told the lines that name nobody', async () => {
    const merchant = await newMerchant();
    const { id } = await site.api.createVoucher(merchant.token);
    const page = await at(merchant, `/console/vouchers/${id}/edit`, {
      viewport: { width: 360, height: 740 },
    });
    const list = page.locator('[data-test="eligibility"]');
    await list.filter({ hasText: 'Everybody' }).waitFor();
    const choose = (text: string): Promise<void> =>
      page.setInputFiles('input[name="people"]', {
        name: 'people.csv',
        mimeType: 'application/vnd.ms-excel',
        buffer: Buffer.from(text),
      });
    await choose('lin@example.com\nnobody\n');
    await page.locator('[data-test="wrong-lines"]', { hasText: 'These lines are not valid: 2.' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await choose('lin@example.com\nwang@example.com\n');
    await list.filter({ hasText: '2 people are on your list' }).waitFor();
    expect((await site.api.publish(merchant.token, id)).eligibility).toBe('listed');
    const drop = await at(merchant, `/drops/${id}`);
    await drop.getByText('Invited people only').waitFor();
  });

  it('shows the address to which customers bring a token, where one is asked for', async () => {
    const merchant = await newMerchant();
    const { id } = await site.api.createVoucher(merchant.token);
    await site.api.expect(200, 'PUT', `/v1/vouchers/${id}/eligibility/token`, {
      token: merchant.token,
      json: { attribute: 'tier', values: ['gold'] },
    });
    for (const [locale, copy] of [
      ['en-US', 'Copy the address'],
      ['zh-CN', '复制地址'],
    ] as const) {
      const page = await at(merchant, `/console/vouchers/${id}/edit`, {
        locale,
        viewport: { width: 360, height: 740 },
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      const shown = page.locator('[data-test="invitation-address"]');
      await shown.getByText(`${site.url}/drops/${id}#token=TOKEN`, { exact: true }).waitFor();
      await shown.getByRole('button', { name: copy }).click();
      await shown.locator('[role="status"]:not(:empty)').waitFor();
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
        `${site.url}/drops/${id}#token=TOKEN`,
      );
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(await seriousFindings(page)).toEqual([]);
    }
    const { id: open } = await site.api.createVoucher(merchant.token);
    const page = await at(merchant, `/console/vouchers/${open}/edit`);
    await page.locator('[data-test="eligibility"]', { hasText: 'Everybody' }).waitFor();
    expect(await page.locator('[data-test="invitation-address"]').count()).toBe(0);
  });

  it('shows what it is: name, color, logo and terms', async () => {
    const merchant = await newMerchant();
    const page = await at(merchant, '/console/profile', { viewport: { width: 360, height: 740 } });
    await page.fill('input[name="name"]', 'Tea & Sons');
    await page.fill('input[name="color"]', 'teal');
    await page.fill('input[name="website"]', 'tea.example');
    await page.fill('textarea[name="terms"]', 'One voucher per bill.');
    await button(page, 'Save changes').click();
    await page.getByText('Enter a color such as #0f766e.').waitFor();
    await page.fill('input[name="color"]', '#0f766e');
    await button(page, 'Save changes').click();
    await page.getByText('Saved.').waitFor();
    const logo = { name: 'logo.png', mimeType: 'image/png', buffer: logoFile };
    await page.setInputFiles('input[name="logo"]', { ...logo, buffer: Buffer.from('no picture') });
    await page.getByText('This file cannot be read as a picture.').waitFor();
    await page.setInputFiles('input[name="logo"]', logo);
    await page.getByText('Logo saved.').waitFor();
    await page.waitForFunction(
      (selector) =>
        (
          globalThis as unknown as {
            document: { querySelector(s: string): { naturalWidth: number } | null };
          }
        ).document.querySelector(selector)?.naturalWidth === 32,
      '[data-test=merchant-card] img',
    );
    expect(await overflows(page)).toBe(false);
    expect(await seriousFindings(page)).toEqual([]);
    const { id } = await site.api.liveVoucher(merchant.token);
    const voucher: Json = await site.api.expect(200, 'GET', `/v1/vouchers/${id}`);
    expect(voucher.merchant).toMatchObject({
      name: 'Tea & Sons',
      color: '#0f766e',
      logo_url: expect.any(String),
    });
    const profile: Json = await site.api.expect(200, 'GET', `/v1/merchants/${voucher.merchant_id}`);
    expect(profile.contact.website).toBe('https://tea.example');
  });

  it('says by which pattern codes are made, or takes codes of a file, and keeps within a budget', async () => {
    const merchant = await newMerchant();
    const { id } = await site.api.createVoucher(merchant.token, {
      total_stock: 2,
      face_value: { amount: 1_000, currency: 'CNY' },
    });
    const page = await at(merchant, `/console/vouchers/${id}/edit`, {
      viewport: { width: 360, height: 740 },
    });
    const codes = page.locator('[data-test="codes"]');
    await codes.filter({ hasText: 'a generated code' }).waitFor();
    await page.fill('input[name="code_pattern"]', 'TEA-####');
    await button(page, 'Use this pattern').click();
    await page.getByText('Codes could be guessed.').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.fill('input[name="code_pattern"]', 'TEA-####-????');
    await page.keyboard.press('Enter');
    await codes.filter({ hasText: 'of the pattern TEA-####-????' }).waitFor();
    await button(page, 'Remove the pattern and use generated codes').click();
    await codes.filter({ hasText: 'a generated code' }).waitFor();

    const choose = (text: string): Promise<void> =>
      page.setInputFiles('input[name="codes"]', {
        name: 'codes.csv',
        mimeType: 'application/vnd.ms-excel',
        buffer: Buffer.from(text),
      });
    await choose('code\nTEA-000001\nno\ntea 000001\ntea-000001\n');
    const wrong = page.locator('[data-test="wrong-code-lines"]');
    await wrong.filter({ hasText: 'These lines are not valid codes: 3, 4.' }).waitFor();
    await wrong.filter({ hasText: 'repeat others: 5.' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await choose('code\nTEA-000001\nTEA-000002\n');
    await codes.filter({ hasText: '2 codes imported: 0 issued' }).waitFor();
    expect(await page.locator('input[name="code_pattern"]').count()).toBe(0);
    await choose('TEA-000002\n');
    await wrong.filter({ hasText: 'were already imported: 1.' }).waitFor();

    const budget = page.locator('[data-test="budget"]');
    await page.fill('input[name="budget"]', '19.99');
    await button(page, 'Set budget').click();
    await page.getByText('This exceeds the budget.').first().waitFor();
    await page.fill('input[name="budget"]', '20');
    await button(page, 'Set budget').click();
    await budget.filter({ hasText: 'Budget: CN¥20. Value of all units: CN¥20' }).waitFor();
    await page.fill('input[name="total_stock"]', '3');
    await button(page, 'Save changes').click();
    await page.locator('[data-test="elsewhere"]', { hasText: 'exceeds the budget' }).waitFor();
    expect(await overflows(page)).toBe(false);
    expect(await seriousFindings(page)).toEqual([]);
    expect((await site.api.publish(merchant.token, id)).code_source).toBe('imported');
  });

  it('makes a webhook whose secret it sees once, reads what was sent and answered, and sends it again', async () => {
    const merchant = await newMerchant();
    const page = await at(merchant, '/console/webhooks');
    await page.getByText('No webhooks yet').waitFor();
    await page.fill('input[name="url"]', 'ftp://shop.example.com/');
    await button(page, 'Create webhook').click();
    await page.waitForSelector('input[name="url"][aria-invalid="true"]');
    await page.uncheck('input[name="all_events"]');
    await page.fill('input[name="url"]', `${receiver.url}/console`);
    await button(page, 'Create webhook').click();
    await page.getByText('Choose at least one event.').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.check('input[name="events"][value="voucher.published"]');
    await button(page, 'Create webhook').click();
    const secret = page.locator('[data-test="secret"]');
    const first = await secret.innerText();
    expect(first).toMatch(/^whsec_/);
    expect(await seriousFindings(page)).toEqual([]);
    await page.reload();
    await page.locator('[data-test="webhook"] a').click();
    await page.getByText('No deliveries.').waitFor();
    expect(await secret.count()).toBe(0);

    const voucher = await site.api.liveVoucher(merchant.token);
    await until(() => Promise.resolve(receiver.at('/console')[0]));
    const delivery = page.locator('[data-test="delivery"]');
    await until(async () => {
      await button(page, 'Refresh').click();
      return (await delivery.filter({ hasText: 'Delivered' }).count()) === 1 ? true : undefined;
    });
    await delivery.getByRole('button', { name: /^Details: voucher.published/ }).click();
    await page.locator('[data-test="request"]', { hasText: voucher.id }).waitFor();
    await page.locator('[data-test="log"]', { hasText: '204' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await delivery.getByRole('button', { name: /^Resend: voucher.published/ }).click();
    await page.getByText('One event is being resent.').waitFor();
    await until(() => Promise.resolve(receiver.at('/console')[1]));

    await button(page, 'New secret').click();
    await confirm(page, 'New secret');
    await page.locator('[data-test="overlap"]').waitFor();
    expect(await secret.innerText()).not.toBe(first);
    await button(page, 'Disable').click();
    await page.locator('[data-test="status"]', { hasText: 'Disabled' }).waitFor();
    await page.getByRole('button', { name: /中文$/ }).click();
    await page.getByText('已由您方人员停用。').waitFor();
    await button(page, '启用').click();
    await page.locator('[data-test="status"]', { hasText: '已启用' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await button(page, '删除').click();
    await confirm(page, '删除');
    await page.getByText('还没有 Webhook').waitFor();
  });

  it('makes an API key by keyboard, sees its secret once, rotates it and revokes it', async () => {
    const merchant = await newMerchant();
    const page = await at(merchant, '/console');
    await page.getByRole('link', { name: 'API keys' }).click();
    await page.getByText('No API keys yet').waitFor();
    await button(page, 'Create API key').focus();
    await page.keyboard.press('Enter');
    await page.getByText('Choose at least one scope.').waitFor();
    expect(await page.evaluate('document.activeElement.name')).toBe('name');
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.type('Shop backend');
    await page.check('input[name="mode"][value="test"]');
    await page.focus('input[name="scopes"][value="vouchers:read"]');
    await page.keyboard.press('Space');
    await page.fill('textarea[name="addresses"]', '127.0.0.1\n\n10.0.0.0/99');
    await page.selectOption('select[name="expires"]', 'date');
    await button(page, 'Create API key').click();
    await page.getByText('Choose a date and a time.').waitFor();
    await page.fill('input[name="expires_at"]', '2035-06-01T12:00');
    await button(page, 'Create API key').click();
    await page.getByText('Line 3 is not an address or a range').waitFor();
    await page.fill('textarea[name="addresses"]', '0.0.0.0/0');
    await button(page, 'Create API key').click();

    const secret = page.locator('[data-test="secret"]');
    const first = await secret.innerText();
    expect(first).toMatch(/^vck_test_/);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Secret of “Shop backend”');
    const [made]: Json[] = (await site.api.expect(200, 'GET', '/v1/api-keys', { token: merchant.token }))
      .data;
    expect(made).toMatchObject({
      name: 'Shop backend',
      mode: 'test',
      scopes: ['vouchers:read'],
      addresses: ['0.0.0.0/0'],
      // noon in Shanghai, where the browser is
      expires_at: '2035-06-01T04:00:00.000Z',
    });
    const own = (token: string, status: number) =>
      site.api.expect(status, 'GET', '/v1/merchants/me/vouchers', { token });
    await own(first, 200);
    await page.reload();
    const key = page.locator('[data-test="api-key"]', { hasText: 'Shop backend' });
    await key.getByText(/Last used/).waitFor();
    expect(await secret.count()).toBe(0);

    const rotate = key.getByRole('button', { name: 'New secret for “Shop backend”' });
    await rotate.focus();
    await page.keyboard.press('Enter');
    expect(await seriousFindings(page)).toEqual([]);
    await confirm(page, 'New secret');
    await key.locator('[data-test="overlap"]').waitFor();
    const second = await secret.innerText();
    expect(second).not.toBe(first);
    await own(first, 200);
    await own(second, 200);
    await rotate.click();
    await page.selectOption('dialog[open] select', { label: 'Not at all: it has leaked' });
    await confirm(page, 'New secret');
    await secret.filter({ hasNotText: second }).waitFor();
    await until(async () =>
      (await site.api.call('GET', '/v1/merchants/me/vouchers', { token: second })).status === 401
        ? true
        : undefined,
    );

    await page.getByRole('button', { name: /中文$/ }).click();
    expect(await seriousFindings(page)).toEqual([]);
    await button(page, '吊销').click();
    await confirm(page, '吊销');
    await page.getByText('“Shop backend”已吊销。').waitFor();
    await key.locator('[data-test="status"]', { hasText: '已吊销' }).waitFor();
    expect(await key.getByRole('button').count()).toBe(0);
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await overflows(page)).toBe(false);
  });

  it('does not write over what a colleague changed meanwhile', async () => {
    const merchant = await newMerchant();
    const { id } = await site.api.createVoucher(merchant.token, { title: 'Before' });
    const page = await at(merchant, `/console/vouchers/${id}/edit`);
    await page.fill('input[name="title"]', 'Mine');
    await site.api.expect(200, 'PATCH', `/v1/vouchers/${id}`, {
      token: merchant.token,
      headers: { 'if-match': '"v1"' },
      json: { title: 'Theirs' },
    });
    await button(page, 'Save changes').click();
    await button(page, 'Load the latest version').click();
    const title = page.locator('input[name="title"]');
    await until(async () => ((await title.inputValue()) === 'Theirs' ? true : undefined));
    await page.fill('input[name="title"]', 'Both');
    await button(page, 'Save changes').click();
    await page.getByText('Saved.').waitFor();
    await page.getByRole('heading', { name: 'Both' }).waitFor();
  });

  it('pauses, resumes, restocks with a reason, ends and archives', async () => {
    const merchant = await newMerchant();
    const { id } = await site.api.liveVoucher(merchant.token, { total_stock: 10 });
    const page = await at(merchant, `/console/vouchers/${id}`);
    for (const [move, state] of [
      ['Pause', 'Paused'],
      ['Resume', 'Open'],
    ] as const) {
      await button(page, move).click();
      await confirm(page, move);
      await page.getByText(`It is now: ${state}.`).waitFor();
    }
    await button(page, 'Change stock').click();
    await page.fill('dialog[open] input[name="delta"]', '-11');
    await page.fill('dialog[open] input[name="reason"]', 'fewer seats');
    await confirm(page, 'Change stock');
    await page.getByText('already claimed').waitFor();
    await page.fill('dialog[open] input[name="delta"]', '5');
    await confirm(page, 'Change stock');
    await page.getByText('There are 15 units now.').waitFor();
    await page.locator(REMAINING, { hasText: '15' }).waitFor();
    await button(page, 'End').click();
    await page.keyboard.press('Escape');
    await button(page, 'End').click();
    await confirm(page, 'End');
    await page.getByText('It is now: Over.').waitFor();
    const drop = await (await fetch(`${site.url}/drops/${id}`, { headers: { accept: 'text/html' } })).text();
    expect(drop).toContain('This drop is over');
    expect(drop).not.toContain('Open until');
    await button(page, 'Archive').click();
    await confirm(page, 'Archive');
    await page.getByText('It is now: Archived.').waitFor();
  });

  it('closes a dialog by the answer to what was sent from it, and by no earlier one', async () => {
    const merchant = await newMerchant();
    const { id } = await site.api.liveVoucher(merchant.token, { total_stock: 10 });
    const page = await at(merchant, `/console/vouchers/${id}`);
    const ask = async (delta: string): Promise<void> => {
      await button(page, 'Change stock').click();
      await page.fill('dialog[open] input[name="delta"]', delta);
      await page.fill('dialog[open] input[name="reason"]', 'more seats');
    };
    const held = await holdNext(page, '**/stock-adjustments');
    await ask('5');
    await confirm(page, 'Change stock');
    await held.sent;
    await page.locator('dialog[open]').getByRole('button', { name: 'Cancel' }).click();
    await ask('7');
    held.letGo();
    await page.getByText('There are 15 units now.').waitFor();
    expect(await page.locator('dialog[open] input[name="delta"]').count()).toBe(1);
    await confirm(page, 'Change stock');
    await page.getByText('There are 22 units now.').waitFor();
    await page.waitForSelector('dialog[open]', { state: 'hidden' });
  });

  it('shows in its list what is sold out and what is left, and makes a new voucher from an old one', async () => {
    const merchant = await newMerchant();
    const terms = { opens_at: '2025-01-03T04:00:00Z', per_user_limit: 2, title: 'A pot of oolong' };
    const { id } = await site.api.liveVoucher(merchant.token, { ...terms, total_stock: 2 });
    await claims(id, 2);
    const page = await at(merchant, '/console');
    await page.locator('[data-test="left"]', { hasText: '0 of 2 left' }).waitFor();
    await page.locator('tbody .badge', { hasText: 'Sold out' }).waitFor();

    await page.getByRole('link', { name: 'A pot of oolong' }).click();
    await page.locator('[data-test="waiting-next"]', { hasText: 'Nobody is waiting.' }).waitFor();
    const { access_token: token } = await site.api.register();
    await site.api.expect(200, 'POST', `/v1/vouchers/${id}/waiting-list`, { token });
    await page.locator('[data-test="waiting-waiting"]', { hasText: '1' }).waitFor();
    await page.locator('[data-test="waiting-next"]', { hasText: 'offered to the first in line' }).waitFor();
    await page.getByRole('link', { name: 'Duplicate' }).click();
    await page.locator('[data-test="copied"]', { hasText: 'Copied from “A pot of oolong”.' }).waitFor();
    expect(await page.locator('input[name="with_waves"]').count()).toBe(0);
    expect(await page.inputValue('input[name="per_user_limit"]')).toBe('2');
    // A Friday noon, as it was.
    const opens = new Date(`${await page.inputValue('input[name="opens_at"]')}Z`);
    expect([opens.getUTCDay(), opens.getUTCHours(), opens.getTime() > Date.now()]).toEqual([5, 12, true]);
    await page.fill('input[name="closes_at"]', '2032-01-01T00:00');
    await page.fill('input[name="redeem_until"]', '');
    await button(page, 'Save draft').click();
    await page.waitForSelector('[data-test="preview"]');
    expect(page.url()).not.toContain(id);
  });

  it('copies who may claim, units that come later, pattern and budget with a voucher', async () => {
    const merchant = await newMerchant();
    const { token } = merchant;
    const opens = Date.now() + 86_400_000;
    const after = (ms: number): string => new Date(opens + ms).toISOString();
    const { id } = await site.api.expect(201, 'POST', '/v1/vouchers', {
      token,
      json: {
        title: 'For members',
        total_stock: 10,
        opens_at: after(0),
        closes_at: after(7_200_000),
        waves: [{ at: after(1_800_000), units: 5 }],
        face_value: { amount: 1_500, currency: 'CNY' },
        code_pattern: 'TEA-????####',
        budget_minor: 30_000,
      },
    });
    await site.api.expect(200, 'PUT', `/v1/vouchers/${id}/eligibility`, {
      token,
      raw: Buffer.from('lin@example.com\nbo@example.com\n'),
      headers: { 'content-type': 'text/csv' },
    });
    const page = await at(merchant, `/console/vouchers/new?from=${id}`);
    await page.locator('[data-test="copied"]', { hasText: 'The list of people who may claim' }).waitFor();
    for (const name of ['waves', 'pattern', 'budget'])
      expect(await page.locator(`input[name="with_${name}"]`).isChecked()).toBe(true);
    await page.locator('label', { hasText: /Keep the budget of .*300/ }).waitFor();
    await button(page, 'Save draft').click();
    await page.waitForSelector('[data-test="preview"]');
    const copy = page.url().split('/').at(-1) ?? '';
    const stored: Json = await site.api.expect(200, 'GET', `/v1/merchants/me/vouchers/${copy}`, { token });
    expect(stored).toMatchObject({ total_stock: 10, eligibility: 'listed', waves: [{ units: 5 }] });
    expect(stored.code_pattern).toBe('TEA-????####');
    const budget = (of: string): Promise<Json> =>
      site.api.expect(200, 'GET', `/v1/vouchers/${of}/budget`, { token });
    expect(await budget(copy)).toMatchObject({ budget_minor: 30_000 });
    expect(Date.parse(stored.waves[0].at) - Date.parse(stored.opens_at)).toBeGreaterThan(1_700_000);
    expect(await site.api.expect(200, 'GET', `/v1/vouchers/${copy}/eligibility`, { token })).toMatchObject({
      people: 2,
    });

    // More units than the pattern and the budget are for: neither is wanted any more.
    await page.goto(`${site.url}/console/vouchers/new?from=${id}`);
    await page.fill('input[name="total_stock"]', '1000');
    await page.uncheck('input[name="with_pattern"]');
    await page.uncheck('input[name="with_budget"]');
    await button(page, 'Save draft').click();
    await page.waitForSelector('[data-test="preview"]');
    const more = page.url().split('/').at(-1) ?? '';
    const own: Json = await site.api.expect(200, 'GET', `/v1/merchants/me/vouchers/${more}`, { token });
    expect(own).toMatchObject({ total_stock: 1_000, code_pattern: null, waves: [{ units: 5 }] });
    expect(await budget(more)).toMatchObject({ budget_minor: null });
  });

  it('switches between live and test mode, and says where it is', async () => {
    const merchant = await newMerchant();
    const { token } = merchant;
    const headers = { 'x-mode': 'test' };
    await site.api.liveVoucher(token, { title: 'For everybody' });
    const opens = new Date(Date.now() - 60_000).toISOString();
    const json = { title: 'A test', total_stock: 7, opens_at: opens, closes_at: '2032-01-01T00:00:00Z' };
    const { id } = await site.api.expect(201, 'POST', '/v1/vouchers', { token, headers, json });
    const page = await at(merchant, '/console');
    const titles = page.locator('tbody a');
    await page.locator('tbody a', { hasText: 'For everybody' }).waitFor();
    expect(await titles.allInnerTexts()).toEqual(['For everybody']);

    await button(page, 'Switch to test mode').click();
    await page.locator('[data-test="mode"]', { hasText: 'Test mode' }).waitFor();
    await page.locator('tbody a', { hasText: 'A test' }).click();
    await button(page, 'Publish').click();
    await confirm(page, 'Publish');
    await page.locator('[data-test="published"]').waitFor();
    await page.locator('[data-test="board-remaining"]', { hasText: '7' }).waitFor();
    expect(await page.locator('[data-test="drop-share"], a[href^="/drops/"]').count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Messages' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Claims', exact: true }).click();
    await page.locator('details.export summary').click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('[data-test="export-xlsx"]').click(),
    ]);
    expect(file.suggestedFilename()).toMatch(/\.xlsx$/);
    await page.goto(`${site.url}/console`); // this tab stays where it was
    await page.locator('tbody a', { hasText: 'A test' }).waitFor();
    await page.getByRole('button', { name: /中文$/ }).click();
    await page.locator('[data-test="mode"]', { hasText: '测试模式' }).waitFor();
    await button(page, '切换到正式模式').click();
    await page.locator('tbody a', { hasText: 'For everybody' }).waitFor();
    expect(await titles.allInnerTexts()).toEqual(['For everybody']);
    // An address tells the mode of its voucher.
    await page.goto(`${site.url}/console/vouchers/${id}`);
    await page.locator('[data-test="mode"]', { hasText: '测试模式' }).waitFor();
    await page.locator('h1', { hasText: 'A test' }).waitFor();
  });

  it('finds a claim, pages through all, and downloads them', async () => {
    const merchant = await newMerchant();
    const { id } = await site.api.liveVoucher(merchant.token, { total_stock: 50 });
    await claims(id, 23);
    const page = await at(merchant, `/console/vouchers/${id}/claims`);
    const rows = page.locator('tbody tr');
    await until(async () => ((await rows.count()) === 20 ? true : undefined));
    await button(page, 'Older').click();
    await until(async () => ((await rows.count()) === 3 ? true : undefined));
    const last = await rows.last().locator('code').innerText();
    await button(page, 'Newer').click();
    await until(async () => ((await rows.count()) === 20 ? true : undefined));
    await page.fill('input[name="q"]', last);
    await button(page, 'Search').click();
    await until(async () => ((await rows.count()) === 1 ? true : undefined));
    await page.fill('input[name="q"]', 'nobody of this name');
    await button(page, 'Search').click();
    await page.getByText('No matches').waitFor();
    await page.getByText('Download all claims').click();
    await page.selectOption('#export-separator', 'semicolon');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download all as CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`claims-${id}.csv`);
    const text = await readFile(await download.path(), 'utf8');
    expect(text.trim().split('\r\n')).toHaveLength(24);
    expect(text).toContain('"claim_id";"status"');
    await page.getByRole('link', { name: 'List to print for the door' }).click();
    await until(async () =>
      (await page.locator(`${DOOR_LIST} tbody tr`).count()) === 23 ? true : undefined,
    );
  });

  it('writes to those who hold a voucher, once asked whether it means it, and sees how far that is', async () => {
    const merchant = await newMerchant();
    const { id } = await site.api.liveVoucher(merchant.token);
    await claims(id, 1);
    const page = await at(merchant, `/console/vouchers/${id}/messages`);
    await page.getByText('No messages yet').waitFor();
    await button(page, 'Send').click();
    await confirm(page, 'Send');
    await page.waitForSelector('input[name="subject"][aria-invalid="true"]');
    await page.fill('input[name="subject"]', 'An hour later');
    await page.fill('textarea[name="text"]', 'We open at 11.\nSee you.');
    await button(page, 'Send').click();
    await confirm(page, 'Cancel');
    expect(await page.locator('[data-test="message"]').count()).toBe(0);
    await button(page, 'Send').click();
    await confirm(page, 'Send');
    // Nobody here has proved an address: no mail is made, and that is said.
    const sent = page.locator('[data-test="message"][data-status="done"]');
    await sent.filter({ hasText: '0 of 0 e-mails sent.' }).waitFor();
    await sent.getByText('We open at 11.').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('prints a list for the door: who holds a unit, to be recognised, and nothing that redeems it', async () => {
    const merchant = await newMerchant();
    const { id } = await site.api.liveVoucher(merchant.token, { total_stock: 5 });
    const holder = async (name: string, email: string): Promise<string> => {
      const json = { email: `${email}.${newEmail()}`, password: PASSWORD, name };
      const { access_token: token } = await site.api.expect(201, 'POST', '/v1/auth/register', { json });
      const { body } = await site.api.claim(token, id);
      return (await site.api.waitIssued(token, body.id)).code;
    };
    const used = await holder('Bo Used', 'bo');
    const codes = [await holder('Zhou Wei', 'zhou'), await holder('Ada Lin', 'ada')];
    await site.api.expect(201, 'POST', '/v1/redemptions', { token: merchant.token, json: { code: used } });

    const page = await at(merchant, `/console/vouchers/${id}/door-list`);
    const rows = page.locator(`${DOOR_LIST} tbody tr`);
    await rows.first().waitFor();
    const said = async (): Promise<string[]> =>
      (await rows.allInnerTexts()).map((row) => row.replace(/\s+/g, ' ').trim());
    const [zhou, ada] = codes.map((code) => code.slice(-4));
    // Whose voucher is used is at the table already.
    const byName = [
      expect.stringMatching(new RegExp(`^Ada Lin a\\*+@\\S+ … ${ada} 3$`)),
      expect.stringMatching(new RegExp(`^Zhou Wei z\\*+@\\S+ … ${zhou} 2$`)),
    ];
    expect(await said()).toEqual(byName);
    const text = await page.locator('main').innerText();
    for (const secret of [...codes, ...codes.map((code) => code.replaceAll('-', '')), 'zhou.', 'ada.'])
      expect(text).not.toContain(secret);
    await page.selectOption('#door-order', 'place');
    expect(await said()).toEqual(byName.toReversed());

    await page.evaluate('window.print = () => { window.printed = (window.printed ?? 0) + 1 }');
    await button(page, 'Print').click();
    expect(await page.evaluate('window.printed')).toBe(1);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    for (const selector of ['.site-header', '.site-footer', '#door-order', 'main nav', 'main .button'])
      expect([selector, await page.locator(selector).first().isVisible()]).toEqual([selector, false]);
    expect(await page.locator('.door-list__box').first().isVisible()).toBe(true);
    expect(await page.locator('h1').innerText()).toContain('Half price oolong');
    // A4 at 96 pixels an inch, without its margins.
    await page.setViewportSize({ width: 718, height: 1_000 });
    expect(await overflows(page)).toBe(false);
    expect(await said()).toHaveLength(2);
  });

  it('is for merchants: others are sent to the login, or told so', async () => {
    const { email } = (await site.api.register()).user;
    const page = await browsers.page();
    await page.goto(`${site.url}/console/profile`);
    await page.waitForURL(/\/login\?next=/);
    await signIn(page, { email, password: PASSWORD });
    await page.getByRole('heading', { name: 'Not for this account' }).waitFor();
    // Whoever asks for the console itself may want to become one.
    await page.goto(`${site.url}/console`);
    await page.waitForURL(/\/console\/register$/);
  });

  describe.each([
    ['in English', {}],
    [
      'in Chinese, in the dark, on a phone',
      { locale: 'zh-CN', colorScheme: 'dark', viewport: { width: 360, height: 740 } },
    ],
  ] as const)('%s', (_name, options: BrowserContextOptions) => {
    it('has no page that axe finds something serious on, is wider than the window or looks unfinished', async () => {
      const merchant = await newMerchant();
      const { id } = await site.api.liveVoucher(merchant.token, {
        total_stock: 2,
        title: 'Half price oolong',
      });
      await claims(id, 4);
      const { access_token: token } = await site.api.register();
      await site.api.expect(200, 'POST', `/v1/vouchers/${id}/waiting-list`, { token });
      const page = await at(merchant, '/console', options);
      const findings: string[] = [];
      const look = async (path: string, ready: string): Promise<void> => {
        await page.goto(site.url + path);
        await page.waitForSelector(ready);
        const found = await seriousFindings(page);
        findings.push(...found.map((finding) => `${path} ${finding}`));
        if (await overflows(page)) findings.push(`${path} is wider than the window`);
        findings.push(...(await untidy(page)).map((finding) => `${path} ${finding}`));
        if ('locale' in options) {
          expect(await page.locator('h1').innerText()).toMatch(/[\u4e00-\u9fff]|oolong/);
          expect(await page.locator('main').innerText()).not.toMatch(/console\.\w+/);
        }
      };
      await look('/console', 'tbody tr');
      await look('/console/vouchers/new', 'input[name="title"]');
      await look(`/console/vouchers/${id}`, 'canvas[role="img"]');
      await look(`/console/vouchers/${id}/claims`, 'tbody tr');
      await look(`/console/vouchers/${id}/door-list`, DOOR_LIST);
      await look(`/console/vouchers/${id}/waiting-list`, '[data-test="places"] tbody tr');
      await look(`/console/vouchers/${id}/messages`, 'textarea[name="text"]');
      await look(`/console/vouchers/${id}/edit`, 'input[name="title"]');
      await look('/console/register', 'input[name="business"]');
      expect(findings).toEqual([]);
    });
  });
});
