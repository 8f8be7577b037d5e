import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimField } from '../../../../src/claim/domain/claim-field.js';
import {
  packClaims,
  parseRecord,
  unpackClaims,
  type ClaimRecord,
} from '../../../../src/claim/domain/claim-record.js';
import { ClaimIds } from '../../../../src/common/ids.js';

const voucherId = 'vch_01k9z3v8f0abcdef';
const record: ClaimRecord = {
  v: 1,
  id: new ClaimIds('a secret of the tests, 32 characters or more').id(voucherId, 'usr_1', 2),
  voucher_id: voucherId,
  user_id: 'usr_1',
  ordinal: 2,
  epoch: 7,
  sequence: 99,
  at: 1_800_000_000_000,
  idempotency: 'key.print',
};

describe('a record of the log', () => {
  it('is read as it was written, with and without a key', () => {
    expect(parseRecord(JSON.stringify(record))).toEqual(record);
    const { idempotency: _key, ...bare } = record;
    expect(parseRecord(JSON.stringify(bare))).toEqual(bare);
    expect(parseRecord(JSON.stringify({ ...record, slots: '0-7' }))).toEqual({ ...record, slots: '0-7' });
  });

  it.each([
    ['another version', { v: 2 }],
    ['an id of another form', { id: 'clm_1' }],
    ['a voucher of another form', { voucher_id: 'vch_1' }],
    ['no user', { user_id: '' }],
    ['a user that is too long', { user_id: 'x'.repeat(65) }],
    ['ordinal 0', { ordinal: 0 }],
    ['a fractional ordinal', { ordinal: 1.5 }],
    ['an ordinal that no id can hold', { ordinal: 1_048_576 }],
    ['an ordinal as text', { ordinal: '1' }],
    ['a negative epoch', { epoch: -1 }],
    ['an epoch beyond the column', { epoch: 2_147_483_648 }],
    ['sequence 0', { sequence: 0 }],
    ['a sequence beyond all integers', { sequence: 1e300 }],
    ['a negative time', { at: -1 }],
    ['a key that is too long', { idempotency: 'x'.repeat(65) }],
    ['slots that no cluster has', { slots: '0-16384' }],
    ['slots as a number', { slots: 7 }],
    ['a missing field', { sequence: undefined }],
  ])('is refused with a reason for %s', (_name, wrong) => {
    const reason = parseRecord(JSON.stringify({ ...record, ...wrong }));
    expect(typeof reason).toBe('string');
    expect(reason).not.toBe('');
  });

  it.each(['', '{', 'null', '[]', '1', '"text"', '\u0000', '{"v":1}'])('%j is none', (text) => {
    expect(typeof parseRecord(text)).toBe('string');
  });

  it('never throws, whatever stands there', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => typeof parseRecord(text) === 'string'));
  });
});

describe('a record of several claims', () => {
  const { idempotency: _key, ...bare } = record;
  const ids = new ClaimIds('a secret of the tests, 32 characters or more');
  const second = { ...bare, id: ids.id(voucherId, 'usr_2', 1), user_id: 'usr_2', ordinal: 1, sequence: 100 };

  it('is read as it was written', () => {
    expect(unpackClaims(packClaims([record, second]), 'log/0/7')).toEqual({
      claims: [record, second],
      unreadable: [],
    });
  });

  it('names the slots of their epoch once', () => {
    const some = [
      { ...record, slots: '0-7,9-9' },
      { ...second, slots: '0-7,9-9' },
    ] as const;
    const text = packClaims([...some]);
    expect(text.match(/slots/g)).toHaveLength(1);
    expect(unpackClaims(text, 'log/0/7')).toEqual({ claims: some, unreadable: [] });
    const wrong = unpackClaims(text.replace('0-7', '7-0'), 'log/0/7');
    expect(wrong).toEqual({ claims: [], unreadable: [expect.anything(), expect.anything()] });
  });

  it('may be a single claim of the older form', () => {
    expect(unpackClaims(JSON.stringify(record), 'log/0/7')).toEqual({ claims: [record], unreadable: [] });
  });

  it('loses no other claim with one that cannot be read', () => {
    const text = packClaims([record, { ...second, ordinal: 0 }, second]);
    const { claims, unreadable } = unpackClaims(text, 'log/0/7');
    expect(claims).toEqual([record, second]);
    expect(unreadable).toEqual([
      { source: 'log/0/7#1', payload: expect.stringContaining(second.id), reason: expect.any(String) },
    ]);
  });

  it.each([
    ['nothing', ''],
    ['half a record', packClaims([record]).slice(0, -3)],
    ['a claim with a field too many', packClaims([record]).replace('"key.print"', '"key.print",1')],
    ['another version', packClaims([record]).replace('"v":2', '"v":3')],
  ])('is set aside whole where it is %s', (_what, text) => {
    const { claims, unreadable } = unpackClaims(text, 'log/0/7');
    expect(claims).toEqual([]);
    expect(unreadable).toEqual([{ source: 'log/0/7', payload: text, reason: expect.any(String) }]);
  });

  it('never throws, whatever stands there', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(unpackClaims(text, 'log/0/7').claims).toEqual([]);
      }),
    );
  });
});

it('the name of a claim at the gate leads back to user and ordinal, with a colon in the user too', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 1_048_575 }), (userId, ordinal) => {
      expect(claimField(`${userId}:${ordinal}`)).toEqual({ userId, ordinal });
    }),
  );
});
