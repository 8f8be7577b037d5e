import { LRUCache } from 'lru-cache';
import type { VoucherView } from '../../voucher/index.js';
import { markup, type Html } from '../../common/markup.js';
import { LANGUAGES, localeTag, type Language } from '../../http/language.js';
import { rfc3339 } from '../../common/clock.js';
import { formatMoney } from '../../common/minor-units.js';

/** Kept: made anew for each value they were half of what a page costs. */
const numbers = new Map(LANGUAGES.map((language) => [language, new Intl.NumberFormat(localeTag(language))]));
/** Of languages and zones; merchants may name several hundred of those. */
const times = new LRUCache<string, Intl.DateTimeFormat>({ max: 100 });

export const number = (language: Language, value: number): string =>
  numbers.get(language)?.format(value) ?? String(value);

/** In the time zone of the voucher: everybody gets the same page, wherever they are. */
export function time(language: Language, ms: number, timeZone: string): string {
  const key = `${language} ${timeZone}`;
  let format = times.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(localeTag(language), {
      dateStyle: 'medium',
      timeStyle: 'short',
      timeZone,
    });
    times.set(key, format);
  }
  return format.format(ms);
}

export const timeElement = (language: Language, ms: number, timeZone: string): Html =>
  markup`<time datetime="${rfc3339(ms)}">${time(language, ms, timeZone)}</time>`;

/** `undefined` for a voucher without a value. */
export function faceValue(
  language: Language,
  { faceAmount, faceCurrency }: Pick<VoucherView, 'faceAmount' | 'faceCurrency'>,
): string | undefined {
  if (faceAmount === null || faceCurrency === null) return undefined;
  return formatMoney(localeTag(language), faceAmount, faceCurrency);
}
