import { describe, expect, it } from '@jest/globals';
import { isImportedCode } from '../../../../src/common/imported-code.js';
import {
  codeOfNumber,
  codesOf,
  patternFault,
  unitsOfPattern,
} from '../../../../src/voucher/domain/code-pattern.js';
import { termBreaches } from '../../../../src/voucher/domain/terms.js';

const SUMMER = 'SUMMER-####-????';

describe('a pattern of codes', () => {
  it.each([
    [SUMMER, undefined],
    ['########', undefined],
    ['?'.repeat(32), undefined],
    ['tea.####_####', undefined],
    ['SUMMER-####-???', 'too_guessable'],
    ['SUMMER', 'too_guessable'],
    ['?'.repeat(33), 'not_a_pattern'],
    ['-####-????', 'not_a_pattern'],
    ['####-????-', 'not_a_pattern'],
    ['夏天####????', 'not_a_pattern'],
    ['SUMMER ####-????', 'not_a_pattern'],
    ['', 'not_a_pattern'],
  ])('%j is refused as %j', (pattern, code) => expect(patternFault(pattern)?.code).toBe(code));

  it('has another code for each number, and each can be typed', () => {
    const first = codeOfNumber(SUMMER, 0n);
    const last = codeOfNumber(SUMMER, codesOf(SUMMER) - 1n);
    expect([first, last]).toEqual(['SUMMER-2222-AAAA', 'SUMMER-9999-ZZZZ']);
    const codes = Array.from({ length: 5_000 }, (_none, n) => codeOfNumber(SUMMER, BigInt(n)));
    expect(new Set(codes).size).toBe(5_000);
    expect(
      codes.every((code) => isImportedCode(code) && /^SUMMER-[2-9]{4}-[A-HJKMNP-TV-Z]{4}$/.test(code)),
    ).toBe(true);
  });

  it('suffices for a unit in a million codes, those of waves to come among them', () => {
    expect(codesOf(SUMMER)).toBe(8n ** 4n * 22n ** 4n);
    expect(unitsOfPattern(SUMMER)).toBe(959);
    const terms = {
      opensAt: 10,
      closesAt: 20,
      redeemFrom: null,
      redeemUntil: null,
      confirmWithinS: null,
      codePattern: SUMMER,
      faceAmount: null,
      budgetMinor: null,
    };
    const wave = { at: 12, units: 59, released: false };
    expect(termBreaches({ ...terms, totalStock: 900, waves: [wave] })).toEqual([]);
    expect(termBreaches({ ...terms, totalStock: 901, waves: [wave] })).toMatchObject([
      { field: 'code_pattern', code: 'too_guessable' },
    ]);
    expect(termBreaches({ ...terms, totalStock: 959, waves: [{ ...wave, released: true }] })).toEqual([]);
  });
});
