import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newId } from '../../src/common/ids.js';
import { Clock } from '../../src/common/clock.js';
import { UnsubscribeTokens } from '../../src/mail/index.js';
import { until, type Answer, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { Browser } from '../support/browser.js';
import { beforeSoon } from '../support/pass-time.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session;
const WEB = { WEB_DIR: 'test/support/web' };
beforeAll(async () => {
  server = await startApp(WEB);
  merchant = await server.api.registerMerchant();
});
afterAll(() => server.stop());

const page = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  new Browser(server.url).send('GET', path, { headers });
const dataOf = (answer: Answer) =>
  JSON.parse(
    /<script type="application\/json" id="page-data">(.*?)<\/script>/s.exec(answer.text)?.[1] ?? '{}',
  );
const left = (answer: Answer): string | undefined => /data-test="remaining">([^<]*)</.exec(answer.text)?.[1];

describe('the page where a mail leads that somebody wants no more of', () => {
  it('asks, and changes nothing until it is pressed; both in the language of the browser', async () => {
    const link = { userId: merchant.user.id, list: 'sold_out' } as const;
    const path = new URL(server.app.get(UnsubscribeTokens).urlFor(link)).pathname;
    const query = new URL(server.app.get(UnsubscribeTokens).urlFor(link)).search;
    const choice = async (): Promise<boolean> =>
      (await server.api.expect(200, 'GET', '/v1/me/mail-preferences', { token: merchant.access_token }))
        .sold_out;
    for (const [language, words] of [
      ['en', 'Unsubscribe from these e-mails?'],
      ['zh-CN', '不再接收此类邮件？'],
    ] as const) {
      const answer = await page(path + query, { 'accept-language': language });
      expect(answer.status).toBe(200);
      expect(answer.text).toContain(`<h1 tabindex="-1">${words}</h1>`);
      expect(answer.text).toContain('<form class="form" method="post" action="/unsubscribe?token=usr_');
      expect(answer.headers.get('cache-control')).toContain('no-store');
    }
    expect(await choice()).toBe(true);
    const [, action = ''] = /action="(\/unsubscribe[^"]*)"/.exec((await page(path + query)).text) ?? [];
    const pressed = await new Browser(server.url).send('POST', action, {
      form: { 'List-Unsubscribe': 'One-Click' },
    });
    expect(pressed.status).toBe(200);
    expect(pressed.text).toContain('You are unsubscribed from these e-mails');
    expect(await choice()).toBe(false);
    const refused = await page(`${path}${query}x`, { accept: 'text/html' });
    expect([refused.status, refused.text.includes('<h1')]).toEqual([410, true]);
  });
});

describe('the page of a drop', () => {
  it('shows the drop, a form that claims, and its state for the script', async () => {
    const drop = await server.api.liveVoucher(merchant.access_token, {
      title: 'Half price oolong',
      description: 'One pot of any oolong.',
      total_stock: 1234,
      face_value: { amount: 1500, currency: 'CNY' },
    });
    const answer = await page(`/drops/${drop.id}`);
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/^<!doctype html>\n<html lang="en">\n {2}<head>/);
    expect(answer.text).toContain('<title>Half price oolong · VoucherConnect</title>');
    expect(answer.text).toContain('<meta name="description" content="One pot of any oolong." />');
    expect(answer.text).toContain('<h1 tabindex="-1">Half price oolong</h1>');
    expect(left(answer)).toBe('1,234');
    expect(answer.text).toContain('CN¥15');
    expect(answer.text).toContain('<dt>Open until</dt>');
    expect(answer.text).toContain(`<form class="form" method="post" action="/drops/${drop.id}/claim">`);
    const data = dataOf(answer);
    expect(data.voucher).toEqual(await server.api.expect(200, 'GET', `/v1/vouchers/${drop.id}`));
    expect(data.availability).toMatchObject({ object: 'availability', voucher_id: drop.id, remaining: 1234 });
  });

  it('is safe whatever a merchant writes', async () => {
    const evil = `</script></title><script>alert(1)</script><img src=x onerror='x()'>" $& $1 {{x}}`;
    const drop = await server.api.liveVoucher(merchant.access_token, { title: evil, description: evil });
    for (const path of ['/', `/drops/${drop.id}`]) {
      const answer = await page(path);
      expect(answer.text).not.toContain('<script>');
      expect(answer.text).not.toContain('<img src=x');
      expect(answer.text.match(/<title>[^<]*<\/title>/g)).toHaveLength(1);
      expect(answer.text.match(/<script/g)).toHaveLength(2); // the front's, and the data
    }
    const answer = await page(`/drops/${drop.id}`);
    expect(dataOf(answer).voucher.title).toBe(evil);
    expect(answer.text).toContain(
      '&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&#39;x()&#39;&gt;&quot; $&amp; $1 {{x}}',
    );
  });

  it('is kept by shared caches for a moment, and answered by 304 to who has it', async () => {
    const drop = await server.api.liveVoucher(merchant.access_token);
    const first = await page(`/drops/${drop.id}`);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^W\/".{22}"$/);
    expect(first.headers.get('cache-control')).toBe('public, max-age=0, s-maxage=1');
    expect(Number(first.headers.get('x-accel-expires')?.slice(1))).toBeLessThanOrEqual(Date.now() / 1_000);
    expect(first.headers.get('vary')).toBe('Accept-Language, Cookie');
    expect(first.headers.getSetCookie()).toEqual([]);
    for (const known of [etag, etag.slice(2), `"x", ${etag}`, '*']) {
      const again = await page(`/drops/${drop.id}`, { 'if-none-match': known });
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', etag]);
    }
    expect((await page(`/drops/${drop.id}`, { 'if-none-match': '"x"' })).status).toBe(200);
    // The same for those who are logged in: nothing on it is theirs.
    const tab = new Browser(server.url);
    tab.cookies.set('vc_access', 'x');
    expect((await tab.send('GET', `/drops/${drop.id}`)).headers.get('etag')).toBe(etag);
  });

  it('is right within a second after every change', async () => {
    const token = merchant.access_token;
    const drop = await server.api.liveVoucher(token, { total_stock: 1 });
    const path = `/drops/${drop.id}`;
    // The clock of what is kept for a while stands still, but for the second after each change.
    const clock = server.app.get(Clock);
    let at = clock.monotonic();
    const stopped = jest.spyOn(clock, 'monotonic').mockImplementation(() => at);
    const shows = (what: string | RegExp): Promise<true> => {
      at += 1_000;
      return until(async () => ((await page(path)).text.match(what) ? true : undefined));
    };
    const move = (name: string) =>
      server.api.expect(200, 'POST', `/v1/vouchers/${drop.id}/${name}`, { token });
    await shows(/data-test="remaining">1</);
    const old = (await page(path)).headers.get('etag') ?? '';
    const { access_token: shopper } = await server.api.register();
    expect((await server.api.claim(shopper, drop.id)).status).toBe(202);
    await shows('Sold out');
    expect((await page(path, { 'if-none-match': old })).status).toBe(200);
    await server.api.expect(200, 'POST', `/v1/vouchers/${drop.id}/stock-adjustments`, {
      token,
      json: { delta: 4, reason: 'more seats' },
    });
    await shows(/data-test="remaining">4</);
    await move('pause');
    await shows('Paused by the merchant');
    await move('resume');
    await shows('Claim now');
    await server.api.expect(200, 'PATCH', `/v1/vouchers/${drop.id}`, {
      token,
      json: { title: 'Other tea' },
      headers: { 'if-match': '*' },
    });
    await shows('<h1 tabindex="-1">Other tea</h1>');
    await move('end');
    await shows('This drop is over');
    await move('archive');
    at += 1_000;
    await until(async () => ((await page(path)).status === 404 ? true : undefined));
    stopped.mockRestore();
  });

  it('opens by time', async () => {
    const { done } = await beforeSoon(async (opens_at) => {
      const made = await server.api.liveVoucher(merchant.access_token, { opens_at });
      return { drop: made, before: await page(`/drops/${made.id}`) };
    });
    const { drop, before } = done;
    expect(before.text).toContain('Not open yet');
    await until(async () =>
      (await page(`/drops/${drop.id}`)).text.includes('Claim now') ? true : undefined,
    );
  });

  it.each([
    ['/', 200],
    ['/login', 200],
    ['/login/forgotten', 200],
    ['/account', 200],
    ['/email-proof', 200],
    ['/password-reset', 200],
    ['/wallet', 200],
    ['/console', 200],
    ['/admin', 200],
    ['/counter', 200],
    ['/dev/mail', 200],
    ['/nowhere', 404],
    ['/drops/vch_none', 404],
    ['/embed/drops/vch_none', 404],
    ['/unsubscribe', 410],
  ])('%s has one heading without a script as well, and names where its links lead', async (path, status) => {
    for (const language of ['en', 'zh-CN']) {
      const answer = await page(path, { 'accept-language': language, accept: 'text/html' });
      expect(answer.status).toBe(status);
      expect(answer.text.match(/<h1[ >]/g)).toHaveLength(1);
      const named = [...answer.text.matchAll(/<(a|button)[ >].*?<\/\1>/gs)].map(([all]) =>
        all.replace(/<[^>]*>/g, '').trim(),
      );
      expect(named.length).toBeGreaterThan(0);
      expect(named).not.toContain('');
    }
  });

  it('is not there for a draft and for what never was, and says so as a page', async () => {
    const draft = await server.api.createVoucher(merchant.access_token);
    for (const id of [draft.id, newId('vch', Date.now()), 'x']) {
      const answer = await page(`/drops/${id}`);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
      expect(answer.text).toContain('There is nothing here');
      expect(answer.text).toContain('<a class="button button--quiet" href="/">See all drops</a>');
      expect(answer.headers.get('cache-control')).toBe('private, no-store');
    }
  });
});

describe('the list of drops', () => {
  it('shows what is on, what comes and what was, with the first state of each list', async () => {
    const token = merchant.access_token;
    const live = await server.api.liveVoucher(token, { title: 'On now' });
    const soon = new Date(Date.now() + 3_600_000 / 2).toISOString();
    const coming = await server.api.liveVoucher(token, { title: 'On soon', opens_at: soon });
    const over = await server.api.liveVoucher(token, { title: 'Was on' });
    await server.api.expect(200, 'POST', `/v1/vouchers/${over.id}/end`, { token });
    const answer = await until(async () => {
      const found = await page('/');
      return found.text.includes('Was on') && found.text.includes('On soon') ? found : undefined;
    });
    const { drops } = dataOf(answer);
    for (const [status, id] of [
      ['live', live.id],
      ['scheduled', coming.id],
      ['ended', over.id],
    ] as const) {
      expect(drops[status]).toMatchObject({ object: 'list', has_more: expect.any(Boolean) });
      expect(drops[status].data.map((voucher: { id: string }) => voucher.id)).toContain(id);
    }
    expect(answer.text.indexOf('Open now')).toBeLessThan(answer.text.indexOf('Coming up'));
    const etag = answer.headers.get('etag') ?? '';
    expect((await page('/', { 'if-none-match': etag })).status).toBe(304);
  });
});

describe('the language of a page', () => {
  it.each<[string, Record<string, string>, string]>([
    ['nothing is said', {}, 'en'],
    ['Chinese is asked for', { 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.8' }, 'zh-CN'],
    ['English comes first', { 'accept-language': 'en-US,zh;q=0.5' }, 'en'],
    ['others come first', { 'accept-language': 'fr, de;q=0.9, ZH-Hant;q=0.5, en;q=0.1' }, 'zh-CN'],
    ['a language only begins alike', { 'accept-language': 'zha, fr' }, 'en'],
    ['English was chosen', { 'accept-language': 'zh', cookie: 'vc_lang=en' }, 'en'],
    ['Chinese was chosen', { cookie: 'a=b; vc_lang=zh' }, 'zh-CN'],
    ['nonsense was chosen', { cookie: 'vc_lang=fr' }, 'en'],
  ])('where %s', async (_what, headers, lang) => {
    const answer = await page('/', headers);
    expect(answer.text).toContain(`<html lang="${lang}">`);
    expect(answer.text).toContain(
      lang === 'en' ? 'Limited vouchers. First come, first served' : '限量优惠券，先到先得',
    );
  });

  it('is changed by a link, which comes back to the page and leads nowhere else', async () => {
    const tab = new Browser(server.url);
    const chosen = await tab.send('GET', '/language/zh?next=%2Flogin');
    expect([chosen.status, chosen.headers.get('location')]).toEqual([303, '/login']);
    expect(chosen.headers.getSetCookie()).toEqual(['vc_lang=zh; Max-Age=31536000; Path=/; SameSite=Lax']);
    expect((await tab.send('GET', '/')).text).toContain('<html lang="zh-CN">');
    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      'x',
      '/a\nb',
      '/%0a'.padEnd(400, 'x'),
    ]) {
      const answer = await tab.send('GET', `/language/en?next=${encodeURIComponent(next)}`);
      expect(answer.headers.get('location')).toBe('/');
    }
    expect((await page('/language/fr')).status).toBe(404);
  });
});

describe('what is around the pages', () => {
  it('allows scripts, styles and requests of ours alone, and nobody to frame them', async () => {
    for (const path of ['/', '/login', '/wallet', '/nothing/here']) {
      const { headers, text } = await page(path);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
          "manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.get('permissions-policy')).toContain('camera=()');
      expect(text).not.toMatch(/<[^>]* (?:style|on[a-z]+)=/);
    }
  });

  it('lets the counter alone ask for the camera', async () => {
    const { headers } = await page('/counter');
    expect(headers.get('permissions-policy')).toBe(
      'camera=(self), geolocation=(), microphone=(), payment=(), usb=()',
    );
    expect(headers.get('content-security-policy')).toContain("script-src 'self';");
  });

  it('gives the shell for pages that a script makes, and with 404 for what is no page', async () => {
    for (const path of [
      '/wallet',
      '/counter',
      '/console',
      '/console/vouchers/new',
      '/admin/blocks',
      '/forbidden',
    ])
      expect([path, (await page(path)).status]).toEqual([path, 200]);
    const missing = await page('/nothing/here');
    expect([missing.status, missing.text.includes('/assets/app-1a2b3c.js')]).toEqual([404, true]);
  });

  it('answers programs by problem documents as ever', async () => {
    expectProblem(await server.api.call('GET', '/nothing/here'), 'not_found');
    expectProblem(await page('/v1/nothing'), 'not_found');
    expectProblem(await page('/assets/none.js'), 'not_found');
    const form = { form: { email: 'x' } };
    expectProblem(
      await new Browser(server.url).send('POST', '/v1/auth/login', form),
      'unsupported_media_type',
    );
    expect((await server.api.call('GET', '/docs')).status).toBe(200);
    expect((await server.api.call('GET', '/docs')).headers.get('content-security-policy')).toBeNull();
  });

  it('serves what is named by its content for good, compressed, and nothing of the build’s own', async () => {
    const asset = await page('/assets/app-1a2b3c.js', { 'accept-encoding': 'gzip' });
    expect(asset.status).toBe(200);
    expect(asset.headers.get('content-encoding')).toBe('gzip');
    expect(asset.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(asset.headers.get('x-content-type-options')).toBe('nosniff');
    const plain = await page('/assets/app-1a2b3c.js', { 'accept-encoding': 'identity' });
    expect([plain.headers.get('content-encoding'), plain.text === asset.text]).toEqual([null, true]);
    const manifest = await page('/manifest.webmanifest');
    expect([manifest.status, manifest.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    const etag = manifest.headers.get('etag') ?? '';
    expect((await page('/manifest.webmanifest', { 'if-none-match': etag })).status).toBe(304);
    for (const path of [
      '/.vite/manifest.json',
      '/assets/../../../package.json',
      '/assets/%2e%2e/index.html',
      '/index.html',
    ])
      expect([path, (await page(path)).status]).toEqual([path, 404]);
  });

  it('stands under the limits by address, and says so as a page', async () => {
    const strict = await startApp({
      ...WEB,
      RATE_LIMIT_GLOBAL: '3/60s token-bucket local',
      TRUSTED_PROXIES: '',
    });
    try {
      const tab = new Browser(strict.url);
      const answers = [];
      for (let n = 0; n < 6; n++) answers.push(await tab.send('GET', '/'));
      const refused = answers.find(({ status }) => status === 429);
      expect(refused?.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(refused?.text).toContain('Too many attempts');
    } finally {
      await strict.stop();
    }
  });
});

describe('the program without built pages', () => {
  it('is an API, and has no pages', async () => {
    const bare = await startApp({ WEB_DIR: 'test/no-web' });
    try {
      const tab = new Browser(bare.url);
      for (const path of ['/', '/drops/x', '/login', '/wallet', '/claims/x'])
        for (const method of ['GET', 'POST', 'DELETE'])
          expectProblem(await tab.send(method, path), 'not_found');
      expectProblem(
        await tab.send('POST', '/login', { form: { email: 'a@example.com', password: 'x' } }),
        'not_found',
      );
      expect((await bare.api.call('GET', '/v1/time')).status).toBe(200);
    } finally {
      await bare.stop();
    }
  });
});
