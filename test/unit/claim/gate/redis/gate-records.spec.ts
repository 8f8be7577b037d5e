import { describe, expect, it } from '@jest/globals';
import {
  fieldsOf,
  issuedOf,
  rebuiltChunk,
  rebuiltUser,
  recordOf,
  textOf,
} from '../../../../../src/claim/gate/redis/gate-records.js';

describe('what a user has at the gate on Redis', () => {
  it('is one record where it is one claim that counts', () => {
    expect(recordOf('1P7|1800000000000', 1)).toEqual({
      ordinal: 1,
      sequence: 7,
      at: 1_800_000_000_000,
      status: 'pending',
    });
    expect(recordOf('1P7|1800000000000|key.print', 1)).toMatchObject({ idempotency: 'key.print' });
    expect(recordOf('1I7|1800000000000|250', 1)).toEqual({
      ordinal: 1,
      sequence: 7,
      at: 1_800_000_000_000,
      status: 'issued',
      endedAt: 1_800_000_000_250,
    });
  });

  it('is read by ordinals, not by places', () => {
    const text = '2:12;2R8|1800000000000|-3|stock_exhausted;11P9|1800000000001;12I10|1800000000002|1';
    expect(recordOf(text, 1)).toBeUndefined();
    expect(recordOf(text, 2)).toMatchObject({
      status: 'rejected',
      endedAt: 1_799_999_999_997,
      reason: 'stock_exhausted',
    });
    expect(recordOf(text, 11)).toMatchObject({ status: 'pending', sequence: 9 });
    expect(recordOf(text, 12)).toMatchObject({ status: 'issued', sequence: 10 });
  });

  it('has no record of what is not known', () => {
    for (const text of [null, undefined, '', '2:2', 'garbage', '1P|', '1X7|1800000000000'])
      for (const ordinal of [1, 2]) expect(recordOf(text, ordinal)).toBeUndefined();
  });

  it('of a rebuilt gate is the counts, and the claims that stay pending', () => {
    expect(rebuiltUser(1, 1)).toBe('1:1');
    const text = rebuiltUser(2, 5, [
      { ordinal: 3, sequence: 40, at: 1_800_000_000_000 },
      { ordinal: 5, sequence: 41, at: 1_800_000_000_001, idempotency: 'key.print' },
    ]);
    expect(text).toBe('2:5;3P40|1800000000000;5P41|1800000000001|key.print');
    expect(recordOf(text, 5)).toMatchObject({ sequence: 41, idempotency: 'key.print' });
  });

  it.each([
    ['1I7|1800000000000|250', 1, [1]],
    ['1P7|1800000000000', 0, []],
    ['0:1;1R7|1800000000000|1|stock_exhausted', 0, []],
    ['1:2;1I7|1800000000000|250;2R8|1800000000000|1|discarded', 1, [1]],
    ['3:5;4P9|1800000000000;5I10|1800000000000|1', 2, [5]],
    ['2:2', 2, []],
    ['', 0, []],
  ])('says of %s that %i claims are issued', (text, count, ordinals) => {
    expect(issuedOf(text)).toEqual({ count, ordinals });
  });

  it('is the same text once it was packed', () => {
    const packed = Buffer.from('49' + '0000fa88' + '01a200000001' + '0000d5', 'hex');
    const text = textOf(packed);
    expect(text).toBe(`1I64136|${0x01a2_0000_0001}|213`);
    expect(recordOf(text, 1)).toMatchObject({ status: 'issued', sequence: 64_136 });
    packed.write('H');
    expect(recordOf(textOf(packed), 1)).toMatchObject({ status: 'held' });
    packed.fill(0xff, 1);
    expect(textOf(packed)).toBe(`1H${2 ** 32 - 1}|${2 ** 48 - 1}|${2 ** 24 - 1}`);
  });

  it.each(['', '1:1', '1P7|18000000000', '2:2;1I7|180000', 'I', 'I'.repeat(13)])(
    'that is text, as %j, stays as it is',
    (text) => {
      expect(textOf(Buffer.from(text))).toBe(text);
    },
  );

  it('is under the long id or the short one, after a rebuild under the long one only with claims that are pending', () => {
    const [one, two] = ['usr_01k9z3v8f0abcdef', 'usr_01k9z3v8f0abcdeg'];
    const [, short = ''] = fieldsOf(one);
    expect(short).toHaveLength(14);
    expect(fieldsOf('u1')).toEqual(['u1']);
    const pending = [{ ordinal: 1, sequence: 4, at: 9 }];
    const { claims } = rebuiltChunk([
      { userId: one, live: 1, last: 1, keys: [] },
      { userId: two, live: 1, last: 1, keys: [], pending },
      { userId: 'u1', live: 1, last: 2, keys: [], pending: [] },
    ]);
    expect(claims).toEqual({ [short]: '1:1', [two]: '1:1;1P4|9', u1: '1:2' });
  });
});
