import { randomBytes } from 'node:crypto';
import { HmacSha256 } from '../../common/hmac.js';

/** Standard Webhooks, https://www.standardwebhooks.com: secrets are `whsec_` and base 64, here of 32 random bytes. */
const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

export const newWebhookSecret = (): string => PREFIX + randomBytes(SECRET_BYTES).toString('base64');

/** What signs by a secret: made once for all messages that it signs. */
export const signingKey = (secret: string): HmacSha256 =>
  new HmacSha256(Buffer.from(secret.slice(PREFIX.length), 'base64'));

/**
 * The headers that name and sign one message. With two keys, while one replaces the other, there are two signatures, and a receiver
 * takes either.
 * @param at ms since 1970; a receiver refuses what is minutes old
 * @param body as it is sent, byte for byte
 */
export function signedHeaders(
  id: string,
  at: number,
  body: string,
  keys: readonly HmacSha256[],
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1_000));
  const signatures = keys.map((key) => `v1,${key.base64(`${id}.${timestamp}.${body}`)}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
