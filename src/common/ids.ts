import { hash, randomFillSync, timingSafeEqual } from 'node:crypto';
import { codeAt } from './code-at.js';
import { HmacSha256 } from './hmac.js';
import { inMode, type Mode } from './mode.js';

/** Crockford's base 32 in lower case: sorts like the number, no i, l, o or u to misread. */
export const BASE_32 = '0123456789abcdefghjkmnpqrstvwxyz';

export type IdPrefix =
  | 'usr'
  | 'mer'
  | 'vch'
  | 'evt'
  | 'ses'
  | 'req'
  | 'cap'
  | 'blk'
  | 'ins'
  | 'rdm'
  | 'aud'
  | 'can'
  | 'adt'
  | 'rhs'
  | 'key'
  | 'whk'
  | 'dlv'
  | 'mal'
  | 'rst'
  | 'inv'
  | 'msg';

/** Characters after the prefix of a sortable id: 10 of time (ms), 6 of randomness. */
export const ID_LENGTH = 16;

/** Characters of the longest id: the columns that hold ids take no more. */
const ID_MAX = 64;

/** Big-endian base 32 of `value`, left-padded with zeros to `length` characters. */
export function base32Number(value: number, length: number): string {
  let rest = value;
  let out = '';
  for (let i = 0; i < length; i++) {
    out = BASE_32.charAt(rest % 32) + out;
    rest = Math.floor(rest / 32);
  }
  return out;
}

/** The number that some text in this base 32 stands for, as long as it is exact; `undefined` for any other text. */
export function base32Value(text: string): number | undefined {
  if (text.length === 0 || text.length > 10 || !/^[0-9a-hjkmnp-tv-z]+$/.test(text)) return undefined;
  let value = 0;
  for (const char of text) value = value * 32 + BASE_32.indexOf(char);
  return value;
}

const CODES = Buffer.from(BASE_32, 'latin1');
const CAPITALS = Buffer.from(BASE_32.toUpperCase(), 'latin1');
const scratch = Buffer.alloc(64);

/** Five bits, of characters that stand for a byte each. @param at which five */
function fiveBits(binary: string, at: number): number {
  const bit = at * 5;
  const byte = bit >> 3;
  return (((codeAt(binary, byte) << 8) | codeAt(binary, byte + 1)) >> (11 - (bit & 7))) & 31;
}

/** Base 32 of the first `length` x 5 bits of `bytes`; `length` is at most 64. */
export function base32Bytes(bytes: Buffer, length: number): string {
  let bits = 0;
  let held = 0;
  let written = 0;
  for (let i = 0; i < bytes.length && written < length; i++) {
    held = ((held << 8) | (bytes[i] ?? 0)) & 0xffff;
    bits += 8;
    while (bits >= 5 && written < length) {
      bits -= 5;
      scratch[written++] = CODES[(held >> bits) & 31] ?? 0;
    }
  }
  return scratch.toString('latin1', 0, written);
}

/** Two characters for each ten bits. */
const PAIRS = Array.from({ length: 1_024 }, (_, value) => base32Number(value, 2));

const pool = new Uint32Array(1_024);
let drawn = pool.length;

/** Six random characters, of 30 bits; drawn from the system a page at a time: a call for four bytes costs as much as one for all. */
function randomSix(): string {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  const bits = pool[drawn++] ?? 0;
  return `${PAIRS[bits >>> 22]}${PAIRS[(bits >>> 12) & 1_023]}${PAIRS[(bits >>> 2) & 1_023]}`;
}

let stampedMs = NaN;
let stamp = '';

/** Ten characters of time; of ids that are made within a millisecond, all but the first find them made. */
function stampOf(nowMs: number): string {
  if (nowMs !== stampedMs) {
    stamp = base32Number(nowMs, 10);
    stampedMs = nowMs;
  }
  return stamp;
}

/** A prefixed id that sorts by creation time (1 ms) and is unique within it with 30 random bits. */
export function newId(prefix: IdPrefix, nowMs: number, mode: Mode = 'live'): string {
  const id = `${prefix}_${stampOf(nowMs)}${randomSix()}`;
  return mode === 'live' ? id : inMode(id, mode);
}

/** What every id of this time or later sorts behind or equals, and every earlier one before. */
export const firstIdOf = (prefix: IdPrefix, ms: number): string =>
  `${prefix}_${base32Number(Math.max(0, ms), 10)}${'0'.repeat(ID_LENGTH - 10)}`;

/**
 * What sorts behind every id that begins so, by every collation that a database may have. A symbol does not: `~` is behind letters and
 * digits in MariaDB 10.11, and before them in MySQL and MariaDB 11.8.
 * @param begin none, for what is behind all ids
 */
export const behindIds = (begin = ''): string => `${begin}${'z'.repeat(ID_MAX)}`;

export const isId = (prefix: IdPrefix, text: string): boolean =>
  text.length === prefix.length + 1 + ID_LENGTH &&
  text.startsWith(`${prefix}_`) &&
  /^[0-9a-hjkmnp-tv-z]+$/.test(text.slice(prefix.length + 1));

/** Characters of a claim's id that belong to it alone: 100 bits. */
const CLAIM_MAC_LENGTH = 20;
/** Characters of a code: 80 bits. */
const CODE_LENGTH = 16;
const DASH = 0x2d;

/** What a claim's id says by itself. */
export interface ClaimRef {
  readonly voucherId: string;
  readonly ordinal: number;
}

/**
 * Claim ids and codes, derived with a secret from (voucher, user, ordinal).
 *
 * `clm_` + 16 characters of the voucher + 4 of the ordinal + 20 (100 bits) of HMAC-SHA-256. The id leads to its voucher's
 * shard without a lookup, and only its owner can hold it: `owns` recomputes the code part for the asking user.
 */
export class ClaimIds {
  private readonly hmac: HmacSha256;

  constructor(secret: string) {
    this.hmac = new HmacSha256(secret);
  }

  id(voucherId: string, userId: string, ordinal: number): string {
    return `clm_${voucherId.slice(4)}${base32Number(ordinal, 4)}${this.macOf(`id:${voucherId}/${userId}/${ordinal}`)}`;
  }

  /** The code a cashier sees: 16 characters (80 bits) in groups of four. */
  code(claimId: string): string {
    const mac = this.hmac.binary(`code:${claimId}`);
    let end = 0;
    for (let at = 0; at < CODE_LENGTH; at++) {
      if (at > 0 && at % 4 === 0) scratch[end++] = DASH;
      scratch[end++] = CAPITALS[fiveBits(mac, at)] ?? 0;
    }
    return scratch.toString('latin1', 0, end);
  }

  /** The parts of an id, or `undefined` where it is not of the form of a claim id. */
  static parse(claimId: string): ClaimRef | undefined {
    const match = /^clm_([0-9a-hjkmnp-tv-z]{16})([0-9a-hjkmnp-tv-z]{4})[0-9a-hjkmnp-tv-z]{20}$/.exec(claimId);
    if (!match?.[1] || !match[2]) return undefined;
    return { voucherId: `vch_${match[1]}`, ordinal: base32Value(match[2]) ?? 0 };
  }

  /** The parts of an id that belongs to `userId`, else `undefined`. Constant time in the secret part. */
  owns(userId: string, claimId: string): ClaimRef | undefined {
    const ref = ClaimIds.parse(claimId);
    if (!ref) return undefined;
    const expected = Buffer.from(this.id(ref.voucherId, userId, ref.ordinal));
    const given = Buffer.from(claimId);
    return expected.length === given.length && timingSafeEqual(expected, given) ? ref : undefined;
  }

  /** The key of the codes that a voucher's pattern gives: 32 bytes (docs/adr/0094). */
  codeKey(voucherId: string): Buffer {
    return this.hmac.digest(`code-pattern:${voucherId}`);
  }

  private macOf(text: string): string {
    const mac = this.hmac.binary(text);
    for (let at = 0; at < CLAIM_MAC_LENGTH; at++) scratch[at] = CODES[fiveBits(mac, at)] ?? 0;
    return scratch.toString('latin1', 0, CLAIM_MAC_LENGTH);
  }
}

const marks = new Map<string, string>();

/**
 * The id of the event that a claim changed, so that a second issue of the same event dedupes by itself: `evt_`, the 20 characters of
 * the claim's id that are its own, and 6 that stand for the event's type.
 * @param move which move of the claim it tells of, from 1: a claim that is redeemed twice has two events of one type
 */
export function eventId(type: string, claimId: string, move = 1): string {
  const mark = move > 1 ? markOf(`${type} ${move}`) : knownMark(type);
  return `evt_${claimId.slice(-CLAIM_MAC_LENGTH)}${mark}`;
}

function knownMark(type: string): string {
  let mark = marks.get(type);
  if (mark === undefined) {
    mark = markOf(type);
    marks.set(type, mark);
  }
  return mark;
}

const markOf = (text: string): string => base32Bytes(hash('sha256', text, 'buffer'), 6);
