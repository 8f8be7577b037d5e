import { Injectable } from '@nestjs/common';
import { Offences } from '../rate-limit/index.js';
import { Clock } from '../common/clock.js';
import { context } from '../common/request-context.js';
import { newId } from '../common/ids.js';
import { Problem } from '../common/problems.js';
import { ProtectedVouchers } from '../claim/index.js';
import { CaptchaDesk, captchaFailed, type Captcha, type CaptchaAnswer } from './captcha-desk.js';
import type { CaptchaKind, CaptchaLanguage } from './captcha-task.js';

/** Captchas of vouchers. A user has one open captcha for a voucher; a new one takes its place. */
@Injectable()
export class Captchas {
  constructor(
    private readonly vouchers: ProtectedVouchers,
    private readonly desk: CaptchaDesk,
    private readonly offences: Offences,
    private readonly clock: Clock,
  ) {}

  /**
   * To be had from a captcha's lifetime before opening, so that not everybody needs one in the same second.
   * @throws Problem not_found for a voucher that asks for none; not_started, paused, voucher_ended, sold_out; overloaded
   *   when too many pictures are being drawn; dependency_unavailable
   * @param wordsIn language of a question in words instead of a picture
   */
  async make(voucherId: string, userId: string, wordsIn: CaptchaLanguage | undefined): Promise<Captcha> {
    const view = await this.vouchers.find(voucherId);
    const kind = view.protection.captcha;
    if (kind === 'none')
      throw new Problem('not_found', { detail: 'This voucher does not require a captcha' });
    await this.vouchers.requireOpen(view, this.desk.ttlMs);
    const id = newId('cap', this.clock.now());
    return this.desk.make(kind, wordsIn, id, subject(voucherId, userId));
  }

  /**
   * One try: right or wrong, the captcha is gone afterwards.
   * @throws Problem captcha_failed, dependency_unavailable
   */
  async solve(kind: CaptchaKind, voucherId: string, userId: string, answer: CaptchaAnswer): Promise<void> {
    const verdict = await this.desk.judge(kind, subject(voucherId, userId), answer);
    if (verdict === 'solved') return;
    // Slow people find it gone: not held against anybody.
    if (verdict === 'failed') {
      const address = context.address();
      this.offences.note('captcha_failed', { userId, ...(address === undefined ? {} : { address }) });
    }
    throw captchaFailed(verdict);
  }
}

const subject = (voucherId: string, userId: string): string => `${voucherId}/${userId}`;
