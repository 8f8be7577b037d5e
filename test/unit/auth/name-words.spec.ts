import { describe, expect, it } from '@jest/globals';
import { indexedWords, nameWords } from '../../../src/auth/name-words.js';

/** As a search finds a name: each word that is asked for begins one of the name's. */
const finds = (asked: string, name: string): boolean => {
  const words = nameWords(asked);
  return words.length > 0 && words.every((word) => indexedWords(name).some((one) => one.startsWith(word)));
};

describe('the words of a name', () => {
  it.each([
    ['schmidt', 'Anna-Lena Schmidt'],
    ['anna schmidt', 'Anna-Lena Schmidt'],
    ['schm an', 'Anna-Lena Schmidt'],
    ["o'neil", 'Kate O’Neil'],
    ['oneil', "Kate O'Neil"],
    ['kate', 'Mary Kate Brown'],
    ['李小龙', '李 小龙'],
    ['小龙', '李小龙'],
    ['龙', '李小龙'],
    ['elo', 'Éloïse Martin'],
    ['élo', 'Eloise Martin'],
    ['ZOË', 'zoe'],
    ['muller', 'Jörg MÜLLER'],
    ['lukasz', 'Łukasz Nowak'],
    ['ang', 'Ångström'],
    ['strasse', 'Straße'],
    ['ＬＩＮ', 'lin wei'],
    ['김', '김철수'],
  ])('%s finds %s', (asked, name) => expect(finds(asked, name)).toBe(true));

  it.each([
    ['mid', 'Anna Schmidt'],
    ['anna brown', 'Anna Schmidt'],
    ['小李', '李小龙'],
    ['--', 'Anna Schmidt'],
    ["''", 'Anna Schmidt'],
  ])('%s does not find %s', (asked, name) => expect(finds(asked, name)).toBe(false));

  it('are bounded, and none stands twice', () => {
    expect(indexedWords('a '.repeat(100))).toEqual(['a']);
    const long = indexedWords(Array.from({ length: 200 }, (_none, n) => `w${n}`).join(' '));
    expect(long).toHaveLength(40);
    expect([...(indexedWords('x'.repeat(200))[0] ?? '')]).toHaveLength(64);
    expect(indexedWords('龙'.repeat(100)).length).toBeLessThanOrEqual(40);
  });
});
