import { Injectable } from '@nestjs/common';
import { CodeCaptcha, LOGIN_CAPTCHA, type CaptchaSolution } from '../auth/index.js';
import { Clock } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { CaptchaDesk, captchaFailed, type Captcha } from './captcha-desk.js';
import type { CaptchaLanguage } from './captcha-task.js';

/**
 * Captchas before login codes. Nobody is known yet, so each is a subject of its own: people who share an address do not
 * replace each other's. A wrong answer is held against nobody, for the same reason.
 */
@Injectable()
export class LoginCaptchas extends CodeCaptcha {
  constructor(
    private readonly desk: CaptchaDesk,
    private readonly clock: Clock,
  ) {
    super();
  }

  /** @throws Problem overloaded, dependency_unavailable */
  make(wordsIn: CaptchaLanguage | undefined): Promise<Captcha> {
    const id = newId('cap', this.clock.now());
    return this.desk.make(LOGIN_CAPTCHA.captcha, wordsIn, id, subject(id));
  }

  async solve(solution: CaptchaSolution): Promise<void> {
    const verdict = await this.desk.judge(LOGIN_CAPTCHA.captcha, subject(solution.captchaId), solution);
    if (verdict !== 'solved') throw captchaFailed(verdict, LOGIN_CAPTCHA);
  }
}

const subject = (id: string): string => `login/${id}`;
