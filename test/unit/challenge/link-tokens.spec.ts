import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LinkTokens } from '../../../src/challenge/link-tokens.js';

const tokens = new LinkTokens('a secret of at least 32 characters');
const link = {
  voucherId: 'vch_01k9z3v8f0abcdef',
  expiresAt: 1_800_000_060_000,
  nonce: '00112233445566778899aabbccddeeff',
};
const USER = 'usr_01k9z3v8f0000000';

describe('a claim link’s token', () => {
  it('says to its user what was put in', () => {
    expect(tokens.read(USER, tokens.make(USER, link))).toEqual(link);
  });

  it('fits into a path as it is', () => {
    expect(tokens.make(USER, link)).toMatch(/^[A-Za-z0-9_-]{72}$/);
  });

  it('says nothing to another user, or under another secret', () => {
    const token = tokens.make(USER, link);
    expect(tokens.read('usr_01k9z3v8f0000001', token)).toBeUndefined();
    expect(new LinkTokens('another secret of 32 characters!!').read(USER, token)).toBeUndefined();
  });

  it('says nothing when a single character is another one, missing or too many', () => {
    const token = tokens.make(USER, link);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'ABZaz059-_=.%/ '), (at, char) => {
        fc.pre(token[at] !== char);
        const changed = token.slice(0, at) + char + token.slice(at + 1);
        expect(tokens.read(USER, changed)).toBeUndefined();
        expect(tokens.read(USER, token.slice(0, at) + token.slice(at + 1))).toBeUndefined();
        expect(tokens.read(USER, token.slice(0, at) + char + token.slice(at))).toBeUndefined();
      }),
    );
  });

  it('says nothing for any text that was not made here', () => {
    fc.assert(fc.property(fc.string({ maxLength: 100 }), (text) => tokens.read(USER, text) === undefined));
  });
});
