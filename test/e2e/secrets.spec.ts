import { rm } from 'node:fs/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { SecretRenewal } from '../../src/schedule/secret-renewal.js';
import { EndpointStore } from '../../src/webhook/index.js';
import { newDataDir, startApp, type TestApp } from '../support/app.js';

const [FIRST, SECOND, KEY] = ['f', 's', 'k'].map((letter) => letter.repeat(32)) as [string, string, string];

describe('an operator who changes JWT_SECRET and sets SECRETS_KEY', () => {
  let folder = '';
  let server: TestApp | undefined;
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  async function startWith(secrets: Readonly<Record<string, string>>): Promise<TestApp> {
    await server?.stop({ keep: true });
    server = await startApp({ ...secrets, DATA_DIR: folder });
    return server;
  }

  it('logs nobody out while the secret before is known, and loses no secret of a merchant', async () => {
    folder = await newDataDir();
    const first = await startWith({ JWT_SECRET: FIRST });
    const { access_token: token } = await first.api.registerMerchant();
    const hook = await first.api.expect(201, 'POST', '/v1/webhooks', {
      token,
      json: { url: 'https://shop.example.com/hook' },
    });
    const secretOf = async ({ app }: TestApp) => (await app.get(EndpointStore).find(hook.id))?.secret;
    /** By the header, which is verified fast, and by the cookie of a browser, which Passport reads. */
    const statuses = async ({ api }: TestApp) =>
      [
        await api.call('GET', '/v1/me', { token }),
        await api.call('GET', '/v1/me', { headers: { cookie: `vc_access=${token}` } }),
      ].map(({ status }) => status);
    expect(await statuses(first)).toEqual([200, 200]);

    const changed = await startWith({ JWT_SECRET: SECOND, JWT_SECRET_PREVIOUS: FIRST, SECRETS_KEY: KEY });
    expect(await statuses(changed)).toEqual([200, 200]);
    const fresh = (await changed.api.register()).access_token;
    expect((await changed.api.call('GET', '/v1/me', { token: fresh })).status).toBe(200);
    expect(await secretOf(changed)).toBe(hook.secret);
    await changed.app.get(SecretRenewal).run();

    const later = await startWith({ JWT_SECRET: SECOND, SECRETS_KEY: KEY });
    expect(await statuses(later)).toEqual([401, 401]);
    expect((await later.api.call('GET', '/v1/me', { token: fresh })).status).toBe(200);
    expect(await secretOf(later)).toBe(hook.secret);

    // With a key that did not seal it: shown, changed and made anew as ever, but not opened.
    const wrong = await startWith({ JWT_SECRET: SECOND });
    expect(await secretOf(wrong)).toBeNull();
    const owner = (await wrong.api.registerMerchant()).access_token;
    expect((await wrong.api.call('GET', '/v1/webhooks', { token: owner })).status).toBe(200);
    const back = await startWith({ JWT_SECRET: SECOND, SECRETS_KEY_PREVIOUS: KEY });
    expect(await secretOf(back)).toBe(hook.secret);
  });
});
