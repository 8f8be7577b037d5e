/** Characters of a code, without the dashes. */
const LENGTH = 16;
/** Crockford's base 32, in upper case. */
const PLAIN = /^[0-9A-HJKMNP-TV-Z]{16}$/;
/** What people copy along: "Code: ...", "券码：...". */
const LABEL = /^.*[:=#]/s;

/**
 * A claim's code as it is stored (`7K2M-9QXV-0B4T-HD5W`), from what somebody typed, pasted or scanned: any case and width, with or
 * without any dashes, dots, blanks or quotes, invisible characters, a label before it; O for 0, I and L for 1 (Crockford's base 32).
 * The only place that knows how codes are typed: lookup, search and redemption all go through it.
 * @returns `undefined` where the text is no code
 */
export function normalizeCode(text: string): string | undefined {
  if (text.length > 200) return undefined;
  const folded = text.normalize('NFKC').trim();
  return (
    plainCode(folded) ?? plainCode(folded.replace(LABEL, '')) ?? plainCode(folded.replace(/^\s*code\b/i, ''))
  );
}

function plainCode(text: string): string | undefined {
  const plain = text
    .replace(/[\p{P}\p{S}\p{Z}\p{C}]/gu, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  if (plain.length !== LENGTH || !PLAIN.test(plain)) return undefined;
  return plain.replace(/(.{4})(?=.)/g, '$1-');
}
