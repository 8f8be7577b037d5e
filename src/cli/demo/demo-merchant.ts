import type { Client, Headers } from './client.js';
import { bearer, type Session } from './sessions.js';

export const MERCHANT_EMAIL = 'merchant@demo.example';

const DAY_MS = 86_400_000;

export interface Equation {
  readonly name: string;
  readonly left: number;
  readonly right: number;
  readonly holds: boolean;
}

export interface DropTerms {
  readonly title: string;
  readonly description: string;
  readonly units: number;
  /** ms since 1970 */
  readonly opensAt: number;
  /** In minor units of CNY. */
  readonly value: number;
}

/** A merchant as the API sees one. */
export class DemoMerchant {
  private constructor(
    private readonly client: Client,
    readonly headers: Headers,
  ) {}

  static async register(client: Client, password: string): Promise<DemoMerchant> {
    const owner = { email: MERCHANT_EMAIL, password, name: 'Demo Merchant' };
    const body = { name: 'Demo Tea House', time_zone: 'Asia/Shanghai', owner };
    const answer = await client.json<{ session: Session }>('POST', '/v1/merchants', 201, { body });
    return new DemoMerchant(client, bearer(answer.session));
  }

  /** @returns the id of a published voucher, one unit for each user */
  async publish({ title, description, units, opensAt, value }: DropTerms): Promise<string> {
    const body = {
      title,
      description,
      total_stock: units,
      opens_at: new Date(opensAt).toISOString(),
      closes_at: new Date(opensAt + DAY_MS).toISOString(),
      face_value: { amount: value, currency: 'CNY' },
    };
    const { headers } = this;
    const { id } = await this.client.json<{ id: string }>('POST', '/v1/vouchers', 201, { headers, body });
    await this.client.json('POST', `/v1/vouchers/${id}/publish`, 200, { headers });
    return id;
  }

  /** Moves the opening of a drop that is not open yet. */
  async openAt(id: string, opensAt: number): Promise<void> {
    const { version } = await this.client.json<{ version: number }>(
      'GET',
      `/v1/merchants/me/vouchers/${id}`,
      200,
      { headers: this.headers },
    );
    const headers = { ...this.headers, 'if-match': `"v${version}"` };
    const body = { opens_at: new Date(opensAt).toISOString() };
    await this.client.json('PATCH', `/v1/vouchers/${id}`, 200, { headers, body });
  }

  async audit(id: string): Promise<readonly Equation[]> {
    const { headers } = this;
    const audit = await this.client.json<{ equations: Equation[] }>('GET', `/v1/vouchers/${id}/audit`, 200, {
      headers,
    });
    return audit.equations;
  }

  async cancel(claimId: string): Promise<void> {
    const body = { reason: 'shown in the demo' };
    await this.client.json('POST', `/v1/claims/${claimId}/cancel`, 200, { headers: this.headers, body });
  }
}
