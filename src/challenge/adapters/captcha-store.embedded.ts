import type { Clock } from '../../common/clock.js';
import { CaptchaStore, type OpenCaptcha } from '../ports/captcha-store.js';

/** More open captchas than this and the oldest is dropped: memory is bounded. */
const MAX_CAPTCHAS = 200_000;

/** Open captchas in this process. */
export class EmbeddedCaptchaStore extends CaptchaStore {
  /** In the order they were put. */
  private readonly open = new Map<string, { readonly captcha: OpenCaptcha; readonly expiresAt: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly max = MAX_CAPTCHAS,
  ) {
    super();
  }

  async put(subject: string, captcha: OpenCaptcha, ttlMs: number): Promise<void> {
    const now = this.clock.now();
    this.open.delete(subject);
    this.open.set(subject, { captcha, expiresAt: now + ttlMs });
    for (const [oldest, { expiresAt }] of this.open) {
      if (expiresAt > now && this.open.size <= this.max) break;
      this.open.delete(oldest);
    }
  }

  async take(subject: string): Promise<OpenCaptcha | undefined> {
    const found = this.open.get(subject);
    this.open.delete(subject);
    return found && found.expiresAt > this.clock.now() ? found.captcha : undefined;
  }
}
