/** Letters and digits that a code has at least: of a shorter one the ending that merchants see would say too much. */
const CODE_LETTERS_MIN = 6;
const FORM = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,30}[A-Za-z0-9])?$/;
const FOLDED = new RegExp(`^[0-9A-Z]{${CODE_LETTERS_MIN},32}$`);
/** What people copy along: "Code: ...", "券码：...". No imported code has one of these in it. */
const LABEL = /^.*[:=#]/s;

/** Whether a text can be a code that a merchant brings along: up to 32 letters, digits, dots, dashes and underscores. */
export const isImportedCode = (text: string): boolean =>
  FORM.test(text) && foldImportedCode(text) !== undefined;

/**
 * How imported codes are compared, whatever somebody typed, pasted or scanned: in any case and width, with or without dashes, dots and
 * blanks, a label before it. O and 0 stay apart: merchants' codes may have both.
 * @returns `undefined` where the text is no code
 */
export function foldImportedCode(text: string): string | undefined {
  if (text.length > 200) return undefined;
  const plain = text
    .normalize('NFKC')
    .trim()
    .replace(LABEL, '')
    .replace(/[\p{P}\p{S}\p{Z}\p{C}]/gu, '')
    .toUpperCase();
  return FOLDED.test(plain) ? plain : undefined;
}
