import { minorUnitDigits } from '../../../src/common/minor-units.js';

/** Currencies that a voucher may be of; another one that it already has is listed beside them. */
export const CURRENCIES: readonly string[] = [
  ...['AED', 'AUD', 'BRL', 'CAD', 'CHF', 'CNY', 'CZK', 'DKK', 'EUR', 'GBP', 'HKD', 'HUF', 'IDR', 'ILS'],
  ...['INR', 'JPY', 'KRW', 'KWD', 'MOP', 'MXN', 'MYR', 'NOK', 'NZD', 'PHP', 'PLN', 'SAR', 'SEK', 'SGD'],
  ...['THB', 'TRY', 'TWD', 'USD', 'VND', 'ZAR'],
];

/** By zone, the longest prefix first: where people mostly pay in what. */
const USUAL: readonly (readonly [RegExp, string])[] = [
  [/^Asia\/(Shanghai|Urumqi|Chongqing|Harbin)$/, 'CNY'],
  [/^Asia\/Hong_Kong$/, 'HKD'],
  [/^Asia\/Macau$/, 'MOP'],
  [/^Asia\/Taipei$/, 'TWD'],
  [/^Asia\/Tokyo$/, 'JPY'],
  [/^Asia\/Seoul$/, 'KRW'],
  [/^Asia\/Singapore$/, 'SGD'],
  [/^Asia\/(Kolkata|Calcutta)$/, 'INR'],
  [/^Asia\/(Bangkok)$/, 'THB'],
  [/^Asia\/(Jakarta|Makassar|Jayapura)$/, 'IDR'],
  [/^Asia\/Dubai$/, 'AED'],
  [/^Europe\/(London|Belfast|Jersey|Guernsey|Isle_of_Man)$/, 'GBP'],
  [/^Europe\/(Zurich|Vaduz)$/, 'CHF'],
  [/^Europe\/Stockholm$/, 'SEK'],
  [/^Europe\/Oslo$/, 'NOK'],
  [/^Europe\/Copenhagen$/, 'DKK'],
  [/^Europe\/Warsaw$/, 'PLN'],
  [/^Europe\/Prague$/, 'CZK'],
  [/^Europe\/Budapest$/, 'HUF'],
  [/^Europe\/Istanbul$/, 'TRY'],
  [/^Europe\//, 'EUR'],
  [/^Australia\//, 'AUD'],
  [/^Pacific\/Auckland$/, 'NZD'],
  [/^America\/(Toronto|Vancouver|Edmonton|Winnipeg|Halifax|St_Johns|Regina)$/, 'CAD'],
  [/^America\/(Mexico_City|Monterrey|Tijuana|Cancun)$/, 'MXN'],
  [/^America\/(Sao_Paulo|Bahia|Fortaleza|Manaus|Recife)$/, 'BRL'],
  [/^Africa\/Johannesburg$/, 'ZAR'],
];

export const usualCurrency = (timeZone: string): string =>
  USUAL.find(([zone]) => zone.test(timeZone))?.[1] ?? 'USD';

/** @returns `undefined` where the text is no amount of this currency */
export function minorUnits(text: string, currency: string): number | undefined {
  const [, whole, rest = ''] = /^(\d{1,12})(?:[.,](\d*))?$/.exec(text) ?? [];
  const digits = minorUnitDigits(currency);
  if (whole === undefined || rest.length > digits) return undefined;
  return Number(whole + rest.padEnd(digits, '0'));
}

export function majorUnits(amount: number, currency: string): string {
  const digits = minorUnitDigits(currency);
  const text = String(amount).padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
