import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Merchants } from '../merchant/index.js';
import { effectiveStatus } from './domain/lifecycle.js';
import type { Voucher } from './voucher.entity.js';
import { viewOf, type Issuer, type VoucherView } from './voucher.view.js';

/** Puts vouchers together with what is known of their merchants, as they are now. */
@Injectable()
export class VoucherViews {
  private readonly logger = new Logger('Voucher');
  /** By what the cache holds, which nobody changes: what is made of it is made once. */
  private readonly views = new WeakMap<Readonly<Voucher>, VoucherView>();

  constructor(
    private readonly merchants: Merchants,
    private readonly clock: Clock,
  ) {}

  /** The same object for the same object, as long as it says the same. */
  async of(voucher: Readonly<Voucher>): Promise<VoucherView> {
    return this.made(voucher, await this.issuer(voucher.merchantId));
  }

  async ofMany(vouchers: readonly Readonly<Voucher>[]): Promise<VoucherView[]> {
    const ids = [...new Set(vouchers.map(({ merchantId }) => merchantId))];
    const issuers = new Map(await Promise.all(ids.map(async (id) => [id, await this.issuer(id)] as const)));
    return vouchers.map((voucher) => this.made(voucher, issuers.get(voucher.merchantId) ?? null));
  }

  private made(voucher: Readonly<Voucher>, issuer: Issuer | null): VoucherView {
    const known = this.views.get(voucher);
    const now = this.clock.now();
    if (known?.status === effectiveStatus(voucher, now) && known.merchant === issuer) return known;
    const view = viewOf(voucher, issuer, now);
    this.views.set(voucher, view);
    return view;
  }

  /** A voucher that can be read is not held back for the name of its merchant. */
  private async issuer(merchantId: string): Promise<Issuer | null> {
    try {
      return await this.merchants.find(merchantId);
    } catch (error) {
      this.logger.warn({ merchantId, err: error }, 'a voucher is shown without its merchant');
      return null;
    }
  }
}
