import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

const COUNTRIES: ReadonlySet<string> = new Set(['US', 'CN']);

/** Kinds of numbers that get messages; in the US the plan does not tell mobile from fixed. */
const KINDS: ReadonlySet<string> = new Set(['MOBILE', 'FIXED_LINE_OR_MOBILE']);

/** What people write: `+`, digits, and the usual signs between them. */
const WRITTEN = /^\+[\d\s().-]{6,40}$/;

/** As far as a pattern can say it, for the API document: the country, and how many digits follow. */
export const PHONE_PATTERN = /^\s*\+(1([\s().-]{0,2}\d){10}|86[\s().-]{0,2}1([\s().-]{0,2}\d){10})\s*$/;

export const PHONE_FORMAT =
  'must be a US or Chinese mobile number in international form: +1 and 10 digits, or +86 and 11 digits, such as +8613800138000';

/**
 * E.164 of a phone number that a person wrote in international form, or `undefined` where it is none that a code can go to.
 * The number plan is the library's (Google's libphonenumber metadata).
 */
export function toE164(text: string): string | undefined {
  const written = text.trim();
  if (!WRITTEN.test(written)) return undefined;
  const number = parsePhoneNumberFromString(written);
  if (!number?.isValid() || !COUNTRIES.has(number.country ?? '')) return undefined;
  return KINDS.has(number.getType() ?? '') ? number.number : undefined;
}

/** `+86*******8000`: enough to recognise, not enough to call. */
export const maskedPhone = (e164: string): string =>
  e164.slice(0, 3) + '*'.repeat(Math.max(e164.length - 7, 0)) + e164.slice(-4);
