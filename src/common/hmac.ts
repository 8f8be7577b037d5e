import { createHmac, hash } from 'node:crypto';
import { codeAt } from './code-at.js';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** Longer texts take the ordinary way. */
const MOST_BYTES = 4_096;

/**
 * HMAC-SHA-256 (RFC 2104) under one key, for what every claim needs several times, and every webhook. `createHmac` makes a native object a call,
 * which the garbage collector has to finalise: with half a million different tokens that cost 30 µs a request, this
 * 3 (docs/adr/0026).
 */
export class HmacSha256 {
  private readonly key: Buffer;
  /** The inner block, then the text. */
  private readonly inner = Buffer.alloc(BLOCK_BYTES + MOST_BYTES);
  /** `inner` up to each length that was asked for: made at each call, views are a fifth of its cost. */
  private readonly views: Buffer[] = [];
  /** The outer block, then the inner digest. */
  private readonly outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);

  /** @param key text stands for its UTF-8 */
  constructor(key: string | Buffer) {
    this.key = typeof key === 'string' ? Buffer.from(key, 'utf8') : key;
    const block = Buffer.alloc(BLOCK_BYTES);
    (this.key.length > BLOCK_BYTES ? hash('sha256', this.key, 'buffer') : this.key).copy(block);
    for (const [index, byte] of block.entries()) {
      this.inner[index] = byte ^ 0x36;
      this.outer[index] = byte ^ 0x5c;
    }
  }

  /** 32 bytes. From text: `hash` makes a buffer of its own in 0.6 µs, as the engine has to release it; text and a slice of Node's pool take 0.3. */
  digest(text: string): Buffer {
    return Buffer.from(this.binary(text), 'latin1');
  }

  /** 32 bytes, each as a character; for who reads them one by one. */
  binary(text: string): string {
    return this.through(text, 'binary') ?? createHmac('sha256', this.key).update(text).digest('binary');
  }

  /** 43 characters. */
  base64url(text: string): string {
    return this.through(text, 'base64url') ?? createHmac('sha256', this.key).update(text).digest('base64url');
  }

  /** 44 characters. */
  base64(text: string): string {
    return this.through(text, 'base64') ?? createHmac('sha256', this.key).update(text).digest('base64');
  }

  private through(text: string, encoding: 'binary' | 'base64' | 'base64url'): string | undefined {
    // No UTF-16 unit needs more than three bytes of UTF-8.
    if (text.length * 3 > MOST_BYTES) return undefined;
    const length = BLOCK_BYTES + this.inner.write(text, BLOCK_BYTES, 'utf8');
    const asked = (this.views[length] ??= this.inner.subarray(0, length));
    this.outer.write(hash('sha256', asked, 'binary'), BLOCK_BYTES, 'latin1');
    return hash('sha256', this.outer, encoding);
  }
}

/** Whether the texts are the same, in a time that tells nothing of where they differ. */
export function equalInConstantTime(expected: string, given: string): boolean {
  let difference = expected.length ^ given.length;
  for (let i = 0; i < expected.length; i++) difference |= codeAt(expected, i) ^ codeAt(given, i);
  return difference === 0;
}
