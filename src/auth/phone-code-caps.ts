import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { RateLimiter, type RateLimitRule } from '../rate-limit/index.js';
import { Problem } from '../common/problems.js';
import { CodeCaptcha, type CaptchaSolution } from './ports/code-captcha.js';

const DAY_MS = 86_400_000;
/** What one address may ask for one number, against what all may ask for it without a captcha. */
const BY_ONE_ASKER = 3;

/** What `captcha_required` and `captcha_failed` say of the captcha before a login code. */
export const LOGIN_CAPTCHA = { captcha: 'image', captchas_url: '/v1/auth/captchas' } as const;

export interface CodeAsker {
  /** Keyed hash of the number. */
  readonly number: string;
  /** The client's address. */
  readonly address: string;
  /** The number was signed in with before, from this address or on this device. */
  readonly known: boolean;
  /** The id of the device, where it was that. */
  readonly device: string | undefined;
  readonly captcha: CaptchaSolution | undefined;
}

/**
 * How many login codes there are. Without a captcha as many as the caps of the number and of the address; more are had for a
 * captcha each, so that neither strangers nor a full hall keep anybody out. What one address asks for one number is bounded
 * in any case: it bounds what a phone is pestered with, and its owner asks from elsewhere. A device of an earlier login is
 * bounded on its own: strangers at the same address do not use up what its owner may ask for.
 *
 * Buckets, and not windows: whoever is out of codes waits for the next one and not for a day. With the counts away nothing
 * is sent: messages cost money.
 */
@Injectable()
export class PhoneCodeCaps {
  private readonly rules: Readonly<Record<'address' | 'number' | 'asker', RateLimitRule>>;

  constructor(
    private readonly limiter: RateLimiter,
    private readonly captchas: CodeCaptcha,
    @Inject(CONFIG) config: Config,
  ) {
    const daily = {
      algorithm: 'token-bucket',
      windowMs: DAY_MS,
      scope: 'shared',
      whenAway: 'refuse',
    } as const;
    const perNumber = config.PHONE_CODES_PER_NUMBER_PER_DAY;
    this.rules = {
      address: { ...daily, name: 'phone-codes-address', limit: config.PHONE_CODES_PER_ADDRESS_PER_DAY },
      number: { ...daily, name: 'phone-codes-number', limit: perNumber },
      asker: { ...daily, name: 'phone-codes-asker', limit: perNumber * BY_ONE_ASKER },
    };
  }

  /** @throws Problem captcha_required, captcha_failed, too_many_codes, dependency_unavailable */
  async take({ number, address, known, device, captcha }: CodeAsker): Promise<void> {
    if (captcha) await this.captchas.solve(captcha);
    else if (!known) {
      // The address first: one that had its share must not use up that of a number.
      await this.orCaptcha(this.rules.address, address);
      await this.orCaptcha(this.rules.number, number);
    }
    const asker = device === undefined ? address : `device/${device}`;
    const { allowed, retryAfterMs } = await this.limiter.take(this.rules.asker, `${number}|${asker}`);
    if (!allowed) throw new Problem('too_many_codes', { retryAfterS: retryAfterMs / 1_000 });
  }

  private async orCaptcha(rule: RateLimitRule, subject: string): Promise<void> {
    const { allowed } = await this.limiter.take(rule, subject);
    if (allowed) return;
    throw new Problem('captcha_required', {
      detail: 'Too many codes were requested: solve a captcha to get one',
      extensions: LOGIN_CAPTCHA,
    });
  }
}
