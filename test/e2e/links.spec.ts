import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';

let server: TestApp;
let merchant: Session;
beforeAll(async () => {
  server = await startApp({ WEB_DIR: 'test/support/web' });
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

const page = (path: string) => fetch(server.url + path, { headers: { accept: 'text/html' } });
const ODD = '"><script>alert(1)</script>';

describe('a link to a drop', () => {
  it('tells other programs what it leads to, with nothing in it that a merchant could run', async () => {
    const drop = await server.api.liveVoucher(merchant.access_token, { title: ODD, description: ODD });
    const text = await (await page(`/drops/${drop.id}`)).text();
    expect(text).toContain(
      '<meta property="og:title" content="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" />',
    );
    expect(text).toMatch(
      /<meta property="og:description" content="[^"]*Open until [^"]* \([^"]+\)[^"]*" \/>/,
    );
    expect(text).not.toContain('<script>alert');
    expect(text).toMatch(new RegExp(`<meta property="og:url" content="http://[^"]+/drops/${drop.id}" />`));
    expect(text).toContain('<meta name="twitter:card" content="summary_large_image" />');
  });

  it('has a picture in the language of the page, under a name that changes with what it shows', async () => {
    const drop = await server.api.liveVoucher(merchant.access_token, {
      title: `半价乌龙茶 \u{1F375} ${'long title '.repeat(18)}`.slice(0, 200),
      face_value: { amount: 1_500, currency: 'USD' },
    });
    const pathOf = async (language: string): Promise<string> => {
      const headers = { accept: 'text/html', 'accept-language': language };
      const text = await (await fetch(`${server.url}/drops/${drop.id}`, { headers })).text();
      const [, address = ''] = /<meta property="og:image" content="([^"]+)"/.exec(text) ?? [];
      return new URL(address).pathname;
    };
    const paths = [await pathOf('en'), await pathOf('zh')];
    for (const path of paths) {
      const answer = await page(path);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
      expect(answer.headers.get('cache-control')).toContain('immutable');
      const bytes = Buffer.from(await answer.arrayBuffer());
      // PNG: width and height are the first words of its header.
      expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1_200, 630]);
      expect(bytes.length).toBeLessThan(300_000);
    }
    expect(new Set(paths).size).toBe(2);
    await server.api.expect(200, 'PATCH', `/v1/vouchers/${drop.id}`, {
      token: merchant.access_token,
      headers: { 'if-match': '*' },
      json: { title: 'Another title' },
    });
    const next = await until(async () => {
      const path = await pathOf('en');
      return path === paths[0] ? undefined : path;
    });
    expect([(await page(next)).status, (await page(paths[0] ?? '')).status]).toEqual([200, 404]);
  });

  it('says of a drop that was ended early that it is over, and keeps the picture of links from before', async () => {
    const drop = await server.api.liveVoucher(merchant.access_token, { total_stock: 400 });
    const head = async (): Promise<{ image: string; text: string }> => {
      const html = await (await page(`/drops/${drop.id}`)).text();
      const of = (name: string) =>
        new RegExp(`<meta property="og:${name}" content="([^"]*)"`).exec(html)?.[1] ?? '';
      return { image: new URL(of('image')).pathname, text: of('description') };
    };
    const before = await head();
    expect(before.text).toContain('Open until');
    await server.api.expect(200, 'POST', `/v1/vouchers/${drop.id}/end`, { token: merchant.access_token });
    const after = await until(async () => {
      const now = await head();
      return now.image === before.image ? undefined : now;
    });
    expect(after.text).toContain('This drop is over · 0 of 400 were claimed');
    expect(after.text).not.toContain('Open until');
    const pictures = await Promise.all([before, after].map(async ({ image }) => page(image)));
    expect(pictures.map(({ status }) => status)).toEqual([200, 200]);
    const [old, fresh] = await Promise.all(
      pictures.map(async (answer) => Buffer.from(await answer.arrayBuffer())),
    );
    expect(old?.equals(fresh ?? Buffer.alloc(0))).toBe(false);
    const card = await (await page(`/embed/drops/${drop.id}`)).text();
    expect(card).toContain('0 of 400 were claimed');
    expect(card).not.toContain('Open until');
  });

  it('can be a card in somebody else’s page, which runs and sends nothing', async () => {
    const drop = await server.api.liveVoucher(merchant.access_token, { title: ODD });
    const answer = await page(`/embed/drops/${drop.id}`);
    expect(answer.status).toBe(200);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain('frame-ancestors *');
    expect(policy).not.toContain('script-src');
    const text = await answer.text();
    expect(text).toContain(`href="/drops/${drop.id}" target="_blank" rel="noopener"`);
    expect(text).not.toContain('<script');
    // All other pages are framed by nobody.
    for (const path of ['/', `/drops/${drop.id}`])
      expect((await page(path)).headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  it('is in the sitemap as long as somebody can still have it', async () => {
    const open = await server.api.liveVoucher(merchant.access_token);
    const over = await server.api.liveVoucher(merchant.access_token);
    await server.api.expect(200, 'POST', `/v1/vouchers/${over.id}/end`, { token: merchant.access_token });
    const draft = await server.api.createVoucher(merchant.access_token);
    const answer = await page('/sitemap.xml');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'application/xml; charset=utf-8',
    ]);
    const text = await answer.text();
    expect(text).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<urlset xmlns="[^"]+"><url><loc>http:/);
    expect(text).toMatch(new RegExp(`<loc>http://[^<]+/drops/${open.id}</loc><lastmod>[^<]+Z</lastmod>`));
    for (const { id } of [over, draft]) expect(text).not.toContain(id);
  });

  it('is found by search engines: robots.txt names the sitemap, and what is not for them', async () => {
    const answer = await page('/robots.txt');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    const text = await answer.text();
    expect(text).toMatch(/^User-agent: \*\nDisallow: \/v1\/\n/);
    const [, sitemap = ''] = /\n\nSitemap: (http:\S+)\n$/.exec(text) ?? [];
    expect(new URL(sitemap).pathname).toBe('/sitemap.xml');
  });

  it('is no card where nobody may see the drop', async () => {
    const draft = await server.api.createVoucher(merchant.access_token);
    for (const id of [draft.id, 'x'])
      for (const path of [`/embed/drops/${id}`, `/drops/${id}/cards/${'x'.repeat(22)}.png`])
        expect((await page(path)).status).toBe(404);
  });
});
