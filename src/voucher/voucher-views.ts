import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { all, chain, type MaybePromise } from '../common/maybe-promise.js';
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
  of(voucher: Readonly<Voucher>): MaybePromise<VoucherView> {
    return chain(this.issuer(voucher.merchantId), (issuer) => this.made(voucher, issuer));
  }

  ofMany(vouchers: readonly Readonly<Voucher>[]): MaybePromise<VoucherView[]> {
    const ids = [...new Set(vouchers.map(({ merchantId }) => merchantId))];
    const issuers = ids.map((id) => this.issuer(id));
    const made = (known: readonly (Issuer | null)[]): VoucherView[] => {
      const byId = new Map(ids.map((id, at) => [id, known[at] ?? null]));
      return vouchers.map((voucher) => this.made(voucher, byId.get(voucher.merchantId) ?? null));
    };
    return chain(all(issuers), made);
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
  private issuer(merchantId: string): MaybePromise<Issuer | null> {
    const found = this.merchants.find(merchantId);
    if (!(found instanceof Promise)) return found;
    return found.catch((error: unknown) => {
      this.logger.warn({ merchantId, err: error }, 'a voucher is shown without its merchant');
      return null;
    });
  }
}
