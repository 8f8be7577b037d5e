import { validated } from '../http/validation/validation.js';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { phoneCodeBody, SessionCookies, type PhoneCodeBody } from '../auth/index.js';
import { LoginCaptchas, type Captcha } from '../challenge/index.js';
import { Problem } from '../common/problems.js';
import { Pages } from './pages.js';
import { asksForCaptcha, captchaOf, type Form } from './read-form.js';

/** What a form for a code shows next: that the code is sent, or a captcha that comes before it and why. */
export type PhoneCodeStep =
  | { readonly phone: string; readonly requestId: string }
  | { readonly phone: string; readonly captcha: Captcha; readonly refused: Problem };

/** Codes for a phone number, asked for by plain forms. */
@Injectable()
export class PhoneCodeForms {
  constructor(
    private readonly pages: Pages,
    private readonly captchas: LoginCaptchas,
    private readonly cookies: SessionCookies,
  ) {}

  /**
   * @param send asks for the code as the API does, with the token of the device
   * @throws Problem validation_failed, and what `send` throws but for what a captcha answers
   */
  async ask(
    form: Form,
    request: FastifyRequest,
    send: (body: PhoneCodeBody, device: string | undefined) => Promise<{ readonly id: string }>,
  ): Promise<PhoneCodeStep> {
    const body = validated(phoneCodeBody, { phone: form?.['phone'], ...captchaOf(form) });
    const { phone } = body;
    const inWords = form?.['words'] === '1';
    try {
      if (inWords) throw new Problem('captcha_required');
      const { id } = await send(body, this.cookies.deviceToken(request.headers));
      return { phone, requestId: id };
    } catch (error) {
      if (!asksForCaptcha(error)) throw error;
      const { language } = this.pages.renderContext(request);
      return { phone, captcha: await this.captchas.make(inWords ? language : undefined), refused: error };
    }
  }
}
