import { createHmac, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Metrics } from '../observability/metrics.js';
import { Offences } from '../rate-limit/index.js';
import { deriveKey } from '../common/derive-key.js';
import { Clock } from '../common/clock.js';
import { context } from '../common/request-context.js';
import { newId } from '../common/ids.js';
import { Problem } from '../common/problems.js';
import { CaptchaStore } from './ports/captcha-store.js';
import { drawCaptchaImage } from './captcha-image.js';
import { newTask, normalAnswer, type CaptchaKind, type CaptchaLanguage } from './captcha-task.js';
import { ProtectedVouchers } from '../claim/index.js';

export interface Captcha {
  readonly id: string;
  readonly kind: CaptchaKind;
  /** PNG; `undefined` for the alternative. */
  readonly picture: Buffer | undefined;
  readonly question: string | undefined;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface CaptchaAnswer {
  readonly captchaId: string;
  readonly answer: string;
}

/** Makes captchas and judges answers. A user has one open captcha for a voucher; a new one takes its place. */
@Injectable()
export class Captchas {
  private readonly key: Buffer;
  private readonly ttlMs: number;
  private drawing = 0;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly vouchers: ProtectedVouchers,
    private readonly store: CaptchaStore,
    private readonly offences: Offences,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    this.key = deriveKey(config.CLAIM_SECRET, 'captcha');
    this.ttlMs = config.CAPTCHA_TTL_S * 1_000;
  }

  /**
   * To be had from a captcha's lifetime before opening, so that not everybody needs one in the same second.
   * @throws Problem not_found for a voucher that asks for none; not_started, paused, voucher_ended, sold_out; overloaded
   *   when too many pictures are being drawn; dependency_unavailable
   * @param wordsIn language of a question in words instead of a picture
   */
  async make(voucherId: string, userId: string, wordsIn: CaptchaLanguage | undefined): Promise<Captcha> {
    const view = await this.vouchers.find(voucherId);
    const kind = view.protection.captcha;
    if (kind === 'none') throw new Problem('not_found', { detail: 'This voucher asks for no captcha' });
    await this.vouchers.requireOpen(view, this.ttlMs);
    const now = this.clock.now();
    const task = newTask(kind, wordsIn);
    const id = newId('cap', now);
    const picture = task.picture === undefined ? undefined : await this.draw(task.picture);
    const answerHash = this.hash(id, task.answer).toString('base64url');
    await this.store.put(subject(voucherId, userId), { id, answerHash }, this.ttlMs);
    this.metrics.captchas.inc({ kind, outcome: wordsIn === undefined ? 'made' : 'made_alternative' });
    return { id, kind: task.kind, picture, question: task.question, expiresAt: now + this.ttlMs };
  }

  /**
   * One try: right or wrong, the captcha is gone afterwards.
   * @throws Problem captcha_failed, dependency_unavailable
   */
  async solve(
    kind: CaptchaKind,
    voucherId: string,
    userId: string,
    { captchaId, answer }: CaptchaAnswer,
  ): Promise<void> {
    const open = await this.store.take(subject(voucherId, userId));
    if (open?.id !== captchaId) {
      // Slow people come here too: not held against anybody.
      this.metrics.captchas.inc({ kind, outcome: 'gone' });
      throw new Problem('captcha_failed', {
        detail: 'The captcha has expired, was answered, or was replaced by a newer one',
      });
    }
    const given = this.hash(captchaId, normalAnswer(answer));
    if (timingSafeEqual(given, Buffer.from(open.answerHash, 'base64url'))) {
      this.metrics.captchas.inc({ kind, outcome: 'solved' });
      return;
    }
    this.metrics.captchas.inc({ kind, outcome: 'failed' });
    const address = context.address();
    this.offences.note('captcha_failed', { userId, ...(address === undefined ? {} : { address }) });
    throw new Problem('captcha_failed', { detail: 'The answer is wrong' });
  }

  private async draw(text: string): Promise<Buffer> {
    if (this.drawing >= this.config.CAPTCHA_DRAWINGS_MAX) throw new Problem('overloaded');
    this.drawing += 1;
    try {
      return await drawCaptchaImage(text);
    } finally {
      this.drawing -= 1;
    }
  }

  private hash(captchaId: string, answer: string): Buffer {
    return createHmac('sha256', this.key).update(`${captchaId}/${answer}`).digest();
  }
}

const subject = (voucherId: string, userId: string): string => `${voucherId}/${userId}`;
