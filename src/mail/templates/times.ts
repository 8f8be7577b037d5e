import { localeTag, type Language } from '../../http/language.js';

const formatted = (
  language: Language,
  at: number,
  timeZone: string,
  style: Intl.DateTimeFormatOptions,
): string => new Intl.DateTimeFormat(localeTag(language), { ...style, timeZone }).format(at);

/** `20:00`, as the clocks of a zone show it. @param at ms since 1970 */
export const clockTime = (language: Language, at: number, zone: string): string =>
  formatted(language, at, zone, { timeStyle: 'short' });

/** With its day. @param at ms since 1970 */
export const dateTime = (language: Language, at: number, zone: string): string =>
  formatted(language, at, zone, { dateStyle: 'medium', timeStyle: 'short' });
