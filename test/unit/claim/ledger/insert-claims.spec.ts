import { describe, expect, it } from '@jest/globals';
import { packedStatement, ROW } from '../../../../src/claim/ledger/rows/insert-claims.js';
import { packCode, packTail, packUser, packVoucher } from '../../../../src/claim/ledger/rows/packing.js';
import type { ClaimRecord } from '../../../../src/claim/domain/claim-record.js';
import { ClaimIds, newId } from '../../../../src/common/ids.js';
import { UnfitDataError } from '../../../../src/database/database.js';

const NOW = 1_764_000_000_000;
const SEGMENT = 5;
const ids = new ClaimIds('a secret of the test with 32 characters');
const voucherId = newId('vch', NOW);

const recordOf = (more: Partial<ClaimRecord> = {}): ClaimRecord => {
  const { voucher_id = voucherId, user_id = newId('usr', NOW), ordinal = 1 } = more;
  const id = ids.id(voucher_id, user_id, ordinal);
  return { v: 1, id, voucher_id, user_id, ordinal, epoch: 3, sequence: 17, at: NOW, ...more };
};

const hex = (bytes: Buffer | undefined): string => `X'${bytes?.toString('hex').toUpperCase()}'`;
const issued = (records: readonly ClaimRecord[], code: (id: string) => string = (id) => ids.code(id)) =>
  packedStatement(ROW.issued, SEGMENT, records, ({ id }) => [code(id), NOW + 50]);

/** Rows of a statement, each as the texts of its values behind that of the segment. */
function rowsOf(sql: string): string[][] {
  const [head = '', text = ''] = sql.split(' VALUES ');
  expect(head).toMatch(/^INSERT INTO packed_claims \([a-z_, ]+\)$/);
  return text
    .slice(1, -1)
    .split('),(')
    .map((row) => {
      const [segment, ...values] = row.split(',');
      expect(segment).toBe(String(SEGMENT));
      return values;
    });
}

/** Whatever stands there, the server reads it as so many values and nothing else. */
const VALUE = /^(?:\d+|X'(?:[0-9A-F]{2})+'|'(?:issued|held|rejected)'|NULL|\?)$/;

describe('rows of packed claims', () => {
  it('say of each claim what its packed form is', () => {
    const records = Array.from({ length: 300 }, (_none, n) =>
      recordOf({
        voucher_id: n % 3 === 0 ? newId('vch', NOW + n) : voucherId,
        ordinal: 1 + (n % 7),
        sequence: n * 1_000_003,
        at: NOW + n * n,
      }),
    );
    const { sql, values } = issued(records);
    expect(values).toBeNull();
    const expected = records.map(({ id, voucher_id, user_id, ordinal, epoch, sequence, at }) => [
      hex(packTail(id)),
      hex(packVoucher(voucher_id)),
      hex(packUser(user_id)),
      ...[ordinal, epoch, sequence].map(String),
      'NULL',
      String(at),
      `'issued'`,
      hex(packCode(ids.code(id))),
      String(NOW + 50),
    ]);
    expect(rowsOf(sql)).toEqual(expected);
  });

  it.each([
    0,
    9,
    10,
    99,
    999_999,
    1_000_000,
    1_000_001,
    10_000_000,
    999_999_999_999,
    Number.MAX_SAFE_INTEGER,
  ])('write %d as its digits', (sequence) => {
    expect(rowsOf(issued([recordOf({ sequence })]).sql)[0]?.[5]).toBe(String(sequence));
  });

  it.each([
    `usr_0123456789abcde'`,
    `usr_0123456789abcdei`,
    'usr_zz23456789abcdef',
    'usr_zw23456789abcdef',
    'usr_zv23456789abcdef',
    'usr_0123456789ABCDEF',
    'usr_0123',
    `x'),(1,2); DROP TABLE vouchers -- `,
    'O\u2019Brien \\ "\u{1f600}"',
    '\u0000?',
    '?',
    'u'.repeat(64),
    '\u{10ffff}'.repeat(32),
  ])('keep the user %j, and nothing of it is read as SQL', (user_id) => {
    const { sql, values } = issued([recordOf({ user_id }), recordOf()]);
    const rows = rowsOf(sql);
    expect(rows.map((row) => row[2])[0]).toBe(hex(packUser(user_id)));
    expect(rows.flat().filter((value) => !VALUE.test(value))).toEqual([]);
    expect(rows.map((row) => row.length)).toEqual([11, 11]);
    expect(values).toBeNull();
  });

  it.each([
    `ABCD-EFGH-JKMN-PQRS`,
    `ZZZZ-ZZZZ-ZZZZ-ZZZZ`,
    `ZW00-0000-0000-0000`,
    `ABCDxEFGH-JKMN-PQRS`,
    `it's`,
    'abcd-efgh-jkmn-pqrs',
    '',
  ])('keep the code %j', (code) => {
    const [row = []] = rowsOf(issued([recordOf()], () => code).sql);
    expect(row[9]).toBe(hex(packCode(code)));
  });

  it('leave text, and what is no whole number, to the driver, in order', () => {
    const { sql, values } = issued([
      recordOf({ idempotency: `a'b.c?` }),
      recordOf(),
      recordOf({ sequence: -1, at: 1.5 }),
      recordOf({ sequence: '1);--' as unknown as number }),
    ]);
    expect(values).toEqual([`a'b.c?`, -1, 1.5, '1);--']);
    const asked = rowsOf(sql).map((row) => row.flatMap((value, place) => (value === '?' ? [place] : [])));
    expect(asked).toEqual([[6], [], [5, 7], [5]]);
  });

  it('name the columns of their kind alone', () => {
    const held = packedStatement(ROW.held, SEGMENT, [recordOf()], () => [NOW + 60_000]);
    const rejected = packedStatement(ROW.rejected, SEGMENT, [recordOf()], () => ['stock_exhausted']);
    expect(held.sql).toMatch(/status, confirm_until\) VALUES .*,'held',1764000060000\)$/);
    expect(rejected.sql).toMatch(/status, reject_reason\) VALUES .*,'rejected',\?\)$/);
    expect(rejected.values).toEqual(['stock_exhausted']);
  });

  it('are refused where an id is not of its voucher, and the next ones are not the worse for it', () => {
    const stranger = recordOf({ id: ids.id(newId('vch', NOW + 1), 'somebody', 1) });
    const bad = [
      stranger,
      recordOf({ id: `${recordOf().id}'` }),
      recordOf({ voucher_id: 'vch_x', id: 'clm_x' }),
    ];
    for (const record of bad) expect(() => issued([recordOf(), record])).toThrow(UnfitDataError);
    expect(rowsOf(issued([recordOf()]).sql)).toHaveLength(1);
  });
});
