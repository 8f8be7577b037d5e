import { BASE_32_VALUES } from '../../../common/alphabet.js';
import { codeAt } from '../../../common/code-at.js';
import { base32Bytes, ClaimIds } from '../../../common/ids.js';

/** Bytes of an id's 16 characters, of 5 bits each. */
const ID_BYTES = 10;
const ID_CHARS = 16;
/** Bytes of the 24 characters of a claim's id that follow its voucher's: its ordinal, and what is its own. */
const TAIL_BYTES = 15;
const TAIL_CHARS = 24;
/** Stands before text that is kept as it is: no text has this byte, and what has a shorter form does not begin with it. */
const TEXT = 0xff;

/** The bits of text in base 32, 8 characters in 5 bytes; `undefined` for text that is none. @param from where it begins in `text` */
function bytesOf(text: string, from: number, bytes: number): Buffer | undefined {
  const packed = Buffer.allocUnsafe(bytes);
  let bits = 0;
  let held = 0;
  let at = 0;
  let bad = 0;
  for (let index = from; at < bytes; index++) {
    const value = BASE_32_VALUES[codeAt(text, index)] ?? -1;
    bad |= value;
    held = ((held << 5) | (value & 31)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      packed[at++] = held >> bits;
    }
  }
  return bad < 0 ? undefined : packed;
}

const textOf = (packed: Buffer): string => base32Bytes(packed, (packed.length * 8) / 5);

/** 10 bytes of 16 characters; `undefined` of others. */
function packIfShorter(text: string, from: number): Buffer | undefined {
  const packed = bytesOf(text, from, ID_BYTES);
  return packed?.[0] === TEXT ? undefined : packed;
}

/** Before everything: nobody is called so. */
const NO_TEXT = Buffer.alloc(1);

/** Text that has no shorter form, behind a byte that says so. */
const asText = (text: string): Buffer =>
  text === '' ? NO_TEXT : Buffer.concat([Buffer.from([TEXT]), Buffer.from(text)]);

const isText = (packed: Buffer): boolean => packed[0] === TEXT;
const fromText = (packed: Buffer): string => packed.toString('utf8', 1);

/** @returns 10 bytes; `undefined` for what is no id of a voucher */
export const packVoucher = (id: string): Buffer | undefined =>
  id.length === ID_CHARS + 4 && id.startsWith('vch_') ? bytesOf(id, 4, ID_BYTES) : undefined;

export const voucherOf = (packed: Buffer): string => `vch_${textOf(packed)}`;

/** 10 bytes of `usr_` and 16 characters in base 32; any other user in text, behind all of those. They sort like the ids. */
export const packUser = (id: string): Buffer =>
  (id.length === ID_CHARS + 4 && id.startsWith('usr_') ? packIfShorter(id, 4) : undefined) ?? asText(id);

export const userOf = (packed: Buffer): string =>
  isText(packed) ? fromText(packed) : `usr_${textOf(packed)}`;

/** What a claim's id says besides its voucher: 15 bytes; `undefined` for what is no id of a claim. It sorts like the id. */
export const packTail = (id: string): Buffer | undefined =>
  ClaimIds.parse(id) ? bytesOf(id, id.length - TAIL_CHARS, TAIL_BYTES) : undefined;

export const claimIdOf = (voucher: Buffer, tail: Buffer): string => `clm_${textOf(voucher)}${textOf(tail)}`;

const CODE = /^[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}$/;

/** 10 bytes of a code that is made of a claim's id, or looks so; any other one in text. */
export const packCode = (code: string): Buffer =>
  (CODE.test(code) ? packIfShorter(code.replaceAll('-', '').toLowerCase(), 0) : undefined) ?? asText(code);

export function codeOf(packed: Buffer): string {
  if (isText(packed)) return fromText(packed);
  const text = textOf(packed).toUpperCase();
  return `${text.slice(0, 4)}-${text.slice(4, 8)}-${text.slice(8, 12)}-${text.slice(12)}`;
}

/** A range of packed values, both ends within it. */
export interface PackedRange {
  readonly from: Buffer;
  readonly to: Buffer;
}

/** What text in base 32 begins like, of a number of characters; `undefined` where nothing can begin so. */
function beginningWith(begin: string, chars: number, bytes: number): PackedRange | undefined {
  if (begin.length > chars) return undefined;
  const from = bytesOf(begin.padEnd(chars, '0'), 0, bytes);
  const to = bytesOf(begin.padEnd(chars, 'z'), 0, bytes);
  return from && to && { from, to };
}

/** Users whose ids begin so, of both forms. */
export function usersBeginning(begin: string): PackedRange[] {
  const prefix = 'usr_';
  const ids =
    begin.startsWith(prefix) || prefix.startsWith(begin)
      ? beginningWith(begin.slice(prefix.length), ID_CHARS, ID_BYTES)
      : undefined;
  // Where those that begin so are all there are, what is kept as text would be among them.
  if (ids?.to[0] === TEXT) ids.to[0] = TEXT - 1;
  const from = Buffer.concat([Buffer.from([TEXT]), Buffer.from(begin)]);
  const others = { from, to: Buffer.concat([from, Buffer.from([TEXT])]) };
  return [...(ids ? [ids] : []), others];
}

/** Claims on a voucher whose ids begin so: one range, or none. */
export function tailsBeginning(voucherId: string, begin: string): PackedRange[] {
  const head = `clm_${voucherId.slice(4)}`;
  if (!head.startsWith(begin) && !begin.startsWith(head)) return [];
  const range = beginningWith(begin.slice(head.length), TAIL_CHARS, TAIL_BYTES);
  return range ? [range] : [];
}
