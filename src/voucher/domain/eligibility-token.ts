import { createHmac, timingSafeEqual } from 'node:crypto';

/** Why a token says nothing of its bearer. */
export type TokenFault =
  'malformed' | 'wrong_signature' | 'wrong_audience' | 'expired' | 'lives_too_long' | 'not_yet_valid';

/** What a merchant's token says. */
export interface EligibilityToken {
  /** The merchant's own name of the customer. */
  readonly subject: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What a token has to say. */
export interface TokenRule {
  readonly attribute: string;
  readonly values: readonly string[];
}

/** A token is for one visit: who finds it in a log later has nothing. */
const TOKEN_LIVES_AT_MOST_S = 86_400;
/** Clocks of two houses. */
const LEEWAY_S = 60;
const SUBJECT_MAX = 255;
/** `header.payload.signature`; the last is SHA-256 in base64url. */
const FORM = /^([\w-]+)\.([\w-]+)\.([\w-]{43})$/;

/**
 * Reads a JSON Web Token (RFC 7519) that is signed with HS256.
 * @param now ms since 1970
 * @returns why it is none for this voucher, where it is not
 */
export function readEligibilityToken(
  token: string,
  secret: string,
  voucherId: string,
  now: number,
): EligibilityToken | TokenFault {
  const [, head = '', payload = '', signature = ''] = FORM.exec(token) ?? [];
  const header = parsed(head);
  // RFC 7515, section 4.1.11: whoever does not know what is critical refuses.
  if (header?.['alg'] !== 'HS256' || 'crit' in header) return 'malformed';
  // Compared as text: lenient decoding would let several texts stand for one signature.
  const expected = createHmac('sha256', secret).update(`${head}.${payload}`).digest('base64url');
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(signature))) return 'wrong_signature';
  const claims = parsed(payload);
  if (!claims) return 'malformed';
  const { sub, aud, exp, nbf } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > SUBJECT_MAX) return 'malformed';
  if (!isTime(exp) || !(nbf === undefined || isTime(nbf))) return 'malformed';
  if (!(Array.isArray(aud) ? aud : [aud]).includes(voucherId)) return 'wrong_audience';
  const nowS = now / 1_000;
  if (exp <= nowS) return 'expired';
  if (exp > nowS + TOKEN_LIVES_AT_MOST_S + LEEWAY_S) return 'lives_too_long';
  if (nbf !== undefined && nbf > nowS + LEEWAY_S) return 'not_yet_valid';
  return { subject: sub, attributes: claims };
}

/** Whether the attribute has one of the values, or, where it is a list, holds one of them. */
export function satisfies({ attributes }: EligibilityToken, { attribute, values }: TokenRule): boolean {
  const has = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
  return (Array.isArray(has) ? has : [has]).some(
    (one: unknown) => ['string', 'number', 'boolean'].includes(typeof one) && values.includes(String(one)),
  );
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function parsed(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
