import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { Api, newEmail, PASSWORD, type Json } from '../../support/api.js';
import { Instance } from '../../support/instance.js';

/** What the journeys are walked on: one embedded process, or a gateway before two instances. */
export interface Site {
  readonly url: string;
  readonly api: Api;
  /** Every process of the application is killed, as a power cut would. */
  kill(): Promise<void>;
  /** And is there again, at the same address. */
  revive(): Promise<void>;
  stop(): Promise<void>;
}

/** Limits as they are for everybody, but for those that a test's one address would meet. */
export const SITE_ENV: Readonly<Record<string, string>> = {
  RATE_LIMIT_REGISTER: 'off',
  RATE_LIMIT_LOGIN: 'off',
};

/** One process with nothing but Node. */
export async function embeddedSite(env: Readonly<Record<string, string>> = {}): Promise<Site> {
  const dataDir = await mkdtemp(join(tmpdir(), 'voucherconnect-web-'));
  // Whoever runs these tests beside a stack has its addresses in the environment.
  const noServers = { DATABASE_URL: '', REDIS_URL: '', KAFKA_BROKERS: '' };
  let instance = await Instance.start({ ...SITE_ENV, ...noServers, DATA_DIR: dataDir, ...env });
  const { url } = instance;
  return {
    url,
    api: new Api(url),
    kill: async () => void (await instance.kill('SIGKILL')),
    revive: async () => void (instance = await instance.again()),
    stop: async () => {
      await instance.kill('SIGTERM');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A merchant and what they do, through the API. */
export class Shop {
  private constructor(
    readonly site: Site,
    readonly token: string,
  ) {}

  static async open(site: Site): Promise<Shop> {
    return new Shop(site, (await site.api.registerMerchant()).access_token);
  }

  /** A drop that is live, or will be. */
  async drop(terms: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const voucher: Json = await this.site.api.liveVoucher(this.token, {
      face_value: { amount: 1_500, currency: 'CNY' },
      ...terms,
    });
    return voucher.id as string;
  }

  move(voucherId: string, move: 'pause' | 'resume' | 'end'): Promise<Json> {
    return this.site.api.expect(200, 'POST', `/v1/vouchers/${voucherId}/${move}`, { token: this.token });
  }

  restock(voucherId: string, delta: number): Promise<Json> {
    return this.site.api.expect(200, 'POST', `/v1/vouchers/${voucherId}/stock-adjustments`, {
      token: this.token,
      json: { delta, reason: 'more seats' },
    });
  }

  /** All claims that the books know of a drop. */
  async claims(voucherId: string): Promise<readonly Json[]> {
    const list: Json = await this.site.api.expect(200, 'GET', `/v1/vouchers/${voucherId}/claims?limit=100`, {
      token: this.token,
    });
    return list.data as readonly Json[];
  }

  /** Takes the units that are left, by other people. */
  async takeAll(voucherId: string, units: number): Promise<void> {
    for (let count = 0; count < units; count += 1) {
      const { access_token: token } = await this.site.api.register();
      const answer = await this.site.api.claim(token, voucherId);
      if (answer.status !== 202) throw new Error(`not taken: ${answer.text}`);
    }
  }
}

export interface Account {
  readonly email: string;
  readonly password: string;
}

export async function newAccount(site: Site): Promise<Account> {
  const email = newEmail();
  await site.api.expect(201, 'POST', '/v1/auth/register', {
    json: { email, password: PASSWORD, name: 'Lin Yue' },
  });
  return { email, password: PASSWORD };
}

export interface Owner extends Account {
  readonly token: string;
}

/** Who owns a new merchant, to sign in with. */
export async function newOwner(site: Site): Promise<Owner> {
  const owner = { email: newEmail(), password: PASSWORD, name: 'Chen Bo' };
  const json = { name: 'Tea House', time_zone: 'Asia/Shanghai', owner };
  const merchant: Json = await site.api.expect(201, 'POST', '/v1/merchants', { json });
  return { email: owner.email, password: owner.password, token: merchant.session.access_token as string };
}

/** Once the script has taken over what the server rendered. */
export const taken = '#app[data-v-app]';

/** Signs in on the login page, as a person does. */
export async function signIn(page: Page, account: Account): Promise<void> {
  await page.waitForSelector(`${taken} input[name="email"]`);
  await fillIn(page, account);
}

export async function fillIn(page: Page, { email, password }: Account): Promise<void> {
  await page.fill('input[name="email"]', email);
  await page.fill('input[name="password"]', password);
  await page.click('form.form button:not([type="button"])');
}

/** Somebody new, signed in, on the list of drops. */
export async function signedIn(site: Site, page: Page): Promise<Account> {
  const account = await newAccount(site);
  await page.goto(`${site.url}/login`);
  await signIn(page, account);
  await page.waitForURL(`${site.url}/`);
  return account;
}

export const CLAIM = '[data-test="claim"]';
export const ISSUED = '[data-test="outcome"][data-status="issued"]';
export const CODE = '[data-test="code"]';
export const state = (kind: string): string => `[data-test="claim-panel"][data-state="${kind}"]`;
