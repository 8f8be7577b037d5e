import { isImportedCode } from '../../common/imported-code.js';

/**
 * What a place of a pattern can be. Nothing that is read as another sign: no 0, 1, I, L and O, and no U, as in the codes that are made of
 * ids.
 */
const SIGNS = { '#': '23456789', '?': 'ABCDEFGHJKMNPQRSTVWXYZ' } as const;
type Place = keyof typeof SIGNS;

export const CODE_PATTERN_MAX = 32;
/** Places that a pattern has at least. */
export const PLACES_MIN = 8;
/** So many codes a pattern has for each unit: whoever guesses hits a code that somebody has once in as many tries. */
export const CODES_PER_UNIT = 1_000_000;

const isPlace = (sign: string): sign is Place => sign in SIGNS;
const placesOf = (pattern: string): Place[] => [...pattern].filter(isPlace);

/** @returns what is wrong with a text that is no pattern, or one whose codes are too easily guessed */
export function patternFault(
  pattern: string,
): { readonly code: string; readonly detail: string } | undefined {
  if (!isImportedCode(pattern.replaceAll('#', '2').replaceAll('?', 'A')))
    return {
      code: 'not_a_pattern',
      detail: `must be 6 to ${CODE_PATTERN_MAX} letters, digits, # (a random digit) and ? (a random letter), with dots, dashes and underscores between them`,
    };
  const places = placesOf(pattern).length;
  if (places >= PLACES_MIN) return undefined;
  return {
    code: 'too_guessable',
    detail: `has ${places} random places: with fewer than ${PLACES_MIN}, codes could be found by trying`,
  };
}

/** How many different codes a pattern has. */
export const codesOf = (pattern: string): bigint =>
  placesOf(pattern).reduce((product, place) => product * BigInt(SIGNS[place].length), 1n);

/** Units that a voucher with this pattern can have. */
export const unitsOfPattern = (pattern: string): number => Number(codesOf(pattern) / BigInt(CODES_PER_UNIT));

/** The code of a number from 0 to `codesOf(pattern) - 1`; each has another one. */
export function codeOfNumber(pattern: string, number: bigint): string {
  let rest = number;
  let code = '';
  for (const sign of [...pattern].reverse()) {
    if (!isPlace(sign)) {
      code = sign + code;
      continue;
    }
    const signs = SIGNS[sign];
    code = signs.charAt(Number(rest % BigInt(signs.length))) + code;
    rest /= BigInt(signs.length);
  }
  return code;
}
