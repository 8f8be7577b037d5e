import type { Schemas, VoucherConnect } from '../../../clients/typescript/src/index.js';
import { tokenOf } from './sessions.js';

export const MERCHANT_EMAIL = 'merchant@demo.example';

const DAY_MS = 86_400_000;

export type Equation = Schemas['Audit']['equations'][number];

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
  private constructor(readonly api: VoucherConnect) {}

  static async register(api: VoucherConnect, password: string): Promise<DemoMerchant> {
    const owner = { email: MERCHANT_EMAIL, password, name: 'Demo Merchant' };
    const body = { name: 'Demo Tea House', time_zone: 'Asia/Shanghai', owner };
    const { session } = await api.call('post', '/v1/merchants', { body });
    return new DemoMerchant(api.as(tokenOf(session)));
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
    const { id } = await this.api.call('post', '/v1/vouchers', { body });
    await this.api.call('post', '/v1/vouchers/{id}/publish', { params: { id } });
    return id;
  }

  /** Moves the opening of a drop that is not open yet. */
  async openAt(id: string, opensAt: number): Promise<void> {
    const params = { id };
    const { headers } = await this.api.request('get', '/v1/merchants/me/vouchers/{id}', { params });
    await this.api.call('patch', '/v1/vouchers/{id}', {
      params,
      headers: { 'if-match': headers.get('etag') ?? '' },
      body: { opens_at: new Date(opensAt).toISOString() },
    });
  }

  async audit(id: string): Promise<readonly Equation[]> {
    return (await this.api.call('get', '/v1/vouchers/{id}/audit', { params: { id } })).equations;
  }

  async cancel(claimId: string): Promise<void> {
    const body = { reason: 'shown in the demo' };
    await this.api.call('post', '/v1/claims/{id}/cancel', { params: { id: claimId }, body });
  }
}
