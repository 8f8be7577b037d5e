import { describe, expect, it } from '@jest/globals';
import {
  claimIdOf,
  codeOf,
  packCode,
  packTail,
  packUser,
  packVoucher,
  tailsBeginning,
  userOf,
  usersBeginning,
  voucherOf,
  type PackedRange,
} from '../../../../src/claim/ledger/rows/packing.js';
import { ClaimIds, newId } from '../../../../src/common/ids.js';

const NOW = 1_764_000_000_000;
const ids = new ClaimIds('a secret of the test with 32 characters');
const bytes = (packed: Buffer | undefined): Buffer => {
  if (!packed) throw new Error('not packed');
  return packed;
};
const isWithin = (packed: Buffer, ranges: readonly PackedRange[]): boolean =>
  ranges.some(({ from, to }) => Buffer.compare(packed, from) >= 0 && Buffer.compare(packed, to) <= 0);

describe('packed claims', () => {
  const vouchers = Array.from({ length: 50 }, (_none, n) =>
    newId('vch', NOW + n * 997, n % 3 === 0 ? 'test' : 'live'),
  );
  const users = Array.from({ length: 200 }, (_none, n) => newId('usr', NOW - n * 86_400_000));

  it('come back as they were', () => {
    for (const [n, user] of users.entries()) {
      const voucher = vouchers[n % vouchers.length] ?? '';
      const id = ids.id(voucher, user, (n * 7_919) % 1_048_576);
      expect(voucherOf(bytes(packVoucher(voucher)))).toBe(voucher);
      expect(userOf(packUser(user))).toBe(user);
      expect(claimIdOf(bytes(packVoucher(voucher)), bytes(packTail(id)))).toBe(id);
      expect(codeOf(packCode(ids.code(id)))).toBe(ids.code(id));
    }
  });

  it('take 10 bytes for a voucher, a user or a code, and 15 for what else a claim is', () => {
    const [voucher = '', user = ''] = [vouchers[0], users[0]];
    const id = ids.id(voucher, user, 1);
    expect(
      [packVoucher(voucher), packUser(user), packCode(ids.code(id)), packTail(id)].map((p) => p?.length),
    ).toEqual([10, 10, 10, 15]);
  });

  it.each([
    'u',
    'bob',
    'eightlet',
    'nineletts',
    'tenletters',
    'usr_',
    'usr_0123456789abcdei',
    'usr_0123456789ABCDEF',
    'usr_0123456789abcdef0',
    'jürgen',
    'x'.repeat(64),
  ])('keep the user %j, who has no shorter form', (user) => {
    const packed = packUser(user);
    expect(packed[0]).toBe(0xff);
    expect(userOf(packed)).toBe(user);
  });

  it.each([
    'SAVE-10',
    'NINELETTR',
    'ABCD-EFGH-JKMN-PQRI',
    'abcd-efgh-jkmn-pqrs',
    'ABCDEFGHJKMNPQRS',
    'Über 1',
  ])('keep the code %j, which has no shorter form', (code) => {
    expect(codeOf(packCode(code))).toBe(code);
    expect(packCode(code)[0]).toBe(0xff);
  });

  it('are of vouchers and claims alone', () => {
    for (const none of ['', 'vch_1', 'vch_0123456789abcdei', 'usr_0123456789abcdef', 'vch_0123456789abcdef0'])
      expect(packVoucher(none)).toBeUndefined();
    const id = ids.id(vouchers[1] ?? '', 'usr_1', 1);
    for (const none of ['', id.slice(1), `${id}0`, id.replace('clm', 'clx'), `${id.slice(0, -1)}u`])
      expect(packTail(none)).toBeUndefined();
  });

  it('sort like their ids', () => {
    const sorted = [...vouchers].sort();
    expect(
      [...vouchers].sort((a, b) => Buffer.compare(bytes(packVoucher(a)), bytes(packVoucher(b)))),
    ).toEqual(sorted);
    expect([...users].sort((a, b) => Buffer.compare(packUser(a), packUser(b)))).toEqual([...users].sort());
    const voucher = vouchers[0] ?? '';
    const claims = users.map((user, n) => ids.id(voucher, user, (n % 3) + 1));
    expect([...claims].sort((a, b) => Buffer.compare(bytes(packTail(a)), bytes(packTail(b))))).toEqual(
      [...claims].sort(),
    );
  });

  it('are found by how their ids begin', () => {
    const strangers = ['bob', 'usr', 'usr_1', 'nineletts', 'usr_0123456789abcdei'];
    const all = [...users, ...strangers];
    const begins = [
      '',
      'u',
      'usr_',
      'usr_0',
      'b',
      'nine',
      'zz',
      ...all.flatMap((id) => [id.slice(0, 9), id]),
    ];
    for (const begin of begins)
      expect(all.filter((id) => isWithin(packUser(id), usersBeginning(begin)))).toEqual(
        all.filter((id) => id.startsWith(begin)),
      );
    const voucher = vouchers[0] ?? '';
    const claims = users.map((user, n) => ids.id(voucher, user, (n % 3) + 1));
    for (const begin of ['clm', 'clm_x', ...claims.flatMap((id) => [id.slice(0, 24), id.slice(0, 27), id])]) {
      const ranges = tailsBeginning(voucher, begin);
      expect(claims.filter((id) => isWithin(bytes(packTail(id)), ranges))).toEqual(
        claims.filter((id) => id.startsWith(begin)),
      );
    }
  });
});
