import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { overflows, PATIENCE_MS, seriousFindings, untidy } from './support/browser.js';
import { onSite } from './support/on-site.js';
import { embeddedSite, signIn, type Site, newOwner, type Owner } from './support/site.js';

const OVER = '[data-test="rehearsal"][data-status="done"]';

describe('a drop is rehearsed', () => {
  let owner: Owner;
  let site: Site;
  let voucherId: string;

  const browsers = onSite(embeddedSite, async (started) => {
    site = started;
    owner = await newOwner(site);
    voucherId = (await site.api.createVoucher(owner.token, { total_stock: 3 })).id;
  });

  const text = (page: Page, name: string): Promise<string | null> =>
    page.locator(`[data-test="${name}"]`).textContent();

  it('by keyboard; the page tells how far it is, and what was found, in both languages', async () => {
    const page = await browsers.page();
    const path = `/console/vouchers/${voucherId}`;
    await page.goto(`${site.url}/login?next=${encodeURIComponent(path)}`);
    await signIn(page, owner);
    await page.getByRole('link', { name: 'Rehearsal', exact: true }).click();
    await page.fill('input[name="crowd"]', 'many');
    await page.press('input[name="crowd"]', 'Enter');
    await page.locator('input[name="crowd"][aria-invalid="true"]:focus').waitFor();
    await page.fill('input[name="crowd"]', '8');
    await page.fill('input[name="within"]', '4');
    await page.press('input[name="within"]', 'Enter');
    await page.locator('[data-test="rehearsal"]').waitFor();
    await page.locator(OVER).waitFor({ timeout: 2 * PATIENCE_MS });
    expect(await text(page, 'too-late')).toBe('5');
    expect(await page.locator('[data-test="rehearsal-step"]').count()).toBeGreaterThan(0);
    expect(await text(page, 'rehearsal-audit')).toContain('matched');
    expect(await seriousFindings(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 800 });
    expect(await overflows(page)).toBe(false);
    expect(await untidy(page)).toEqual([]);

    const chinese = await browsers.page({ locale: 'zh-CN' });
    await chinese.goto(`${site.url}/login?next=${encodeURIComponent(`${path}/rehearsal`)}`);
    await signIn(chinese, owner);
    await chinese.locator(OVER, { hasText: '演练已结束' }).waitFor();
    expect(await text(chinese, 'rehearsal-audit')).toContain('全部一致');
    expect(await seriousFindings(chinese)).toEqual([]);
  });
});
