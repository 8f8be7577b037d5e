import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EventClaim } from '../../../../src/claim/domain/event-claim.js';
import { packClaims, unpackClaims } from '../../../../src/claim/domain/packed-claims.js';
import { BASE_32, base32Number } from '../../../../src/common/ids.js';

const VOUCHER = 'vch_0123456789abcdef';
/** The longest id of a voucher's, in the test mode. */
const TEST_VOUCHER = 'vch_t123456789abcdef';

const letters = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...BASE_32), minLength: length, maxLength: length });
const user = fc.oneof(
  letters(16).map((text) => `usr_${text}`),
  fc.constantFrom('usr_', 'usr_0123456789abcde', 'usr_0123456789abcdeu', 'USR_0123456789abcdef', ''),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 64 }),
);
const usual = (n: number): EventClaim => ({
  id: `clm_${VOUCHER.slice(4)}0001${base32Number(n * 7_919, 8)
    .repeat(3)
    .slice(0, 20)}`,
  voucher_id: VOUCHER,
  user_id: `usr_0${base32Number(n * 104_729, 15)}`,
  ordinal: 1,
  sequence: n,
});
const usuals = (count: number): EventClaim[] => Array.from({ length: count }, (_, n) => usual(n + 1));

describe('claims as bytes', () => {
  it('are read as they were written, in their order', () => {
    const claims = fc.array(
      fc.record({
        voucher_id: fc.constantFrom(VOUCHER, TEST_VOUCHER),
        mac: letters(20),
        user_id: user,
        ordinal: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 32 ** 4 - 1 })),
        sequence: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 2 ** 51 })),
        move: fc.option(fc.integer({ min: 1, max: 2 ** 31 }), { nil: undefined }),
      }),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(fc.constantFrom(VOUCHER, TEST_VOUCHER), claims, (voucher_id, shapes) => {
        const given = shapes.map(({ mac, move, ...rest }): EventClaim => ({
          ...rest,
          voucher_id,
          id: `clm_${voucher_id.slice(4)}${base32Number(rest.ordinal, 4)}${mac}`,
          ...(move === undefined ? {} : { move }),
        }));
        const packed = packClaims(voucher_id, given);
        expect(packed && unpackClaims(voucher_id, packed)).toEqual(given);
      }),
    );
  });

  it('take 24 bytes each, and what a user from elsewhere takes as text', () => {
    const packed = packClaims(VOUCHER, usuals(100));
    expect(packed?.length).toBe(1 + 24 * 100);
    const [one] = usuals(1) as [EventClaim];
    expect(packClaims(VOUCHER, [{ ...one, user_id: 'someone@example.org' }])?.length).toBe(1 + 14 + 1 + 19);
  });

  it.each<[string, Partial<EventClaim>]>([
    ['another voucher', { id: `clm_fedcba9876543210${usual(1).id.slice(20)}` }],
    ['a longer id', { id: `${usual(1).id}0` }],
    ['a letter that is none', { id: usual(1).id.replace(/.$/, 'u') }],
    ['another ordinal than the id', { ordinal: 2 }],
    ['more ordinals than there are', { ordinal: 32 ** 4, id: usual(1).id.replace(/0001/, '0000') }],
    ['a sequence of no use', { sequence: 0.5 }],
    ['a sequence beyond exact numbers', { sequence: 2 ** 52 }],
    ['what a move says', { move: 1, data: {} }],
    ['a move that is no number', { move: 0 }],
    ['half a letter', { user_id: 'a\ud800' }],
    ['a long user', { user_id: 'x'.repeat(300) }],
  ])('are not made of %s', (_what, more) => {
    expect(packClaims(VOUCHER, [usual(1)])).toBeDefined();
    expect(packClaims(VOUCHER, [usual(2), { ...usual(1), ...more }])).toBeUndefined();
  });

  it('of which some were cut off are those that are whole', () => {
    const claims = usuals(3);
    const packed = packClaims(VOUCHER, claims) ?? Buffer.alloc(0);
    for (let length = 1; length < packed.length; length++)
      expect(unpackClaims(VOUCHER, packed.subarray(0, length))).toEqual(
        claims.slice(0, Math.floor((length - 1) / 24)),
      );
  });

  it('end also where bytes were put for others', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(unpackClaims(VOUCHER, Buffer.from([1, ...bytes])).length).toBeLessThanOrEqual(
          bytes.length / 14,
        );
      }),
    );
  });

  it('of many are written at once', () => {
    const claims = usuals(2_000);
    const packed = packClaims(VOUCHER, claims);
    expect(packed && unpackClaims(VOUCHER, packed)).toEqual(claims);
  });
});
