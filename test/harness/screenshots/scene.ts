import { newAddress, type Json } from '../../support/api.js';

export const PASSWORD = 'correct horse battery staple';
export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const AT_A_TIME = 20;

/** What the people in the pictures do, through the API; each comes from an address of its own. */
export class Scene {
  constructor(readonly address: string) {}

  /** @throws Error with the answer where it is a refusal */
  async call(method: string, path: string, body?: unknown, token?: string): Promise<Json> {
    const response = await this.send(method, path, body, token);
    const text = await response.text();
    return text === '' ? {} : JSON.parse(text);
  }

  /** What the merchant tells of itself. */
  async describe(token: string, profile: Readonly<Record<string, unknown>>): Promise<void> {
    const path = '/v1/merchants/me';
    const etag = (await this.send('GET', path, undefined, token)).headers.get('etag') ?? '';
    await this.send('PATCH', path, profile, token, { 'if-match': etag });
  }

  private async send(
    method: string,
    path: string,
    body?: unknown,
    token?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const response = await fetch(this.address + path, {
      method,
      headers: {
        ...headers,
        'x-forwarded-for': newAddress(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  /** @returns the owner's access token */
  async merchant(name: string, email: string): Promise<string> {
    const owner = { email, password: PASSWORD, name: 'Chen Bo' };
    const { session } = await this.call('POST', '/v1/merchants', {
      name,
      time_zone: 'Asia/Shanghai',
      owner,
    });
    return session.access_token as string;
  }

  async draft(token: string, terms: Readonly<Record<string, unknown>>): Promise<string> {
    const now = Date.now();
    const voucher = await this.call(
      'POST',
      '/v1/vouchers',
      {
        total_stock: 400,
        opens_at: new Date(now - 60_000).toISOString(),
        closes_at: new Date(now + HOUR_MS).toISOString(),
        redeem_until: new Date(now + 30 * DAY_MS).toISOString(),
        face_value: { amount: 1_500, currency: 'CNY' },
        ...terms,
      },
      token,
    );
    return voucher.id as string;
  }

  async publish(token: string, terms: Readonly<Record<string, unknown>>): Promise<string> {
    const id = await this.draft(token, terms);
    await this.call('POST', `/v1/vouchers/${id}/publish`, undefined, token);
    return id;
  }

  /** @returns the access token */
  async shopper(email: string): Promise<string> {
    const session = await this.call('POST', '/v1/auth/register', {
      email,
      password: PASSWORD,
      name: 'Lin Yue',
    });
    return session.access_token as string;
  }

  /** So many claim, some at a time; `from` is the number of the first. */
  async crowd(voucherId: string, size: number, from = 0): Promise<void> {
    for (let done = from; done < from + size; done += AT_A_TIME) {
      await Promise.all(
        Array.from({ length: Math.min(AT_A_TIME, from + size - done) }, async (_none, index) => {
          const token = await this.shopper(`p${voucherId}-${done + index}@example.com`);
          await this.call('POST', `/v1/vouchers/${voucherId}/claims`, undefined, token);
        }),
      );
    }
  }

  /** @returns the claim with its code */
  async issued(token: string, voucherId: string): Promise<Json> {
    const { id } = await this.call('POST', `/v1/vouchers/${voucherId}/claims`, undefined, token);
    for (;;) {
      const claim = await this.call('GET', `/v1/claims/${id}`, undefined, token);
      if (claim.status === 'issued') return claim;
      if (claim.status !== 'pending') throw new Error(`the claim is ${claim.status}`);
    }
  }
}
