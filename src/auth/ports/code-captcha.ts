export interface CaptchaSolution {
  readonly captchaId: string;
  readonly answer: string;
}

/** What stands before a login code once many were asked for. Each captcha is good for one try. */
export abstract class CodeCaptcha {
  /** @throws Problem captcha_failed, dependency_unavailable */
  abstract solve(solution: CaptchaSolution): Promise<void>;
}
