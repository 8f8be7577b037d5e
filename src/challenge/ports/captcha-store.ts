/** An open captcha. */
export interface OpenCaptcha {
  readonly id: string;
  /** Keyed hash of id and answer: who reads the store learns no answer. */
  readonly answerHash: string;
}

/**
 * Open captchas, one for each subject. Lost ones are no harm: people ask for another.
 *
 * All methods reject with Problem dependency_unavailable when the store does not answer.
 */
export abstract class CaptchaStore {
  /** Keeps a captcha for `ttlMs`, in the place of the subject's earlier one. */
  abstract put(subject: string, captcha: OpenCaptcha, ttlMs: number): Promise<void>;
  /** Takes the subject's captcha out: of any number of callers at once, on all instances, one gets it. */
  abstract take(subject: string): Promise<OpenCaptcha | undefined>;
}
