import { BASE_32_VALUES, valuesOf } from '../../../common/alphabet.js';
import { codeAt } from '../../../common/code-at.js';
import { base32Number, ID_LENGTH, isId } from '../../../common/ids.js';

/**
 * User ids as field names of the hash `claims`, once a claim has ended: 14 characters for the 80 bits of an id, which is what the smallest
 * pieces of Redis's memory hold (docs/adr/0107). They are ASCII, so a client may read them as text.
 */

const PREFIX = 'usr_';
const BASE_64 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-';
/** The first character, of two bits: no user id begins with one of these. */
const FIRST = '!#$%';
const SHORT_LENGTH = 14;

const VALUE_64 = valuesOf(BASE_64);
const VALUE_FIRST = valuesOf(FIRST);
const CODE_64 = Uint8Array.from(BASE_64, (char) => char.charCodeAt(0));
const CODE_FIRST = Uint8Array.from(FIRST, (char) => char.charCodeAt(0));

/** The number that some characters stand for; below 0 where one of them stands for nothing. */
function number(text: string, values: Int8Array, bits: number, from: number, to: number): number {
  let all = 0;
  let wrong = 0;
  for (let at = from; at < to; at++) {
    const value = values[codeAt(text, at)] ?? -1;
    wrong |= value;
    all = (all << bits) | value;
  }
  return wrong < 0 ? -1 : all;
}

const code = (value: number, shift: number): number => CODE_64[(value >>> shift) & 63] ?? 0;

/** @returns nothing for an id of another form: it keeps its text */
export function shortUserId(userId: string): string {
  if (userId.length !== PREFIX.length + ID_LENGTH || !userId.startsWith(PREFIX)) return '';
  const a = number(userId, BASE_32_VALUES, 5, 4, 10);
  const b = number(userId, BASE_32_VALUES, 5, 10, 16);
  const c = number(userId, BASE_32_VALUES, 5, 16, 20);
  if (a < 0 || b < 0 || c < 0) return '';
  return String.fromCharCode(
    CODE_FIRST[c >>> 18] ?? 0,
    code(a, 24),
    code(a, 18),
    code(a, 12),
    code(a, 6),
    code(a, 0),
    code(b, 24),
    code(b, 18),
    code(b, 12),
    code(b, 6),
    code(b, 0),
    code(c, 12),
    code(c, 6),
    code(c, 0),
  );
}

/** The user of a field of the hash `claims`, whichever form it has. */
export function userOfField(field: string): string {
  const first = field.length === SHORT_LENGTH ? number(field, VALUE_FIRST, 2, 0, 1) : -1;
  if (first < 0) return field;
  const a = number(field, VALUE_64, 6, 1, 6);
  const b = number(field, VALUE_64, 6, 6, 11);
  const c = number(field, VALUE_64, 6, 11, 14);
  const userId = PREFIX + base32Number(a, 6) + base32Number(b, 6) + base32Number((first << 18) | c, 4);
  return a >= 0 && b >= 0 && c >= 0 && isId('usr', userId) ? userId : field;
}
