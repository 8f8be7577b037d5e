import type { Client, Headers } from './client.js';
import { bearer, type ClaimAnswer, type Session } from './sessions.js';

export const VISITOR_EMAIL = 'shopper@demo.example';

/** The account of the person who watches the demo, and the links that sign them in. */
export class Visitor {
  private constructor(
    private readonly client: Client,
    private readonly address: string,
    readonly headers: Headers,
    private readonly hasLinks: boolean,
  ) {}

  /** @param hasLinks whether the server makes one-time sign-in links */
  static async register(
    client: Client,
    address: string,
    password: string,
    hasLinks: boolean,
  ): Promise<Visitor> {
    const body = { email: VISITOR_EMAIL, password, name: 'Demo Shopper' };
    const session = await client.json<Session>('POST', '/v1/auth/register', 201, { body });
    return new Visitor(client, address, bearer(session), hasLinks);
  }

  /** A page, signed in as whom the headers name where the server makes such links. */
  async link(headers: Headers, page: string): Promise<string> {
    if (!this.hasLinks) return `${this.address}${page}`;
    const { path } = await this.client.json<{ path: string }>('POST', '/demo/sign-in-links', 201, {
      headers,
    });
    return `${this.address}${path}?next=${page}`;
  }

  /** Claims of the visitor on a voucher, whatever became of them. */
  async claimsOn(voucherId: string): Promise<number> {
    const { headers } = this;
    const { data } = await this.client.json<{ data: ClaimAnswer[] }>('GET', '/v1/me/claims', 200, {
      headers,
    });
    return data.filter((claim) => claim.voucher_id === voucherId).length;
  }
}
