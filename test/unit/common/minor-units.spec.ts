import { describe, expect, it } from '@jest/globals';
import currencyCodes from 'currency-codes';
import { formatMoney, minorUnitDigits } from '../../../src/common/minor-units.js';

/** Units of account and metals, which the standard gives no minor unit. */
const WITHOUT_MINOR_UNIT = /^X(?!AF|CD|CG|OF|PF)/;

describe('minor units', () => {
  it('have the digits of ISO 4217 for every currency of the list', () => {
    const money = currencyCodes.data.filter(({ code }) => !WITHOUT_MINOR_UNIT.test(code));
    expect(money.length).toBeGreaterThan(150);
    for (const { code, digits } of money)
      expect({ code, digits: minorUnitDigits(code) }).toEqual({ code, digits });
  });

  it('do not depend on what the engine takes for usual', () => {
    expect([minorUnitDigits('HUF'), minorUnitDigits('IDR'), minorUnitDigits('IQD')]).toEqual([2, 2, 3]);
    expect(formatMoney('en', 500_050, 'HUF')).toBe('HUF\u00a05,000.50');
    expect(formatMoney('en', 1_500, 'IQD')).toBe('IQD\u00a01.500');
  });

  it('leave out digits that are all zero', () => {
    expect(formatMoney('en', 1_500, 'EUR')).toBe('€15');
    expect(formatMoney('en', 1_550, 'EUR')).toBe('€15.50');
    expect(formatMoney('ja', 1_500, 'JPY')).toBe('￥1,500');
  });
});
