import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock, rfc3339 } from '../../common/clock.js';
import { isInModeOf } from '../../common/mode.js';
import { Problem } from '../../common/problems.js';
import { context } from '../../common/request-context.js';
import { VoucherCatalogue, type VoucherView } from '../../voucher/index.js';
import { asksForLink } from './challenge-check.js';
import type { ClaimConditions } from './claim-attempt.js';

const MAX_REMEMBERED = 50_000;

/** Which vouchers are claimed through a link only, by people of a list, or by whoever proved who they are, and when links are to be had. */
@Injectable()
export class ProtectedVouchers {
  /** Both are fixed from publication on, so what was seen once is true for good. */
  private readonly published = new LRUCache<string, ClaimConditions>({ max: MAX_REMEMBERED });

  constructor(
    private readonly vouchers: VoucherCatalogue,
    private readonly clock: Clock,
  ) {}

  /** Of a published voucher, once this process has seen it. */
  known(voucherId: string): ClaimConditions | undefined {
    return this.published.get(voucherId);
  }

  /**
   * One look into memory, after the first of a process.
   * @returns nothing where no such voucher was ever published: a draft's protection may still change
   */
  async protectionOf(voucherId: string): Promise<ClaimConditions | undefined> {
    const known = this.published.get(voucherId);
    if (known) return known;
    const view = await this.vouchers.find(voucherId);
    if (!view || view.status === 'draft') return undefined;
    const { eligibility, requires, onePer, merchantId } = view;
    const conditions = { ...view.protection, eligibility, requires, onePer, merchantId };
    this.published.set(voucherId, conditions);
    return conditions;
  }

  /** @throws Problem not_found where there is no such voucher, or one that is claimed without a link */
  async find(voucherId: string): Promise<VoucherView> {
    const view = await this.vouchers.find(voucherId);
    if (!view || view.status === 'draft' || !isInModeOf(context.actor(), view))
      throw new Problem('not_found', { detail: 'There is no such voucher' });
    if (!asksForLink(view.protection)) {
      throw new Problem('not_found', {
        detail: `This voucher needs no claim link: POST /v1/vouchers/${voucherId}/claims`,
      });
    }
    return view;
  }

  /**
   * Refuses as a claim would be refused now, by this process's clock; the gate judges the claim by its own.
   * @param earlyMs how long before opening it is let through all the same
   * @throws Problem not_started, paused, voucher_ended, sold_out
   */
  async requireOpen(view: VoucherView, earlyMs = 0): Promise<void> {
    const waitMs = view.opensAt - this.clock.now();
    switch (view.status) {
      case 'ended':
      case 'archived':
        throw new Problem('voucher_ended');
      case 'paused':
        throw new Problem('paused');
      case 'draft':
      case 'scheduled':
        if (waitMs <= earlyMs) return;
        throw new Problem('not_started', {
          detail: `The voucher opens at ${rfc3339(view.opensAt)}`,
          retryAfterS: (waitMs - earlyMs) / 1_000,
          extensions: { opens_at: rfc3339(view.opensAt) },
        });
      case 'live':
        if ((await this.vouchers.availability(view.id))?.remaining === 0) throw new Problem('sold_out');
    }
  }
}
