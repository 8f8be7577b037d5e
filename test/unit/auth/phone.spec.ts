import { describe, expect, it } from '@jest/globals';
import { maskedPhone, toE164 } from '../../../src/auth/phone.js';

describe('phone numbers', () => {
  it.each([
    ['+8613800138000', '+8613800138000'],
    ['+86 138 0013 8000', '+8613800138000'],
    ['+86-138-0013-8000', '+8613800138000'],
    [' +8619912345678 ', '+8619912345678'],
    ['+12125550123', '+12125550123'],
    ['+1 (415) 555-2671', '+14155552671'],
    ['+1.650.253.0000', '+16502530000'],
  ])('%j is %s', (written, e164) => {
    expect(toE164(written)).toBe(e164);
  });

  it.each([
    ['no country', '13800138000'],
    ['a national form', '(212) 555-0123'],
    ['nothing', ''],
    ['a plus alone', '+'],
    ['words', '+86 call me'],
    ['a number of words', '+1 800 FLOWERS'],
    ['an extension', '+12125550123;ext=5'],
    ['a URI', 'tel:+12125550123'],
    ['a digit too few', '+861380013800'],
    ['a digit too many', '+86138001380000'],
    ['an area code that is none', '+11235550123'],
    ['a Chinese fixed line', '+861062345678'],
    ['a toll-free number', '+18002345678'],
    ['a premium number', '+19002345678'],
    ['another country', '+442079460958'],
    ['another country of +1', '+14165550123'],
    ['an island of +1', '+18765550123'],
    ['Hong Kong', '+85251234567'],
    ['other digits', '+٨٦١٣٨٠٠١٣٨٠٠٠'],
    ['NUL', '+8613800138000\u0000'],
    ['two numbers', '+8613800138000 +8613800138000'],
  ])('%s is refused: %j', (_name, written) => {
    expect(toE164(written)).toBeUndefined();
  });

  it('are shown so that nobody can call them', () => {
    expect(maskedPhone('+8613800138000')).toBe('+86*******8000');
    expect(maskedPhone('+12125550123')).toBe('+12*****0123');
  });
});
