import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/request-context.js';
import { isInModeOf } from '../../common/mode.js';
import { Problem } from '../../common/problems.js';
import { EligibilityTokens, VoucherCatalogue } from '../../voucher/index.js';
import { EligiblePeople } from './eligible-people.js';

/** Of a token, in characters. */
export const ELIGIBILITY_TOKEN_MAX = 4_096;

/** Tokens of merchants, by which their customers may claim: how the API takes them, and the plain form. */
@Injectable()
export class EligibilityProofs {
  constructor(
    private readonly vouchers: VoucherCatalogue,
    private readonly tokens: EligibilityTokens,
    private readonly people: EligiblePeople,
  ) {}

  /** @throws Problem not_found, voucher_ended, validation_failed at `/token`, not_eligible, one_per_person */
  async prove(actor: Actor, voucherId: string, token: string): Promise<void> {
    const view = await this.vouchers.find(voucherId);
    if (!view || view.status === 'draft' || view.eligibility !== 'token' || !isInModeOf(actor, view))
      throw new Problem('not_found', { detail: 'There is no such voucher that requires a token' });
    if (view.status === 'ended' || view.status === 'archived') throw new Problem('voucher_ended');
    await this.tokens.admit(view.merchantId, voucherId, actor.userId, token);
    this.people.forget(voucherId, actor.userId);
  }
}
