import type { VoucherView } from '../../voucher/index.js';
import { markup, type Html } from '../../common/markup.js';
import { localeTag, type Language } from '../../http/language.js';
import { rfc3339 } from '../../common/clock.js';
import { formatMoney } from '../../common/minor-units.js';

export const number = (language: Language, value: number): string =>
  new Intl.NumberFormat(localeTag(language)).format(value);

/** In the time zone of the voucher: everybody gets the same page, wherever they are. */
export const time = (language: Language, ms: number, timeZone: string): string =>
  new Intl.DateTimeFormat(localeTag(language), { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(
    ms,
  );

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
