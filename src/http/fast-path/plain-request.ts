import { type IncomingMessage } from 'node:http';

/** A request as far as its head goes; Node's own are such, too. */
export type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>;

/** Headers by which is decided here, and those that make a request more than plain. */
const DECISIVE = ['host', 'authorization', 'idempotency-key', 'x-request-id', 'x-forwarded-for'];
const NOT_PLAIN = ['expect', 'transfer-encoding'];
const LENGTH = 'content-length';
const LOOKED_AT = new Map([...DECISIVE, ...NOT_PLAIN, LENGTH].map((name, index) => [name, 1 << index]));
const HOST_BIT = 1;
const LENGTHS = new Set([...LOOKED_AT.keys()].map((name) => name.length));

/** No body and nothing to agree on first, and each header that counts said once: what it means twice, Node knows. */
export function isPlainRequest({ rawHeaders }: RequestHead): boolean {
  let seen = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const given = rawHeaders[i] as string;
    if (!LENGTHS.has(given.length)) continue;
    const name = given.toLowerCase();
    const bit = LOOKED_AT.get(name);
    if (bit === undefined) continue;
    if (seen & bit || NOT_PLAIN.includes(name) || (name === LENGTH && rawHeaders[i + 1] !== '0'))
      return false;
    seen |= bit;
  }
  return (seen & HOST_BIT) !== 0;
}
