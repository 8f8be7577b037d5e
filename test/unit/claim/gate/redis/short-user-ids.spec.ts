import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shortUserId, userOfField } from '../../../../../src/claim/gate/redis/short-user-ids.js';
import { newId } from '../../../../../src/common/ids.js';

const ALPHABET = [...'0123456789abcdefghjkmnpqrstvwxyz'];
const id = fc
  .array(fc.constantFrom(...ALPHABET), { minLength: 16, maxLength: 16 })
  .map((chars) => `usr_${chars.join('')}`);

describe('the short form of a user id', () => {
  it('leads back to it, is another one for each, and takes 14 bytes as text', () => {
    fc.assert(
      fc.property(id, id, (one, other) => {
        const short = shortUserId(one);
        expect(Buffer.byteLength(short)).toBe(14);
        expect(userOfField(short)).toBe(one);
        expect(shortUserId(other) === short).toBe(other === one);
      }),
    );
    for (const one of ['usr_0000000000000000', 'usr_zzzzzzzzzzzzzzzz', newId('usr', Date.now())])
      expect(userOfField(shortUserId(one))).toBe(one);
  });

  it('differs where one character does', () => {
    const forms = new Set<string>();
    for (let place = 0; place < 16; place++)
      for (const char of ALPHABET.slice(1))
        forms.add(shortUserId(`usr_${'0'.repeat(place)}${char}${'0'.repeat(15 - place)}`));
    expect(forms.size).toBe(16 * 31);
  });

  it.each([
    '',
    'u1',
    'u:4',
    'usr_',
    'usr_0000000000000',
    'usr_01k9z3v8f0abcde',
    'usr_01k9z3v8f0abcdefg',
    'usr_01k9z3v8f0abcdeu',
    'usr_01k9z3v8f0abcdé0',
    'usr_01k9z3v8f0abc\u{1f600}0',
    'USR_01k9z3v8f0abcdef',
    'vch_01k9z3v8f0abcdef',
  ])('is none for %j, which keeps its text', (other) => {
    expect(shortUserId(other)).toBe('');
    expect(userOfField(other)).toBe(other);
  });

  it.each(['abcdefghijklmn', '!bcdefghijklm', '!bcdefghijkl(n', '&bcdefghijklmn', '!bcdefghijklmé'])(
    'is not what the field %j is',
    (field) => {
      expect(userOfField(field)).toBe(field);
    },
  );
});
