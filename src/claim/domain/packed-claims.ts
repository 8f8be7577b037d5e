import { bits20 } from '../../common/alphabet.js';
import { base32Number } from '../../common/ids.js';
import type { EventClaim } from './event-claim.js';

/**
 * The lines of a pack as bytes, some 24 a claim (docs/adr/0111). First the number of the form; then for each claim 100 bits of its id and 4
 * that say what is not as usual, its sequence as the difference to the claim before, and its user: 80 bits. What the row says is left
 * out, and what a usual claim says as well: an ordinal of 1, and no move.
 */
const FORM = 1;
const FOREIGN_USER = 1;
const ORDINAL = 2;
const MOVE = 4;

const FIRST = '0001';
const MAC_LENGTH = 20;
const USER = 'usr_';
const USER_LENGTH = USER.length + 16;
const ORDINAL_MAX = 32 ** FIRST.length - 1;
const MOVE_MAX = 2 ** 31;
/** Twice as much is still exact. */
const SEQUENCE_MAX = 2 ** 51;
const FOREIGN_MAX_BYTES = 256;
/** More than a claim takes with the longest of each. */
const CLAIM_MAX_BYTES = FOREIGN_MAX_BYTES + 40;

/** Filled, and copied from, within one call. */
let scratch = Buffer.alloc(100 * CLAIM_MAX_BYTES);
let end = 0;

/**
 * @param claims of one voucher
 * @returns `undefined` where one of them says more than this form has room for, or in other letters
 */
export function packClaims(voucherId: string, claims: readonly EventClaim[]): Buffer | undefined {
  if (scratch.length < 1 + claims.length * CLAIM_MAX_BYTES)
    scratch = Buffer.alloc(1 + claims.length * CLAIM_MAX_BYTES);
  const head = `clm_${voucherId.slice(4)}`;
  scratch[0] = FORM;
  end = 1;
  let before = 0;
  for (const claim of claims) {
    if (!writeClaim(head, claim, before)) return undefined;
    before = claim.sequence;
  }
  return Buffer.from(scratch.subarray(0, end));
}

function writeClaim(head: string, claim: EventClaim, before: number): boolean {
  const { id, user_id: user, ordinal, sequence, move, data } = claim;
  if (id.length !== head.length + FIRST.length + MAC_LENGTH || !id.startsWith(head)) return false;
  if (!id.startsWith(ordinal === 1 ? FIRST : base32Number(ordinal, FIRST.length), head.length)) return false;
  if (!isCount(ordinal, ORDINAL_MAX) || !isCount(sequence, SEQUENCE_MAX)) return false;
  if (move !== undefined && (data !== undefined || !isCount(move, MOVE_MAX))) return false;

  const mac = id.length - MAC_LENGTH;
  const last = bits20(id, mac + 16);
  if (last < 0 || !write40(id, mac) || !write40(id, mac + 8)) return false;
  const flagsAt = end + 2;
  write24(last * 16 + (ordinal === 1 ? 0 : ORDINAL) + (move === undefined ? 0 : MOVE));
  const step = sequence - before;
  writeNumber(step >= 0 ? 2 * step : -2 * step - 1);
  if (ordinal !== 1) writeNumber(ordinal);
  if (move !== undefined) writeNumber(move);

  const userAt = end;
  if (user.length === USER_LENGTH && user.startsWith(USER)) {
    if (write40(user, USER.length) && write40(user, USER.length + 8)) return true;
    end = userAt;
  }
  scratch[flagsAt] = (scratch[flagsAt] ?? 0) | FOREIGN_USER;
  return writeText(user);
}

/** The claims of a pack, in their order. Of one that was cut off by hand, those that are whole. @throws Error for a form of a later version */
export function unpackClaims(voucherId: string, packed: Buffer | ArrayBuffer): EventClaim[] {
  const bytes = Buffer.isBuffer(packed) ? packed : Buffer.from(packed);
  if (bytes[0] !== FORM)
    throw new Error(`a pack of events in form ${bytes[0]}, which this version cannot read`);
  const claims: EventClaim[] = [];
  const head = `clm_${voucherId.slice(4)}`;
  const reader = new Reader(bytes);
  for (let sequence = 0; !reader.isAtEnd;) {
    const mac = reader.base32(2);
    const rest = reader.number24();
    const step = reader.number();
    sequence += step % 2 === 0 ? step / 2 : -(step + 1) / 2;
    const ordinal = rest & ORDINAL ? reader.number() : 1;
    const move = rest & MOVE ? reader.number() : undefined;
    const user_id = rest & FOREIGN_USER ? reader.text() : `${USER}${reader.base32(2)}`;
    if (reader.isBehindEnd) break;
    claims.push({
      id: `${head}${ordinal === 1 ? FIRST : base32Number(ordinal, FIRST.length)}${mac}${letters20(rest >>> 4)}`,
      voucher_id: voucherId,
      user_id,
      ordinal,
      sequence,
      ...(move === undefined ? {} : { move }),
    });
  }
  return claims;
}

const isCount = (value: number, max: number): boolean => Number.isInteger(value) && value > 0 && value <= max;

/** Eight letters as five bytes. */
function write40(text: string, at: number): boolean {
  const high = bits20(text, at);
  const low = bits20(text, at + 4);
  if ((high | low) < 0) return false;
  scratch[end] = high >>> 12;
  scratch[end + 1] = high >>> 4;
  scratch[end + 2] = (high << 4) | (low >>> 16);
  scratch[end + 3] = low >>> 8;
  scratch[end + 4] = low;
  end += 5;
  return true;
}

function write24(value: number): void {
  scratch[end] = value >>> 16;
  scratch[end + 1] = value >>> 8;
  scratch[end + 2] = value;
  end += 3;
}

/** Seven bits a byte, the low ones first; all but the last byte have the eighth. */
function writeNumber(value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) scratch[end++] = (rest % 128) | 128;
  scratch[end++] = rest;
}

/** @returns whether it is read as the same text */
function writeText(text: string): boolean {
  const bytes = Buffer.from(text);
  if (bytes.length > FOREIGN_MAX_BYTES || bytes.toString() !== text) return false;
  writeNumber(bytes.length);
  end += bytes.copy(scratch, end);
  return true;
}

/** Two letters for each ten bits. */
const PAIRS = Array.from({ length: 1_024 }, (_, value) => base32Number(value, 2));
const pair = (bits: number): string => PAIRS[bits & 1_023] ?? '';
const letters20 = (bits: number): string => pair(bits >>> 10) + pair(bits);

/** Gives zeros behind the end. */
class Reader {
  private at = 1;

  constructor(private readonly bytes: Buffer) {}

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  get isBehindEnd(): boolean {
    return this.at > this.bytes.length;
  }

  private byte(): number {
    return this.bytes[this.at++] ?? 0;
  }

  number24(): number {
    return (this.byte() << 16) | (this.byte() << 8) | this.byte();
  }

  number(): number {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = this.byte();
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  }

  /** So many times eight letters. */
  base32(eights: number): string {
    let text = '';
    for (let n = 0; n < eights; n++) {
      const high = (this.byte() << 12) | (this.byte() << 4);
      const middle = this.byte();
      const low = ((middle & 15) << 16) | (this.byte() << 8) | this.byte();
      text += letters20(high | (middle >>> 4)) + letters20(low);
    }
    return text;
  }

  text(): string {
    const length = this.number();
    const from = this.at;
    this.at += length;
    return this.bytes.toString('utf8', from, this.at);
  }
}
