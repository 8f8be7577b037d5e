import { describe, expect, it } from '@jest/globals';
import { normalEmail } from '../../../src/common/email.js';
import { foldText, visibleText } from '../../../src/common/text.js';

describe('text that is compared', () => {
  it.each([
    ['wide letters and digits', '\uff2c\uff29\uff2e \uff11\uff12', 'LIN 12'],
    ['dashes of all kinds', 'a\u2010b\u2011c\u2012d\u2013e\u2014f\u2212g\uff0dh', 'a-b-c-d-e-f-g-h'],
    ['blanks of all kinds', ' a\u00a0b\u3000c\td\n\u2009e ', 'a b c d e'],
    ['what is invisible', '\ufeffl\u200bi\u00adn\u2060\u200e\u202e', 'lin'],
    ['blanks that are letters', '\u3164lin\u2800\uffa0', 'lin'],
  ])('%s', (_name, text, folded) => {
    expect(foldText(text)).toBe(folded);
    expect(foldText(foldText(text))).toBe(folded);
  });
});

describe('text that is shown', () => {
  it.each([
    ['turns nothing', 'Lin \u202etac\u202c \u2067x\u2069', 'Lin tac x'],
    ['is composed', 'Zoe\u0308', 'Zo\u00eb'],
    ['keeps wide letters', '\uff2c\uff29\uff2e', '\uff2c\uff29\uff2e'],
    ['keeps a family together', '\u{1f469}\u200d\u{1f467}', '\u{1f469}\u200d\u{1f467}'],
    ['keeps Persian as it is written', '\u0645\u06cc\u200c\u062e', '\u0645\u06cc\u200c\u062e'],
    ['has no joiners that join nothing', '\u200dLin\u200c \u200d\u200c', 'Lin '],
    ['is empty where nothing shows', '\u200b\u200e\u2060\ufeff', ''],
  ])('%s', (_name, text, shown) => {
    expect(visibleText(text)).toBe(shown);
    expect(visibleText(visibleText(text))).toBe(shown);
  });
});

describe('e-mail addresses', () => {
  it.each([
    [' Lin@Example.COM ', 'lin@example.com'],
    ['lin\uff20example.com', 'lin@example.com'],
    ['\u202alin@example.com\u202c', 'lin@example.com'],
    ['\u7528\u6237@\u4f8b\u5b50.\u4e2d\u56fd', '\u7528\u6237@xn--fsqu00a.xn--fiqs8s'],
    ['user@xn--fsqu00a.xn--fiqs8s', 'user@xn--fsqu00a.xn--fiqs8s'],
    ['lin@m\u00fcller.de', 'lin@xn--mller-kva.de'],
    ['lin@mu\u0308ller.de', 'lin@xn--mller-kva.de'],
    ['lin@xn--mller-kva.de', 'lin@xn--mller-kva.de'],
    ['lin@sub.\u4f8b\u5b50.com', 'lin@sub.xn--fsqu00a.com'],
    ['j\u00fcrgen@example.com', 'j\u00fcrgen@example.com'],
    ['user!name@example.com', 'user!name@example.com'],
    ['user/dept@example.com', 'user/dept@example.com'],
    ['a=b@example.com', 'a=b@example.com'],
    ['#lin@example.com', '#lin@example.com'],
    ["o'brien@example.com", "o'brien@example.com"],
    ['lin.@docomo.ne.jp', 'lin.@docomo.ne.jp'],
    ['lin+tag@example.com', 'lin+tag@example.com'],
    ['"lin"@example.com', 'lin@example.com'],
    ['"lin yue"@example.com', '"lin yue"@example.com'],
    ['"l@n"@example.com', '"l@n"@example.com'],
  ])('%j is %s', (written, stored) => {
    expect(normalEmail(written)).toBe(stored);
    expect(normalEmail(stored)).toBe(stored);
  });

  it.each([
    '',
    'lin',
    '@example.com',
    'lin@',
    'lin@localhost',
    'lin@127.0.0.1',
    'lin@[127.0.0.1]',
    'lin@example..com',
    'lin@-example.com',
    'lin@exa mple.com',
    'lin yue@example.com',
    '.lin@example.com',
    'lin@example.com\r\nBcc: x@example.com',
    '"lin\r\n"@example.com ',
    'a@b@example.com',
    'lin<x>@example.com',
    'lin@example.com, x@example.com',
    'lin@example.com\u0000',
    `${'l'.repeat(65)}@example.com`,
    `lin@${'e'.repeat(64)}.com`,
    `lin@${'example.'.repeat(40)}com`,
  ])('%j is refused', (written) => {
    expect(normalEmail(written)).toBeUndefined();
  });
});
