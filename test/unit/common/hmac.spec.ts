import { createHmac } from 'node:crypto';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HmacSha256 } from '../../../src/common/hmac.js';

it('HMAC-SHA-256 is that of Node, for keys and texts of any length', () => {
  const keys = fc.oneof(fc.string({ minLength: 1, maxLength: 200 }), fc.constant('k'.repeat(64)));
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.nat(5_000).map((n) => 'é'.repeat(n)),
  );
  fc.assert(
    fc.property(keys, fc.array(texts, { minLength: 1, maxLength: 5 }), (key, several) => {
      const hmac = new HmacSha256(key);
      for (const text of several) {
        const expected = createHmac('sha256', key).update(text).digest();
        expect(hmac.digest(text).equals(expected)).toBe(true);
        expect(hmac.binary(text)).toBe(expected.toString('latin1'));
        expect(hmac.base64(text)).toBe(expected.toString('base64'));
        expect(hmac.base64url(text)).toBe(expected.toString('base64url'));
      }
    }),
  );
});
