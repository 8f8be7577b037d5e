import { Command } from 'ioredis';
import { codeAt } from '../common/code-at.js';
import type { RedisClient } from './client.js';

const FIRST_BYTES = 64 * 1_024;
/** Longer texts are written by Node: they are few. */
const SHORT = 256;
/** What stands around an argument: `$`, its length, two line breaks. */
const AROUND = 32;
const [STAR, DOLLAR, CR, LF, ZERO] = [0x2a, 0x24, 0x0d, 0x0a, 0x30];

/** Filled, and copied from, within one call. */
let scratch = Buffer.alloc(FIRST_BYTES);
let end = 0;

/** A call of a script with thousands of arguments, written byte by byte: joined as texts they took four times as long (docs/adr/0115). */
class ScriptCall extends Command {
  constructor(args: readonly string[]) {
    super('evalsha', [], { replyEncoding: 'utf8' });
    // Past the constructor, which would look at each of them twice.
    this.args = args as string[];
  }

  override toWritable(): Buffer {
    end = 0;
    reserve(AROUND);
    scratch[end++] = STAR;
    writeNumber(this.args.length + 1);
    writeText(this.name);
    for (const arg of this.args) writeText(arg as string);
    return Buffer.from(scratch.subarray(0, end));
  }
}

/** `EVALSHA`, as the client's own method sends it. */
export function evalsha(
  redis: RedisClient,
  sha: string,
  keys: readonly string[],
  argv: readonly (string | number)[],
): Promise<unknown> {
  const args = [sha, String(keys.length)];
  for (const key of keys) args.push(key);
  for (const arg of argv) args.push(typeof arg === 'string' ? arg : textOf(arg));
  return redis.sendCommand(new ScriptCall(args)) as Promise<unknown>;
}

/** Whole numbers that are not exact have all their digits, as with the client. */
const textOf = (value: number): string =>
  Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value).toString() : String(value);

function reserve(more: number): void {
  if (end + more <= scratch.length) return;
  const wider = Buffer.alloc(2 * (end + more));
  scratch.copy(wider, 0, 0, end);
  scratch = wider;
}

/** With its line break. */
function writeNumber(value: number): void {
  let length = 1;
  for (let most = 10; value >= most; most *= 10) length += 1;
  let rest = value;
  for (let at = end + length - 1; at >= end; at--) {
    scratch[at] = ZERO + (rest % 10);
    rest = (rest / 10) | 0;
  }
  end += length;
  scratch[end++] = CR;
  scratch[end++] = LF;
}

function writeText(text: string): void {
  const { length } = text;
  // No UTF-16 unit needs more than three bytes of UTF-8.
  reserve(3 * length + AROUND);
  const begin = end;
  scratch[end++] = DOLLAR;
  writeNumber(length);
  let bits = length > SHORT ? 0x80 : 0;
  for (let at = 0; at < length && bits < 0x80; at++) {
    const code = codeAt(text, at);
    bits |= code;
    scratch[end++] = code;
  }
  if (bits >= 0x80) {
    end = begin + 1;
    writeNumber(Buffer.byteLength(text));
    end += scratch.write(text, end, 'utf8');
  }
  scratch[end++] = CR;
  scratch[end++] = LF;
}
