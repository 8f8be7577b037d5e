import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { newId } from '../../src/common/ids.js';
import { Database } from '../../src/database/database.js';
import { LOGO_MAX_BYTES } from '../../src/merchant/logo-image.js';
import { until, type Answer, type Json, type Session } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let server: TestApp;
let merchant: Session & { readonly merchantId: string };
let other: Session & { readonly merchantId: string };
let shopper: Session;

beforeAll(async () => {
  server = await startApp({ RATE_LIMIT_WRITE: 'off', RATE_LIMIT_STATUS: 'off', RATE_LIMIT_READ: 'off' });
  [merchant, other] = [await server.api.registerMerchant(), await server.api.registerMerchant()];
  shopper = await server.api.register();
});
afterAll(() => server.stop());

const PROFILE = {
  name: 'Tea House & Sons',
  color: '#0F766E',
  address: '12 Nanjing Road\nShanghai',
  terms: 'One voucher per bill.',
  contact: { email: 'Hello@Tea.example', phone: '+86 21 5555 0100', website: 'https://tea.example/' },
};
const patch = (
  json: Json,
  ifMatch: string | undefined = '*',
  token = merchant.access_token,
): Promise<Answer> =>
  server.api.call('PATCH', '/v1/merchants/me', {
    token,
    json,
    headers: ifMatch === '' ? {} : { 'if-match': ifMatch },
  });
const putLogo = (bytes: Buffer, type = 'image/png', token = merchant.access_token): Promise<Answer> =>
  server.api.call('PUT', '/v1/merchants/me/logo', { token, raw: bytes, headers: { 'content-type': type } });
const seen = (id = merchant.merchantId): Promise<Answer> => server.api.call('GET', `/v1/merchants/${id}`);
const own = (): Promise<Json> =>
  server.api.expect(200, 'GET', '/v1/merchants/me', { token: merchant.access_token });
const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 4, background: '#0f766e' } });

describe('the profile of a merchant', () => {
  it('is its name and nothing else at first, for everybody', async () => {
    const { status, body, headers } = await seen(other.merchantId);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('public, max-age=1');
    expect(body).toMatchObject({
      object: 'merchant',
      id: other.merchantId,
      name: 'Tea House',
      time_zone: 'Asia/Shanghai',
      logo_url: null,
      color: null,
      address: null,
      terms: null,
      contact: { email: null, phone: null, website: null },
    });
    const again = await server.api.call('GET', `/v1/merchants/${other.merchantId}`, {
      headers: { 'if-none-match': headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
  });

  it('is not there for an id that is none, or nobody’s', async () => {
    expectProblem(await seen(newId('mer', Date.now())), 'not_found');
    expectProblem(await seen('vch_01k9z3v8f0abcdef'), 'not_found');
  });

  it('is changed by its people, and read at once', async () => {
    const { status, body } = await patch(PROFILE);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...PROFILE,
      color: '#0f766e',
      contact: { ...PROFILE.contact, email: 'hello@tea.example' },
    });
    expect((await seen()).body).toEqual(body);
    const cleared = await patch({ terms: null, contact: { phone: null } });
    expect(cleared.body).toMatchObject({
      terms: null,
      contact: { email: 'hello@tea.example', phone: null, website: 'https://tea.example/' },
    });
    await patch({ terms: PROFILE.terms });
  });

  it('is changed only as it was seen', async () => {
    expectProblem(await patch({ color: '#112233' }, ''), 'precondition_required');
    const { headers } = await server.api.call('GET', '/v1/merchants/me', { token: merchant.access_token });
    const tag = headers.get('etag') ?? '';
    expect((await patch({ color: '#112233' }, tag)).status).toBe(200);
    expectProblem(await patch({ color: '#445566' }, tag), 'precondition_failed');
    expect(await own()).toMatchObject({ color: '#112233' });
  });

  it('tells all that is wrong with a change, and changes nothing', async () => {
    const before = await own();
    const { body } = await patch({
      name: '',
      color: 'teal',
      contact: { email: 'nobody', website: 'javascript:alert(1)' },
      logo_url: 'https://elsewhere.example/x.png',
    });
    expect(body).toMatchObject({ status: 422, code: 'validation_failed' });
    expect(body.errors.map(({ pointer }: Json) => pointer).sort()).toEqual([
      '/color',
      '/contact/email',
      '/contact/website',
      '/logo_url',
      '/name',
    ]);
    expectProblem(await patch({}), 'validation_failed');
    expect(await own()).toEqual(before);
  });

  it('is no shopper’s to change', async () => {
    expectProblem(await patch({ name: 'Mine' }, '*', shopper.access_token), 'forbidden');
    expectProblem(
      await server.api.call('PATCH', '/v1/merchants/me', { json: { name: 'x' } }),
      'unauthenticated',
    );
  });

  it('is written to the audit log with the names of the fields', async () => {
    const rows = await server.app
      .get(Database)
      .read.query<{ action: string; details: string; actor: string }[]>(
        "SELECT action, details, actor FROM audit_log WHERE object_id = ? AND action = 'merchant.updated' ORDER BY id",
        [merchant.merchantId],
      );
    expect(rows[0]).toMatchObject({ actor: merchant.user.id });
    expect(JSON.parse(rows[0]?.details ?? '')).toEqual({ fields: Object.keys(PROFILE) });
  });
});

describe('the logo of a merchant', () => {
  it('is written anew, small and without metadata, under a path of its own', async () => {
    const jpeg = await picture(1_600, 800)
      .jpeg()
      .withExif({ IFD0: { Artist: 'Secret Name' } })
      .toBuffer();
    expect(jpeg.includes('Secret Name')).toBe(true);
    const { status, body } = await putLogo(jpeg, 'image/jpeg');
    expect(status).toBe(200);
    const answer = await fetch(server.api.url + body.logo_url);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/webp',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    });
    const { exif, ...shape } = await sharp(bytes).metadata();
    expect(shape).toMatchObject({ format: 'webp', width: 512, height: 256 });
    expect(exif).toBeUndefined();
    expect(bytes.includes('Secret Name')).toBe(false);
  });

  it('has another path with each picture, and the one before is gone', async () => {
    const first = (await putLogo(await picture(64, 64).png().toBuffer())).body.logo_url;
    const second = (await putLogo(await picture(96, 96).webp().toBuffer(), 'image/webp')).body.logo_url;
    expect(second).not.toBe(first);
    expectProblem(await server.api.call('GET', first), 'not_found');
    expect((await fetch(server.api.url + second)).status).toBe(200);
    const stranger = second.replace(merchant.merchantId, other.merchantId);
    expectProblem(await server.api.call('GET', stranger), 'not_found');
  });

  it.each([
    ['no picture', () => Buffer.from('hello'), 'not_an_image'],
    ['a drawing program', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'not_an_image'],
    [
      'half of a picture',
      async () => (await picture(400, 400).png().toBuffer()).subarray(0, 200),
      'not_an_image',
    ],
    ['a picture of another kind', () => picture(64, 64).gif().toBuffer(), 'not_an_image'],
    ['a picture of 8 by 8', () => picture(8, 8).png().toBuffer(), 'image_too_small'],
    [
      'a picture that is small only while packed',
      () => picture(6_000, 6_000).png({ palette: true }).toBuffer(),
      'too_many_pixels',
    ],
  ])('refuses %s', async (_name, make, code) => {
    const before = (await own()).logo_url;
    const { body } = await putLogo(await make());
    expect(body).toMatchObject({ status: 422, code: 'validation_failed', errors: [{ pointer: '', code }] });
    expect((await own()).logo_url).toBe(before);
  });

  it('is neither larger than it may be nor of another type, whatever its length says', async () => {
    expectProblem(await putLogo(Buffer.alloc(LOGO_MAX_BYTES + 1)), 'payload_too_large');
    expectProblem(await putLogo(Buffer.from('<svg/>'), 'image/svg+xml'), 'unsupported_media_type');
    expectProblem(await putLogo(Buffer.from('{}'), 'application/json'), 'unsupported_media_type');
    expectProblem(
      await server.api.call('PUT', '/v1/merchants/me/logo', { token: merchant.access_token }),
      'validation_failed',
      [''],
    );
    const chunks = new ReadableStream({
      pull: (controller: ReadableStreamDefaultController) => controller.enqueue(new Uint8Array(65_536)),
    });
    const streamed = await fetch(`${server.api.url}/v1/merchants/me/logo`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${merchant.access_token}`, 'content-type': 'image/png' },
      body: chunks,
      duplex: 'half',
    }).catch((error: unknown) => error);
    if (streamed instanceof Response) expect(streamed.status).toBe(413);
  });

  it('is no body of any other route', async () => {
    const picture16 = await picture(16, 16).png().toBuffer();
    const answer = await server.api.call('POST', '/v1/vouchers', {
      token: merchant.access_token,
      raw: picture16,
      headers: { 'content-type': 'image/png' },
    });
    expectProblem(answer, 'unsupported_media_type');
  });

  it('is taken away again', async () => {
    const { body } = await server.api.call('DELETE', '/v1/merchants/me/logo', {
      token: merchant.access_token,
    });
    expect(body).toMatchObject({ logo_url: null });
    expect((await seen()).body.logo_url).toBeNull();
  });

  it('is the last of those that are sent at once', async () => {
    const pictures = await Promise.all([32, 48, 64, 80].map((side) => picture(side, side).png().toBuffer()));
    const answers = await Promise.all(pictures.map((bytes) => putLogo(bytes)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const { logo_url } = await own();
    expect(answers.map(({ body }) => body.logo_url)).toContain(logo_url);
    expect((await fetch(server.api.url + logo_url)).status).toBe(200);
  });
});

describe('what is of a merchant', () => {
  it('names it: vouchers, their list, claims and the wallet', async () => {
    await patch({ ...PROFILE });
    await putLogo(await picture(64, 64).png().toBuffer());
    const profile = await own();
    const card = {
      id: merchant.merchantId,
      name: profile.name,
      color: '#0f766e',
      logo_url: profile.logo_url,
    };
    const voucher = await server.api.liveVoucher(merchant.access_token);
    expect(voucher.merchant).toEqual(card);
    const { body, headers } = await server.api.call('GET', `/v1/vouchers/${voucher.id}`);
    expect(body.merchant).toEqual(card);
    const listed = await until(async () => {
      const { data } = await server.api.expect(200, 'GET', '/v1/vouchers?status=live');
      return data.find(({ id }: Json) => id === voucher.id);
    });
    expect(listed.merchant).toEqual(card);
    const { body: taken } = await server.api.claim(shopper.access_token, voucher.id);
    const claim = await server.api.waitIssued(shopper.access_token, taken.id);
    const place = { address: profile.address, terms: profile.terms, contact: profile.contact };
    expect(place).toEqual({
      address: PROFILE.address,
      terms: PROFILE.terms,
      contact: { ...PROFILE.contact, email: 'hello@tea.example' },
    });
    expect(claim.merchant).toEqual({ ...card, ...place });
    expect(claim.terms.merchant_name).toBe(profile.name);
    const wallet = await server.api.expect(200, 'GET', '/v1/me/claims', { token: shopper.access_token });
    expect(wallet.data[0].merchant).toEqual({ ...card, ...place });

    await patch({ name: 'Coffee House' });
    const renamed = await server.api.call('GET', `/v1/vouchers/${voucher.id}`, {
      headers: { 'if-none-match': headers.get('etag') ?? '' },
    });
    expect(renamed.status).toBe(200);
    expect(renamed.body.merchant.name).toBe('Coffee House');
    const tag = renamed.headers.get('etag') ?? '';
    const edited = await server.api.call('PATCH', `/v1/vouchers/${voucher.id}`, {
      token: merchant.access_token,
      json: { title: 'Another title' },
      headers: { 'if-match': tag },
    });
    expect(edited.status).toBe(200);
  });
});
