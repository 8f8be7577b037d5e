import { Problem } from '../common/problems.js';

/** The fields of a posted form. */
export type Form = Readonly<Record<string, string | undefined>> | undefined;

/** What a person pastes of a mail: its whole link, of which the secret counts, behind the `#`. */
export const secretOf = (pasted = ''): string => pasted.slice(pasted.lastIndexOf('#') + 1).trim();

/** @returns the refusal, to be said on the form where the person can mend it; `undefined` where the work is done */
export async function refusalOf(work: () => Promise<void>): Promise<Problem | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

/** The answer to a captcha that stood on the form, as the API takes it. */
export function captchaOf(form: Form): { captcha_id?: string; captcha_answer?: string } {
  const id = form?.['captcha_id'];
  return id === undefined ? {} : { captcha_id: id, captcha_answer: form?.['captcha_answer'] ?? '' };
}

/** Whether a form is shown once more, with a new captcha. */
export const asksForCaptcha = (error: unknown): error is Problem =>
  error instanceof Problem && (error.code === 'captcha_required' || error.code === 'captcha_failed');
