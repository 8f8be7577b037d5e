import { createHmac, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Metrics } from '../observability/metrics.js';
import { deriveKey } from '../common/derive-key.js';
import { Clock } from '../common/clock.js';
import { Problem } from '../common/problems.js';
import { drawCaptchaImage } from './captcha-image.js';
import { newTask, normalAnswer, type CaptchaKind, type CaptchaLanguage } from './captcha-task.js';
import { CaptchaStore } from './ports/captcha-store.js';

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

/** `gone`: it has expired, was answered, or was replaced by a newer one. */
export type CaptchaVerdict = 'solved' | 'failed' | 'gone';

/** Draws captchas and judges answers, whatever they stand before. A subject has one open captcha; a new one takes its place. */
@Injectable()
export class CaptchaDesk {
  readonly ttlMs: number;
  private readonly key: Buffer;
  private drawing = 0;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly store: CaptchaStore,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    this.key = deriveKey(config.CLAIM_SECRET, 'captcha');
    this.ttlMs = config.CAPTCHA_TTL_S * 1_000;
  }

  /**
   * @param subject whose captcha it is, by its id
   * @param wordsIn language of a question in words instead of a picture
   * @throws Problem overloaded when too many pictures are being drawn; dependency_unavailable
   */
  async make(
    kind: CaptchaKind,
    wordsIn: CaptchaLanguage | undefined,
    id: string,
    subject: string,
  ): Promise<Captcha> {
    const task = newTask(kind, wordsIn);
    const picture = task.picture === undefined ? undefined : await this.draw(task.picture);
    const answerHash = this.hash(id, task.answer).toString('base64url');
    await this.store.put(subject, { id, answerHash }, this.ttlMs);
    this.metrics.captchas.inc({ kind, outcome: wordsIn === undefined ? 'made' : 'made_alternative' });
    const expiresAt = this.clock.now() + this.ttlMs;
    return { id, kind: task.kind, picture, question: task.question, expiresAt };
  }

  /** One try: right or wrong, the captcha is gone afterwards. @throws Problem dependency_unavailable */
  async judge(
    kind: CaptchaKind,
    subject: string,
    { captchaId, answer }: CaptchaAnswer,
  ): Promise<CaptchaVerdict> {
    const verdict = await this.verdict(subject, captchaId, answer);
    this.metrics.captchas.inc({ kind, outcome: verdict });
    return verdict;
  }

  private async verdict(subject: string, captchaId: string, answer: string): Promise<CaptchaVerdict> {
    const open = await this.store.take(subject);
    if (open?.id !== captchaId) return 'gone';
    const given = this.hash(captchaId, normalAnswer(answer));
    return timingSafeEqual(given, Buffer.from(open.answerHash, 'base64url')) ? 'solved' : 'failed';
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

const FAILURES = {
  gone: 'The captcha has expired, was answered, or was replaced by a newer one',
  failed: 'The answer is wrong',
} as const;

export const captchaFailed = (verdict: 'gone' | 'failed', extensions?: Readonly<Record<string, unknown>>) =>
  new Problem('captcha_failed', { detail: FAILURES[verdict], ...(extensions ? { extensions } : {}) });
