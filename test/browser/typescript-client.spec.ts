import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import type * as Client from '../../clients/typescript/src/index.js';
import { ROOT } from '../../src/common/root.js';
import { newEmail, PASSWORD } from '../support/api.js';
import { installClient } from '../support/client-package.js';
import { onSite } from './support/on-site.js';
import { embeddedSite, Shop, type Site } from './support/site.js';

const run = promisify(execFile);
const SCRIPT = '/our-client.js';
/** A name that is not this machine's own: pages of plain http there are no secure context. */
const PLAIN_HOST = 'vouchers.test';

/** The package as an application has it: installed from its tarball, and bundled by Vite. */
async function bundle(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'voucherconnect-bundle-'));
  try {
    await installClient(folder);
    await writeFile(
      join(folder, 'main.js'),
      `import * as client from 'voucherconnect-client';\nglobalThis.client = client;\n`,
    );
    const options = { input: 'main.js', output: { entryFileNames: 'bundle.js' } };
    await writeFile(
      join(folder, 'vite.config.mjs'),
      `export default ${JSON.stringify({ logLevel: 'warn', build: { rolldownOptions: options } })};`,
    );
    await run(process.execPath, [join(ROOT, 'node_modules/vite/bin/vite.js'), 'build'], { cwd: folder });
    return await readFile(join(folder, 'dist/bundle.js'), 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('our client in a page', () => {
  let site: Site;
  let shop: Shop;
  let script: string;

  /** A page of ours, with its own Content-Security-Policy, or one of somebody else. */
  async function pageAt(origin: string): Promise<Page> {
    const page = await browsers.page();
    await page.route(`**${SCRIPT}`, (route) =>
      route.fulfill({ contentType: 'text/javascript', body: script }),
    );
    await page.route('https://shop.test/', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Shop</title>' }),
    );
    await page.goto(`${origin}/`);
    await page.addScriptTag({ url: SCRIPT, type: 'module' });
    await page.waitForFunction(() => 'client' in globalThis);
    return page;
  }

  const browsers = onSite(embeddedSite, async (started) => {
    script = await bundle();
    site = started;
    shop = await Shop.open(site);
    return [`--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`];
  });

  it.each<[string, () => string, boolean]>([
    ['of this machine', () => site.url, true],
    ['on plain http', () => site.url.replace('127.0.0.1', PLAIN_HOST), false],
  ])('registers, claims once, and waits for the code by a stream, %s', async (_where, origin, isSecure) => {
    const voucherId = await shop.drop({ total_stock: 5 });
    const page = await pageAt(origin());
    expect(await page.evaluate('isSecureContext')).toBe(isSecure);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    const body = { email: newEmail(), password: PASSWORD, name: 'Lin' };
    const told = await page.evaluate(
      async ({ body, voucherId }) => {
        const { VoucherConnect, VoucherConnectError } = (globalThis as unknown as { client: typeof Client })
          .client;
        const session = await new VoucherConnect().call('post', '/v1/auth/register', { body });
        const shopper = new VoucherConnect({ token: session.access_token ?? '' });
        const accepted = await shopper.claim(voucherId);
        const claim = await shopper.claimEnded(accepted.id);
        const again: unknown = await shopper.claim(voucherId).catch((error: unknown) => error);
        const refusal = again instanceof VoucherConnectError ? again.problem : undefined;
        return { claim, refusal };
      },
      { body, voucherId },
    );
    expect(told.claim).toMatchObject({ status: 'issued', code: expect.any(String) });
    expect(told.refusal).toMatchObject({ code: 'claim_limit_reached', claim_id: told.claim.id });
    expect(asked).toContain(`GET /v1/claims/${told.claim.id}/events`);
    expect(await shop.claims(voucherId)).toEqual([expect.objectContaining({ id: told.claim.id })]);
  });

  it('tells a page of another origin that there is no answer for it', async () => {
    const page = await pageAt('https://shop.test');
    const code = await page.evaluate(async (baseUrl) => {
      const { VoucherConnect, VoucherConnectError } = (globalThis as unknown as { client: typeof Client })
        .client;
      const anyone = new VoucherConnect({ baseUrl, retry: { retries: 0 } });
      const error: unknown = await anyone.call('get', '/v1/time').catch((thrown: unknown) => thrown);
      return error instanceof VoucherConnectError ? error.code : String(error);
    }, site.url);
    expect(code).toBe('no_answer');
  });
});
