import { createHmac, timingSafeEqual } from 'node:crypto';
import { deriveKey } from '../common/derive-key.js';
import { type Link } from '../claim/index.js';

const NONCE_BYTES = 16;
const EXPIRY_BYTES = 6;
const SEAL_BYTES = 20;
/** The random part of a voucher's id, then 42 bytes, which base64url writes without a spare bit: one text a token. */
const FORM = /^([0-9a-hjkmnp-tv-z]{16})([A-Za-z0-9_-]{56})$/;

/**
 * Claim links that prove themselves: voucher, expiry and nonce under an HMAC over these and the user. The user is not in
 * it: who presents a link is known, and with another user the seal does not fit.
 */
export class LinkTokens {
  private readonly key: Buffer;

  constructor(secret: string) {
    this.key = deriveKey(secret, 'claim link');
  }

  make(userId: string, { voucherId, expiresAt, nonce }: Link): string {
    const open = Buffer.alloc(EXPIRY_BYTES + NONCE_BYTES);
    open.writeUIntBE(expiresAt, 0, EXPIRY_BYTES);
    open.write(nonce, EXPIRY_BYTES, 'hex');
    const body = Buffer.concat([open, this.seal(voucherId, userId, open)]);
    return `${voucherId.slice(4)}${body.toString('base64url')}`;
  }

  /** `undefined` for anything that was not made here for this user. Whether it has expired is not judged. */
  read(userId: string, token: string): Link | undefined {
    const parts = FORM.exec(token);
    if (!parts?.[1] || !parts[2]) return undefined;
    const voucherId = `vch_${parts[1]}`;
    const body = Buffer.from(parts[2], 'base64url');
    const open = body.subarray(0, EXPIRY_BYTES + NONCE_BYTES);
    const seal = body.subarray(EXPIRY_BYTES + NONCE_BYTES);
    if (!timingSafeEqual(seal, this.seal(voucherId, userId, open))) return undefined;
    return {
      voucherId,
      expiresAt: open.readUIntBE(0, EXPIRY_BYTES),
      nonce: open.subarray(EXPIRY_BYTES).toString('hex'),
    };
  }

  private seal(voucherId: string, userId: string, open: Buffer): Buffer {
    return createHmac('sha256', this.key)
      .update(`${voucherId}/${userId}/`)
      .update(open)
      .digest()
      .subarray(0, SEAL_BYTES);
  }
}
