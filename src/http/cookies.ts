/** Cookies as browsers send and take them (RFC 6265): no more than this program needs. */

export interface CookieOptions {
  readonly maxAgeS: number;
  /** Over https alone. */
  readonly secure: boolean;
  /** Kept from scripts. */
  readonly httpOnly: boolean;
}

/**
 * The value of a cookie in a `Cookie` header, without quotes around it. Of several with the name the first counts, which is
 * the one with the longest path (RFC 6265, section 5.4).
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  for (let start = 0; start < header.length;) {
    const semicolon = header.indexOf(';', start);
    const end = semicolon === -1 ? header.length : semicolon;
    const equals = header.indexOf('=', start);
    if (equals !== -1 && equals < end && header.slice(start, equals).trim() === name)
      return unquoted(header.slice(equals + 1, end).trim());
    start = end + 1;
  }
  return undefined;
}

/**
 * A `Set-Cookie` header for the whole site, never sent along from other sites' forms and frames. An age of 0 removes it.
 * @param value of characters that a cookie takes as they are (RFC 6265, section 4.1.1)
 */
export function setCookie(name: string, value: string, options: CookieOptions): string {
  if (!COOKIE_VALUE.test(value))
    throw new Error(`the value of the cookie ${name} has characters it cannot have`);
  const flags = `${options.httpOnly ? '; HttpOnly' : ''}${options.secure ? '; Secure' : ''}`;
  return `${name}=${value}; Path=/; Max-Age=${options.maxAgeS}; SameSite=Lax${flags}`;
}

const COOKIE_VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;

const unquoted = (value: string): string =>
  value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
