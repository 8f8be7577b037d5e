import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { base32Bytes, base32Number, ClaimIds, eventId, isId, newId } from '../../../src/common/ids.js';

const SECRET = 'a secret of the tests, 32 characters or more';
const ids = new ClaimIds(SECRET);
const VOUCHER = 'vch_01k9z3v8f0abcdef';

describe('ids that sort', () => {
  it('are ordered like the times they were made at', () => {
    const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
    fc.assert(
      fc.property(time, time, (one, two) => {
        const [a, b] = [newId('vch', one), newId('vch', two)];
        if (one < two) expect(a < b).toBe(true);
        if (one > two) expect(a > b).toBe(true);
      }),
    );
  });

  it('are recognised with their own prefix and no other', () => {
    const id = newId('usr', 1_800_000_000_000);
    expect(id).toMatch(/^usr_[0-9a-hjkmnp-tv-z]{16}$/);
    expect(isId('usr', id)).toBe(true);
    for (const other of [
      id.slice(0, -1),
      `${id}0`,
      id.toUpperCase(),
      id.replace('usr', 'vch'),
      `${id.slice(0, -1)}l`,
      '',
    ]) {
      expect(isId('usr', other)).toBe(false);
    }
  });

  it('differ within one millisecond', () => {
    expect(new Set(Array.from({ length: 200 }, () => newId('evt', 1))).size).toBe(200);
  });
});

describe('base 32', () => {
  it('writes numbers big-endian, padded', () => {
    expect([
      base32Number(0, 4),
      base32Number(31, 4),
      base32Number(32, 4),
      base32Number(1_048_575, 4),
    ]).toEqual(['0000', '000z', '0010', 'zzzz']);
  });

  it('writes bytes five bits at a time', () => {
    expect(base32Bytes(Buffer.from([0xff, 0x00, 0xff, 0x00, 0xff]), 8)).toBe('zw0fy07z');
    expect(base32Bytes(Buffer.alloc(5), 8)).toBe('00000000');
  });
});

describe('claim ids', () => {
  it('are the same for the same claim, whoever computes them', () => {
    expect(ids.id(VOUCHER, 'usr_1', 1)).toBe(new ClaimIds(SECRET).id(VOUCHER, 'usr_1', 1));
    // Written down: a change would give every claim that is under way a second id.
    expect(ids.id(VOUCHER, 'usr_1', 1)).toBe('clm_01k9z3v8f0abcdef00019rzen4x50mghm7h0fhx2');
    expect(ids.code(ids.id(VOUCHER, 'usr_1', 1))).toBe('WDHV-4BY1-F3BW-GV84');
  });

  it('are the first bits of their MAC in base 32', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 64 }),
        fc.integer({ min: 1, max: 1_048_575 }),
        (user, n) => {
          const mac = (text: string) => createHmac('sha256', SECRET).update(text).digest();
          const id = ids.id(VOUCHER, user, n);
          expect(id.slice(-20)).toBe(base32Bytes(mac(`id:${VOUCHER}/${user}/${n}`), 20));
          const code = base32Bytes(mac(`code:${id}`), 16).toUpperCase();
          expect(ids.code(id)).toBe(code.replace(/(.{4})(?=.)/g, '$1-'));
        },
      ),
    );
  });

  it('differ by voucher, user, ordinal and secret', () => {
    const all = [
      ids.id(VOUCHER, 'usr_1', 1),
      ids.id(VOUCHER, 'usr_1', 2),
      ids.id(VOUCHER, 'usr_2', 1),
      ids.id('vch_01k9z3v8f0abcdeg', 'usr_1', 1),
      new ClaimIds(`${SECRET}!`).id(VOUCHER, 'usr_1', 1),
    ];
    expect(new Set(all).size).toBe(5);
  });

  it('say which voucher and which ordinal, over the whole range', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_048_575 }), (ordinal) => {
        expect(ClaimIds.parse(ids.id(VOUCHER, 'usr_1', ordinal))).toEqual({ voucherId: VOUCHER, ordinal });
      }),
    );
  });

  it('are held by their user alone', () => {
    const id = ids.id(VOUCHER, 'usr_1', 3);
    expect(ids.owns('usr_1', id)).toEqual({ voucherId: VOUCHER, ordinal: 3 });
    expect(ids.owns('usr_2', id)).toBeUndefined();
    expect(new ClaimIds(`${SECRET}!`).owns('usr_1', id)).toBeUndefined();
  });

  it('cannot be bent to another voucher or ordinal', () => {
    const id = ids.id(VOUCHER, 'usr_1', 3);
    const bent = [
      id.replace('0003', '0004'),
      id.replace('abcdef', 'abcdeg'),
      `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`,
    ];
    for (const other of bent) expect(ids.owns('usr_1', other)).toBeUndefined();
  });

  it('are nothing where they have another form', () => {
    const id = ids.id(VOUCHER, 'usr_1', 1);
    for (const text of [
      '',
      'clm_',
      id.slice(0, -1),
      `${id}0`,
      id.toUpperCase(),
      ` ${id}`,
      `${id}\n`,
      id.replace('clm', 'vch'),
    ]) {
      expect(ClaimIds.parse(text)).toBeUndefined();
      expect(ids.owns('usr_1', text)).toBeUndefined();
    }
  });

  it('do not tell the code', () => {
    const id = ids.id(VOUCHER, 'usr_1', 1);
    const code = ids.code(id);
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
    expect(id).not.toContain(code.replaceAll('-', '').toLowerCase().slice(0, 6));
    expect(new ClaimIds(`${SECRET}!`).code(id)).not.toBe(code);
  });

  it('name an event by its type and claim', () => {
    const id = ids.id(VOUCHER, 'usr_1', 1);
    expect(eventId('claim.issued', id)).toBe(eventId('claim.issued', id));
    expect(eventId('claim.cancelled', id)).not.toBe(eventId('claim.issued', id));
    expect(eventId('claim.issued', id).length).toBeLessThanOrEqual(64);
  });
});
