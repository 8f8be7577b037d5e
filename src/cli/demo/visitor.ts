import type { VoucherConnect } from '../../../clients/typescript/src/index.js';
import { register } from './sessions.js';

export const VISITOR_EMAIL = 'shopper@demo.example';

/** The account of the person who watches the demo, and the links that sign them in. */
export class Visitor {
  private constructor(
    readonly api: VoucherConnect,
    private readonly address: string,
    private readonly hasLinks: boolean,
  ) {}

  /** @param hasLinks whether the server makes one-time sign-in links */
  static async register(
    api: VoucherConnect,
    address: string,
    password: string,
    hasLinks: boolean,
  ): Promise<Visitor> {
    const token = await register(api, { email: VISITOR_EMAIL, password, name: 'Demo Shopper' });
    return new Visitor(api.as(token), address, hasLinks);
  }

  /** A page, signed in as somebody where the server makes such links. */
  async link(who: VoucherConnect, page: string): Promise<string> {
    if (!this.hasLinks) return `${this.address}${page}`;
    const { body } = await who.follow<{ path: string }>('post', '/demo/sign-in-links');
    return `${this.address}${body.path}?next=${page}`;
  }

  /** Claims of the visitor on a voucher, whatever became of them. */
  async claimsOn(voucherId: string): Promise<number> {
    const { data } = await this.api.call('get', '/v1/me/claims');
    return data.filter((claim) => claim.voucher_id === voucherId).length;
  }
}
