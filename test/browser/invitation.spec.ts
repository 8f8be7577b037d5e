import { describe, expect, it } from '@jest/globals';
import { JwtService, type JwtSignOptions } from '@nestjs/jwt';
import type { Page } from 'playwright-core';
import { holdNext, seriousFindings } from './support/browser.js';
import { onSite } from './support/on-site.js';
import {
  CLAIM,
  embeddedSite,
  ISSUED,
  newAccount,
  Shop,
  signedIn,
  signIn,
  state,
  type Site,
} from './support/site.js';

const INVITATION = (kind: string): string => `[data-test="invitation"][data-state="${kind}"]`;

describe('a shopper with a token of the merchant in the address', () => {
  let site: Site;
  let shop: Shop;

  const browsers = onSite(
    () => embeddedSite({ RATE_LIMIT_CHALLENGE: 'off' }),
    async (started) => {
      site = started;
      shop = await Shop.open(site);
    },
  );

  /** A drop for customers of a tier, and who signs for one of them. */
  async function members(): Promise<{ id: string; invite: (says: object, more?: JwtSignOptions) => string }> {
    const { token } = shop;
    const { id } = await site.api.createVoucher(token, { title: 'For members' });
    const json = { attribute: 'tier', values: ['gold'] };
    const rule = await site.api.expect(200, 'PUT', `/v1/vouchers/${id}/eligibility/token`, { token, json });
    await site.api.publish(token, id);
    const secret = String(rule.secret);
    const invite = (says: object, more: JwtSignOptions = {}): string =>
      new JwtService().sign(says, { secret, audience: String(id), subject: 'c-1', expiresIn: 600, ...more });
    return { id: String(id), invite };
  }
  const open = (page: Page, id: string, token: string): Promise<unknown> =>
    page.goto(`${site.url}/drops/${id}#token=${token}`);

  it('keeps it over the login and claims with it; no address has it from then on', async () => {
    const { id, invite } = await members();
    const account = await newAccount(site);
    const page = await browsers.page();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    const token = invite({ tier: 'gold' });
    await open(page, id, token);
    await page.waitForSelector(INVITATION('kept'));
    expect(page.url()).toBe(`${site.url}/drops/${id}`);
    expect(await seriousFindings(page)).toEqual([]);
    asked.length = 0;
    const proof = await holdNext(page, '**/eligibility-proofs');
    await page.click(CLAIM);
    await signIn(page, account);
    await proof.sent;
    // The press of before the login waits for it: a claim that does not would be refused by now.
    await page.evaluate(`fetch('/v1/vouchers/${id}')`);
    proof.letGo();
    await page.waitForSelector(ISSUED);
    expect(asked.filter((url) => url.includes(token))).toEqual([]);
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain(token);
    expect(await shop.claims(id)).toHaveLength(1);
  });

  it('says why one is not accepted, and takes the next', async () => {
    const { id, invite } = await members();
    const page = await browsers.page();
    await signedIn(site, page);
    const refused: readonly (readonly [string, string])[] = [
      ['no token', 'The link is damaged.'],
      [invite({ tier: 'gold' }, { expiresIn: -60 }), 'It has expired.'],
      [invite({ tier: 'gold' }, { audience: 'vch_another' }), 'It is for another drop.'],
      [invite({ tier: 'bronze' }), 'It says that this drop is not for you.'],
    ];
    for (const [token, words] of refused) {
      await open(page, id, token);
      await page.locator(INVITATION('refused'), { hasText: words }).waitFor();
    }
    expect(await seriousFindings(page)).toEqual([]);
    await page.click(CLAIM);
    await page.waitForSelector(state('refused'));
    await open(page, id, invite({ tier: 'gold' }));
    await page.waitForSelector(INVITATION('accepted'));
    await page.click(CLAIM);
    await page.waitForSelector(ISSUED);

    const other = await browsers.page({ locale: 'zh-CN' });
    await signedIn(site, other);
    await open(other, id, invite({ tier: 'gold' }));
    await other.locator(INVITATION('refused'), { hasText: '此邀请已被另一个账号使用。' }).waitFor();
    expect(await shop.claims(id)).toHaveLength(1);
  });
});
