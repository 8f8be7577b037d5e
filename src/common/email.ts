import { domainToASCII } from 'node:url';
import { foldText } from './text.js';

/** What to enter, as the pages say it. */
export const EMAIL_FORMAT = 'Enter an e-mail address, for example lin@example.com';

/** RFC 5321, section 4.5.3.1: octets of the part before the @, and of the whole path without its brackets. */
const LOCAL_MAX = 64;
const ADDRESS_MAX = 254;

/**
 * Characters of RFC 5322 `atext`, letters and marks of all scripts (RFC 6531), and dots. Dots at the end or in a row are against
 * the standard and in use: the oldest Japanese carriers gave such addresses out.
 */
const PLAIN_LOCAL = /^(?!\.)[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.-]+$/u;
/** RFC 5321 `Quoted-string`: printable ASCII, with a backslash before `"` and `\`. */
const QUOTED_LOCAL = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])+"$/;
/** At least two labels of a host name (RFC 1123), the last of them no number. */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The one form of an e-mail address that is stored and compared: folded (NFKC, nothing invisible), in lower case, the domain
 * in ASCII (UTS 46), the part before the @ without quotes that it does not need.
 * @returns `undefined` where the text is no address that mail can go to
 */
export function normalEmail(text: string): string | undefined {
  if (text.length > 512 || /\p{Cc}/u.test(text.trim())) return undefined;
  const folded = foldText(text).toLowerCase();
  const at = folded.lastIndexOf('@');
  const local = normalLocal(folded.slice(0, Math.max(at, 0)));
  const domain = domainToASCII(folded.slice(at + 1));
  if (local === undefined || !DOMAIN.test(domain)) return undefined;
  const address = `${local}@${domain}`;
  return Buffer.byteLength(local) <= LOCAL_MAX && Buffer.byteLength(address) <= ADDRESS_MAX
    ? address
    : undefined;
}

function normalLocal(local: string): string | undefined {
  if (PLAIN_LOCAL.test(local)) return local;
  if (!QUOTED_LOCAL.test(local)) return undefined;
  const content = local.slice(1, -1).replace(/\\(.)/g, '$1');
  return PLAIN_LOCAL.test(content) ? content : `"${content.replace(/["\\]/g, '\\$&')}"`;
}
