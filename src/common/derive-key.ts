import { hkdfSync } from 'node:crypto';

/**
 * A key of 32 bytes for one purpose, so that no secret of the configuration is used for two (HKDF, RFC 5869).
 * @param purpose never changed once something was made with its key
 */
export const deriveKey = (secret: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', `voucherconnect ${purpose}`, 32));
