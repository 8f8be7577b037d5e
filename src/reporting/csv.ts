/**
 * Fields that a spreadsheet would take for a formula (OWASP, "CSV Injection"): people choose their names, and what they choose
 * is opened by others.
 */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/** A field by RFC 4180, always quoted, so that no separator in it can begin a field of its own. */
export function csvField(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  const harmless = typeof value === 'string' && FORMULA.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}

export const csvLine = (fields: readonly (string | number | null)[]): string =>
  `${fields.map(csvField).join(',')}\r\n`;

/** Without it spreadsheets take UTF-8 for something else. */
export const BYTE_ORDER_MARK = '\uFEFF';
