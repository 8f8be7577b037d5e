/**
 * Characters that show nothing, or turn what stands beside them: format characters (Unicode category Cf: zero width,
 * direction marks, overrides and isolates, soft hyphen, tags) and fillers that are letters by category only. Joiners are
 * kept by `visibleText`, since scripts and emoji are written with them.
 */
const INVISIBLE = /\p{Cf}|\u115f|\u1160|\u17b4|\u17b5/gu;
const INVISIBLE_BUT_JOINERS = /(?![\u200c\u200d])\p{Cf}|\u115f|\u1160|\u17b4|\u17b5/gu;
/** Joiners that join nothing: at an end, beside a blank, or one after another. */
const IDLE_JOINERS =
  /(?<![^\s\u200c\u200d])[\u200c\u200d]+|[\u200c\u200d]+(?!\S)|(?<=[\u200c\u200d])[\u200c\u200d]+/gu;
/** Blanks that are letters or symbols by category. */
const BLANK_LETTERS = /[\u2800\u3164\uffa0]/g;
/** Unicode's dashes, the minus sign, and the wave and prolonged marks that keyboards put in their place between digits. */
const DASHES = /[\p{Pd}\u2212\u02d7]/gu;

/** Text of people as it is kept and shown: composed (NFC), and nothing in it that is invisible or turns the rest. */
export function visibleText(text: string): string {
  return text
    .normalize('NFC')
    .replace(INVISIBLE_BUT_JOINERS, '')
    .replace(BLANK_LETTERS, ' ')
    .replace(IDLE_JOINERS, '');
}

/**
 * Text as it is compared: whoever writes the same with another keyboard, font or clipboard means the same. Compatibility
 * forms (NFKC: wide letters and digits, ligatures), dashes and blanks are one each, and nothing invisible is left.
 */
export function foldText(text: string): string {
  return text
    .normalize('NFKC')
    .replace(INVISIBLE, '')
    .replace(BLANK_LETTERS, ' ')
    .replace(DASHES, '-')
    .replace(/\s+/gu, ' ')
    .trim();
}

/** Lines of text as one, with `between` in the place of each break; an empty line leaves nothing. */
export function onOneLine(text: string, between = ', '): string {
  const lines = text.split(/[\p{Cc}\u2028\u2029]+/u).map((line) => line.trim());
  return lines.filter((line) => line !== '').join(between);
}
