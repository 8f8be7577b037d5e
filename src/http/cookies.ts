import { parseCookie, stringifySetCookie } from 'cookie';

export interface CookieOptions {
  readonly maxAgeS: number;
  /** Over https alone. */
  readonly secure: boolean;
  /** Kept from scripts. */
  readonly httpOnly: boolean;
}

/**
 * The value of a cookie in a `Cookie` header. Of several with the name the first counts, which is the one with the longest
 * path (RFC 6265, section 5.4).
 */
export const readCookie = (header: string | undefined, name: string): string | undefined =>
  header === undefined ? undefined : parseCookie(header)[name];

/**
 * A `Set-Cookie` header for the whole site, never sent along from other sites' forms and frames. An age of 0 removes it.
 * What a cookie cannot hold as it is, `readCookie` finds again all the same.
 */
export const setCookie = (
  name: string,
  value: string,
  { maxAgeS, secure, httpOnly }: CookieOptions,
): string =>
  stringifySetCookie({ name, value, path: '/', maxAge: maxAgeS, sameSite: 'lax', secure, httpOnly });
