import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Metrics } from '../../platform/ops/metrics.js';
import { Clock, rfc3339 } from '../../shared/clock.js';
import { Problem } from '../../shared/problems.js';
import { VoucherCatalogue, type VoucherView } from '../../voucher/index.js';

const MAX_REMEMBERED = 50_000;

type Protection = VoucherView['protection'];

/** A captcha is solved for a link, so it asks for one by itself. */
export const asksForLink = ({ claim_link: link, captcha }: Protection): boolean => link || captcha !== 'none';

/** Which vouchers are claimed through a link only, and when links are to be had. */
@Injectable()
export class ProtectedVouchers {
  /** Protection is fixed from publication on, so what was seen once is true for good. */
  private readonly published = new LRUCache<string, Protection>({ max: MAX_REMEMBERED });

  constructor(
    private readonly vouchers: VoucherCatalogue,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /** Whether anybody may claim the voucher without a link; nothing where that is not known here yet. */
  isUnprotected(voucherId: string): boolean | undefined {
    const protection = this.published.get(voucherId);
    return protection && !asksForLink(protection);
  }

  /** `isUnprotected` once it is known; false where it cannot be found out. */
  async loadProtection(voucherId: string): Promise<boolean> {
    try {
      return !asksForLink(await this.learn(voucherId));
    } catch {
      return false; // whoever asks on the standard route is told why
    }
  }

  /**
   * On the path of an unprotected claim: one look into memory, after the first of a process.
   * @throws Problem challenge_required where a link is needed; not_found for what was never published
   */
  async assertUnprotected(voucherId: string): Promise<void> {
    const protection = this.published.get(voucherId) ?? (await this.learn(voucherId));
    if (!asksForLink(protection)) return;
    this.metrics.funnel.inc({ layer: 'challenge', outcome: 'refused', reason: 'no_link' });
    throw new Problem('challenge_required', {
      detail: 'This voucher is claimed through a claim link only',
      extensions: needs(voucherId, protection),
    });
  }

  /** @throws Problem not_found where there is no such voucher, or one that is claimed without a link */
  async find(voucherId: string): Promise<VoucherView> {
    const view = await this.vouchers.find(voucherId);
    if (!view || view.status === 'draft')
      throw new Problem('not_found', { detail: 'There is no such voucher' });
    if (!asksForLink(view.protection)) {
      throw new Problem('not_found', {
        detail: `This voucher asks for no claim link: POST /v1/vouchers/${voucherId}/claims`,
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

  private async learn(voucherId: string): Promise<Protection> {
    const view = await this.vouchers.find(voucherId);
    // Unknown here is not taken for unprotected: a draft's protection may still change.
    if (!view || view.status === 'draft')
      throw new Problem('not_found', { detail: 'There is no such voucher' });
    this.published.set(voucherId, view.protection);
    return view.protection;
  }
}

/** What a client has to do instead: members of `challenge_required` and its kin. */
export const needs = (voucherId: string, { captcha }: Protection): Readonly<Record<string, unknown>> => ({
  claim_links_url: `/v1/vouchers/${voucherId}/claim-links`,
  captcha,
  ...(captcha === 'none' ? {} : { captchas_url: `/v1/vouchers/${voucherId}/captchas` }),
});
