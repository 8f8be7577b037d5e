import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { foldText } from '../common/text.js';

const COUNTRIES: ReadonlySet<string> = new Set(['US', 'CN']);

/** Kinds of numbers that get messages; in the US the plan does not tell mobile from fixed. */
const KINDS: ReadonlySet<string> = new Set(['MOBILE', 'FIXED_LINE_OR_MOBILE']);

/** An international number once it is folded: `+`, digits, and the usual signs between them. */
const INTERNATIONAL = /^\+[\d\s().-]{6,40}$/;
/** A Chinese mobile number as everybody writes it there, also with the country's code and no sign before it. */
const CHINESE_MOBILE = /^(?:86)?(1[3-9]\d{9})$/;
/** RFC 3966 `;ext=5`, and what people write for it. */
const EXTENSION = /\s*(?:;\s*ext=|#|\b(?:extension|ext|x)\.?:?)\s*\d{1,7}$/i;

export const PHONE_MAX_LENGTH = 80;

/** The usual forms, for the API document; `toE164` reads more. */
export const PHONE_PATTERN =
  '^(tel:)?[ ]?((\\+|00)?[ ]?86[\\s().-]{0,3}(0[\\s().-]{0,2})?1[3-9]([\\s().-]{0,2}\\d){9}|1[3-9]([\\s().-]{0,2}\\d){9}|' +
  '(\\+|00)[ ]?1[\\s().-]{0,2}[2-9]([\\s().-]{0,2}\\d){9})([ ]?(ext\\.?|x|;ext=)[ ]?\\d{1,7})?[ ]?$';

export const PHONE_FORMAT =
  'Enter a US or Chinese mobile number, for example 138 0013 8000 or +1 415 555 2671';

/**
 * E.164 of a mobile number as people write, copy and scan it, or `undefined` where it is none that a code can go to: any width,
 * dashes and blanks, invisible marks of a contact card, `tel:`, `00` for the plus, an extension (which a code does not reach),
 * and a Chinese number without its country. The number plan is the library's (Google's libphonenumber metadata).
 */
export function toE164(text: string): string | undefined {
  if (text.length > PHONE_MAX_LENGTH) return undefined;
  const number = parsePhoneNumberFromString(international(text));
  if (!number?.isValid() || !COUNTRIES.has(number.country ?? '')) return undefined;
  return KINDS.has(number.getType() ?? '') ? number.number : undefined;
}

/** In the form that the library reads; empty where it has another. */
function international(text: string): string {
  const written = foldText(text)
    .replace(/^tel:\s*/i, '')
    .replace(EXTENSION, '')
    .replaceAll('/', ' ')
    .replace(/^\(((?:\+|00)\d{1,3})\)/, '$1 ');
  const national = CHINESE_MOBILE.exec(written.replace(/[\s().-]/g, ''))?.[1];
  const number = national === undefined ? written.replace(/^00(?=[\s().-]*[1-9])/, '+') : `+86${national}`;
  return INTERNATIONAL.test(number) ? number : '';
}

/** `+86*******8000`: enough to recognise, not enough to call. */
export const maskedPhone = (e164: string): string =>
  e164.slice(0, 3) + '*'.repeat(Math.max(e164.length - 7, 0)) + e164.slice(-4);
