/**
 * Digits of the minor unit by ISO 4217 (list one), where they are not two. Not from `Intl`: engines that take them from CLDR have
 * none for forint or rupiah, others have two, and an amount would be read a hundred times too large in one of two browsers.
 */
const DIGITS: Readonly<Record<string, number>> = Object.fromEntries(
  [
    [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
    [3, 'BHD IQD JOD KWD LYD OMR TND'],
    [4, 'CLF UYW'],
  ].flatMap(([digits, codes]) =>
    String(codes)
      .split(' ')
      .map((code) => [code, Number(digits)]),
  ),
);

/**
 * How many digits an amount of a currency has behind the point: 15.00 CNY are 1500 minor units, 1,500 JPY are 1500, 1.500 KWD are 1500.
 * @param currency three capital letters; two digits for one that is not known
 */
export const minorUnitDigits = (currency: string): number => DIGITS[currency] ?? 2;

/**
 * An amount as people read it; the digits behind the point are left out where all are zero.
 * @param amount in minor units
 */
export function formatMoney(locale: string, amount: number, currency: string): string {
  const digits = minorUnitDigits(currency);
  const value = amount / 10 ** digits;
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: Number.isInteger(value) ? 0 : digits,
    maximumFractionDigits: digits,
  }).format(value);
}
