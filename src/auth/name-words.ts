import { foldText } from '../common/text.js';

/** Letters that Unicode does not take apart into a plain one and a mark. */
const PLAIN: Readonly<Record<string, string>> = {
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
};
const SPECIAL = new RegExp(`[${Object.keys(PLAIN).join('')}]`, 'gu');
/** Written within a name, and left out by others. */
const APOSTROPHES = /['`´‘’ʼʻ]/gu;
const HAN = /^\p{Script=Han}+$/u;
const BLANKS_WITHIN_HAN = /(?<=\p{Script=Han}) +(?=\p{Script=Han})/gu;

/** Characters of a word, and words of a name, that are looked at. */
const WORD_MAX = 64;
const WORDS_MAX = 40;

/**
 * The words of a name as they are compared: without case, marks and apostrophes, in the forms of `foldText`. Names in Han have no blanks.
 */
export function nameWords(text: string): string[] {
  const plain = foldText(text)
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .normalize('NFC') // Hangul again in syllables
    .replace(SPECIAL, (letter) => PLAIN[letter] ?? letter)
    .replace(APOSTROPHES, '')
    .replace(BLANKS_WITHIN_HAN, '');
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, WORDS_MAX).map((word) => cut(word, WORD_MAX));
}

/** What a name is found by: how each of its words begins, and in Han any part, since nobody says where the given name begins. */
export function indexedWords(name: string): string[] {
  const all = nameWords(name).flatMap((word) => {
    const letters = [...word];
    return HAN.test(word) ? letters.map((_letter, at) => letters.slice(at).join('')) : [word];
  });
  return [...new Set(all)].slice(0, WORDS_MAX);
}

const cut = (word: string, length: number): string => [...word].slice(0, length).join('');
