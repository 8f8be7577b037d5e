import { rfc3339OrNull } from '../common/clock.js';
import { wallClock } from '../common/wall-clock.js';

/**
 * Fields that a spreadsheet would take for a formula (OWASP, "CSV Injection"): people choose their names, and what they choose
 * is opened by others.
 */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
export const isFormula = (text: string): boolean => FORMULA.test(text);

/** A field by RFC 4180, always quoted, so that no separator in it can begin a field of its own. */
function csvField(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  const harmless = typeof value === 'string' && isFormula(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}

export const SEPARATORS = { comma: ',', semicolon: ';', tab: '\t' } as const;
export type Separator = keyof typeof SEPARATORS;

/** @param separator the one that the reader's spreadsheet expects: where decimals have a comma, that is a semicolon */
export const csvLine = (
  fields: readonly (string | number | null)[],
  separator: Separator = 'comma',
): string => `${fields.map(csvField).join(SEPARATORS[separator])}\r\n`;

/**
 * How an export writes times: as spreadsheets read them, `2030-01-01 20:00:00`, by the clocks of a zone; without one, as the API does.
 * @param zone IANA name
 */
export function csvTime(zone: string | undefined): (at: number | null) => string | null {
  if (zone === undefined) return rfc3339OrNull;
  const format = wallClock(zone);
  return (at) => (at === null ? null : format(at));
}

/** Without it spreadsheets take UTF-8 for something else. */
export const BYTE_ORDER_MARK = '\uFEFF';
