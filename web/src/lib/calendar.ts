/** One entry of a calendar (RFC 5545), as programs of all kinds take it. */
export interface CalendarEntry {
  /** The same for the same thing: an entry that is added twice is one. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly url: string;
  readonly location?: string | undefined;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  /** How long before `start` it reminds, in minutes. */
  readonly remindMinutes: number;
}

/** A line has at most 75 octets without its break (RFC 5545, section 3.1). */
const LINE_OCTETS = 75;

/** The text of a file with one entry. @param now milliseconds since 1970 */
export function calendarText(entry: CalendarEntry, now: number): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//VoucherConnect//EN',
    'CALSCALE:GREGORIAN',
    'BEGIN:VEVENT',
    `UID:${escaped(entry.uid)}`,
    `DTSTAMP:${utc(now)}`,
    `DTSTART:${utc(entry.start)}`,
    `DTEND:${utc(entry.end)}`,
    `SUMMARY:${escaped(entry.title)}`,
    `DESCRIPTION:${escaped(entry.description)}`,
    `URL:${oneLine(entry.url)}`,
    ...(entry.location === undefined ? [] : [`LOCATION:${escaped(entry.location)}`]),
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    `DESCRIPTION:${escaped(entry.title)}`,
    `TRIGGER:-PT${entry.remindMinutes}M`,
    'END:VALARM',
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

/** `20300101T120000Z`. */
const utc = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;

/** TEXT (section 3.3.11): backslash, comma, semicolon and line breaks are escaped; other control characters have no place. */
const escaped = (text: string): string =>
  text
    .replace(/[\\;,]/g, (char) => `\\${char}`)
    .replace(/\r\n|\r|\n/g, '\\n')
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');

// eslint-disable-next-line no-control-regex
const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f]/g, '');

/** Long lines go on after a break and a blank, and never break within a character. */
function folded(line: string): string {
  const encoder = new TextEncoder();
  let out = '';
  let octets = 0;
  for (const char of line) {
    const size = encoder.encode(char).length;
    if (octets + size > LINE_OCTETS) {
      out += '\r\n ';
      octets = 1;
    }
    out += char;
    octets += size;
  }
  return out;
}

const HOUR_MS = 3_600_000;
const DAY_MINUTES = 1_440;

/**
 * When a voucher can be used, as an entry: the last hour of its time, with a reminder on the day before; without an end, the first
 * hour. Nothing where it can be used at any time.
 */
export function useByTimes(
  redeemFrom: number | undefined,
  redeemUntil: number | undefined,
): Pick<CalendarEntry, 'start' | 'end' | 'remindMinutes'> | undefined {
  if (redeemUntil !== undefined)
    return {
      start: Math.max(redeemUntil - HOUR_MS, redeemFrom ?? 0),
      end: redeemUntil,
      remindMinutes: DAY_MINUTES,
    };
  return redeemFrom === undefined
    ? undefined
    : { start: redeemFrom, end: redeemFrom + HOUR_MS, remindMinutes: 0 };
}
