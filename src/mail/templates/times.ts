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

/**
 * A zone as a reader of any other one can reckon with it: `Asia/Shanghai, UTC+08:00`. A mail does not know where it is read.
 * @param at ms since 1970, since clocks change
 */
export function zoneName(at: number, zone: string): string {
  if (zone === 'UTC') return zone;
  const style = { timeZone: zone, timeZoneName: 'longOffset' } as const;
  const parts = new Intl.DateTimeFormat('en-GB', style).formatToParts(at);
  // `GMT+08:00`, and `GMT` alone in winter in London.
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value.slice('GMT'.length) ?? '';
  return `${zone.replaceAll('_', ' ')}, UTC${offset}`;
}

/** With its day. @param at ms since 1970 */
export const dateTime = (language: Language, at: number, zone: string): string =>
  formatted(language, at, zone, { dateStyle: 'medium', timeStyle: 'short' });
