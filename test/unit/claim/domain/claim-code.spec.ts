import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normalizeCode } from '../../../../src/claim/domain/claim-code.js';
import { ClaimIds } from '../../../../src/common/ids.js';

const CODE = '7K2M-9QXV-0B41-HD5W';
const parts = ['7K2M', '9QXV', '0B41', 'HD5W'];
const wide = (text: string): string =>
  [...text].map((char) => String.fromCodePoint((char.codePointAt(0) ?? 0) + 0xfee0)).join('');

describe('a code as people type it', () => {
  it.each([
    ['as it is', CODE],
    ['in lower case', CODE.toLowerCase()],
    ['without dashes', parts.join('')],
    ['with blanks', parts.join(' ')],
    ['with blanks round dashes', parts.join(' - ')],
    ['with two dashes', parts.join('--')],
    ['with en dashes', parts.join('\u2013')],
    ['with em dashes', parts.join('\u2014')],
    ['with non-breaking hyphens', parts.join('\u2011')],
    ['with minus signs', parts.join('\u2212')],
    ['with dots', parts.join('.')],
    ['with middle dots', parts.join('·')],
    ['with underscores', parts.join('_')],
    ['with slashes', parts.join('/')],
    ['with tabs and line ends', `${parts.join('\t')}\r\n`],
    ['with non-breaking blanks', parts.join('\u00a0')],
    ['with a zero-width blank in it', `7K\u200b2M-9QXV-0B41-HD5W\u200b`],
    ['with a byte order mark and direction marks', `\ufeff\u202a${CODE}\u202c`],
    ['in full width', wide(CODE)],
    ['with O for 0', CODE.replace('0', 'O')],
    ['with l and I for 1', CODE.replace('1', 'l')],
    ['with I for 1', CODE.replace('1', 'I')],
    ['in quotes', `"${CODE}"`],
    ['in other quotes', `\u201c${CODE}\u201d`],
    ['with a full stop', `${CODE}.`],
    ['with three dots', `${CODE}....`],
    ['with a dash at its end', `${CODE}-`],
    ['with its label', `Code: ${CODE}`],
    ['with its label and no colon', `code ${CODE}`],
    ['with a Chinese label', `券码：${CODE}`],
    ['in a sentence with a label', `Your voucher code is: ${CODE}!`],
  ])('%s', (_, typed) => {
    expect(normalizeCode(typed)).toBe(CODE);
  });

  it.each([
    ['nothing', ''],
    ['a part of it', '7K2M-9QXV-0B41'],
    ['too much of it', `${CODE}A`],
    ['a letter that no code has', CODE.replace('K', 'U')],
    ['another alphabet', CODE.replace('K', 'К')],
    ['an e-mail', 'lin@example.com'],
    ['a novel', `${'a'.repeat(300)}${CODE}`],
  ])('is no code: %s', (_, typed) => {
    expect(normalizeCode(typed)).toBeUndefined();
  });

  it('every code that is made stays what it is, and comes out of any decoration', () => {
    const ids = new ClaimIds('a secret of the tests, 32 characters or more');
    const noise = fc.constantFrom('', ' ', '-', '\u2013', '.', '\u00a0', '\u200b', '_', '/');
    fc.assert(
      fc.property(fc.string(), fc.array(noise, { minLength: 20, maxLength: 20 }), (seed, between) => {
        const code = ids.code(seed);
        const typed = [...code.replaceAll('-', '')].map((char, n) => char + (between[n] ?? '')).join('');
        expect(normalizeCode(code)).toBe(code);
        expect(normalizeCode(typed.toLowerCase())).toBe(code);
      }),
    );
  });

  it('reads any text in a moment, and gives a code or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 250 }), (text) => {
        const code = normalizeCode(text);
        if (code !== undefined) expect(normalizeCode(code)).toBe(code);
      }),
    );
  });
});
