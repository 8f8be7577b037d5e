import { codeAt } from './code-at.js';
import { BASE_32 } from './ids.js';

/** What each character of an alphabet in ASCII stands for, by its code below 128; -1 for all others. */
export function valuesOf(alphabet: string): Int8Array {
  const values = new Int8Array(128).fill(-1);
  for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value;
  return values;
}

export const BASE_32_VALUES = valuesOf(BASE_32);

/** Of four letters of base 32; below 0 where one of them is not of the alphabet. @param values of the alphabet: in capitals there are others */
export const bits20 = (text: string, at: number, values = BASE_32_VALUES): number =>
  ((values[codeAt(text, at)] ?? -1) << 15) |
  ((values[codeAt(text, at + 1)] ?? -1) << 10) |
  ((values[codeAt(text, at + 2)] ?? -1) << 5) |
  (values[codeAt(text, at + 3)] ?? -1);
