import { createHmac } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { JWT_ALGORITHM, JWT_ISSUER } from '../../src/auth/tokens.js';
import { base32Number } from '../../src/common/ids.js';

const CHUNK = 2_000;

/** The n-th shopper; ids of one length, so that all tokens are of one length too. */
export interface Shopper {
  readonly userId: string;
  readonly sessionId: string;
}

/** @param users a number that no other users of this installation has */
export const shopper = (users: number, n: number): Shopper => {
  const tail = `${base32Number(users, 10)}${base32Number(n, 6)}`;
  return { userId: `usr_${tail}`, sessionId: `ses_${tail}` };
};

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const HEADER = part({ alg: JWT_ALGORITHM, typ: 'JWT' });

/**
 * An access token such as a login gives, signed with the installation's secret.
 * @param issuedAtS seconds since 1970
 */
export function accessToken(
  { userId, sessionId }: Shopper,
  secret: string,
  issuedAtS: number,
  ttlS: number,
): string {
  const claims = { sub: userId, sid: sessionId, role: 'shopper', iat: issuedAtS, exp: issuedAtS + ttlS };
  const text = `${HEADER}.${part({ ...claims, iss: JWT_ISSUER })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** Writes lines by the thousand; a million of them would be too much for one string. */
export async function writeLines(file: string, count: number, line: (n: number) => string): Promise<void> {
  const stream = createWriteStream(file);
  for (let from = 0; from < count; from += CHUNK) {
    let text = '';
    for (let n = from; n < Math.min(count, from + CHUNK); n++) text += `${line(n)}\n`;
    if (!stream.write(text)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
}
