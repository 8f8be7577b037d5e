import { bits20, valuesOf } from '../../../common/alphabet.js';
import { codeAt } from '../../../common/code-at.js';
import { BASE_32 } from '../../../common/ids.js';

const FIRST_BYTES = 128 * 1_024;
/** Of a number: digits of the greatest that is exact. */
const DIGITS_MAX = 16;
/** Digits that are split from the rest as a small integer. */
const LOW = 1_000_000;

const ZERO = 48;
const HEX = Buffer.from('0123456789ABCDEF');
const DASH = 45;

const CAPITALS = valuesOf(BASE_32.toUpperCase());

/**
 * Rows of an `INSERT`, written as text byte by byte: with a parameter for each value the driver takes several times as long
 * (docs/adr/0115). What comes from outside is written as digits, as hexadecimal digits, or stands as `?` and goes to the driver;
 * so no value can say anything to the server but itself, whatever its `sql_mode`.
 */
export class RowText {
  private bytes = Buffer.alloc(FIRST_BYTES);
  private end = 0;
  private asked: unknown[] = [];

  /**
   * The text so far, and what is asked for in it; begins anew.
   * @returns `null` where nothing is: of an empty list the driver would look through the text for what asks
   */
  take(): { readonly sql: string; readonly values: unknown[] | null } {
    const sql = this.bytes.toString('latin1', 0, this.end);
    const { asked } = this;
    this.end = 0;
    this.asked = [];
    return { sql, values: asked.length === 0 ? null : asked };
  }

  /** @param text of the program, in ASCII; never of a value */
  sql(text: string): void {
    this.reserve(text.length);
    for (let at = 0; at < text.length; at++) this.bytes[this.end++] = codeAt(text, at);
  }

  /** Digits for a whole number; anything else goes to the driver. */
  value(value: unknown): void {
    if (value === null) return this.sql('NULL');
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return this.digits(value);
    this.sql('?');
    this.asked.push(value);
  }

  /** Any bytes. */
  hex(bytes: Uint8Array): void {
    this.reserve(2 * bytes.length + 3);
    this.open();
    for (const byte of bytes) {
      this.bytes[this.end++] = HEX[byte >> 4] ?? ZERO;
      this.bytes[this.end++] = HEX[byte & 15] ?? ZERO;
    }
    this.close();
  }

  /**
   * The bits of base 32 as bytes.
   * @param chars how many from there; a multiple of 8
   * @returns whether it was written: nothing is where a character is of another alphabet
   */
  base32(text: string, from: number, chars: number): boolean {
    const { end } = this;
    this.reserve((chars * 5) / 4 + 3);
    this.open();
    for (let at = from; at < from + chars; at += 4) {
      const bits = bits20(text, at);
      if (bits < 0) return this.back(end);
      this.five(bits);
    }
    this.close();
    return true;
  }

  /** The same of a code: sixteen letters in groups of four, in capitals. */
  code(text: string): boolean {
    const { end } = this;
    if (text.length !== 19) return false;
    this.reserve(23);
    this.open();
    for (let at = 0; at < text.length; at += 5) {
      const bits = bits20(text, at, CAPITALS);
      if (bits < 0 || (at > 0 && codeAt(text, at - 1) !== DASH)) return this.back(end);
      this.five(bits);
    }
    this.close();
    return true;
  }

  private five(bits: number): void {
    const { bytes, end } = this;
    bytes[end] = HEX[bits >>> 16] ?? ZERO;
    bytes[end + 1] = HEX[(bits >>> 12) & 15] ?? ZERO;
    bytes[end + 2] = HEX[(bits >>> 8) & 15] ?? ZERO;
    bytes[end + 3] = HEX[(bits >>> 4) & 15] ?? ZERO;
    bytes[end + 4] = HEX[bits & 15] ?? ZERO;
    this.end = end + 5;
  }

  private digits(value: number): void {
    this.reserve(DIGITS_MAX);
    let length = 1;
    for (let most = 10; value >= most; most *= 10) length += 1;
    let at = (this.end += length);
    let rest = value;
    for (; rest >= LOW; rest = Math.floor(rest / LOW)) {
      let low = rest % LOW;
      for (let n = 0; n < 6; n++) {
        this.bytes[--at] = ZERO + (low % 10);
        low = (low / 10) | 0;
      }
    }
    do {
      this.bytes[--at] = ZERO + (rest % 10);
      rest = (rest / 10) | 0;
    } while (rest > 0);
  }

  private open(): void {
    this.bytes[this.end++] = 0x58; // X
    this.bytes[this.end++] = 0x27; // '
  }

  private close(): void {
    this.bytes[this.end++] = 0x27;
  }

  private back(end: number): false {
    this.end = end;
    return false;
  }

  private reserve(more: number): void {
    if (this.end + more <= this.bytes.length) return;
    const wider = Buffer.alloc(2 * (this.end + more));
    this.bytes.copy(wider, 0, 0, this.end);
    this.bytes = wider;
  }
}
