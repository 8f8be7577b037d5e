import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CONFIG } from '../config/index.js';
import { sessionSecrets, type SessionSecrets } from '../config/secrets.js';
import type { Actor } from '../common/request-context.js';
import { Clock } from '../common/clock.js';
import { codeAt } from '../common/code-at.js';
import { equalInConstantTime, HmacSha256 } from '../common/hmac.js';
import { Revocations } from './revocations.js';
import { actorOf, JWT_ALGORITHM, JWT_ISSUER } from './tokens.js';

const REMEMBERED_TOKENS = 20_000;
const SIGNATURE_LENGTH = 43;
const BEARER = 'Bearer ';

/** The only header that `Tokens.access` writes; a token with another one is left to Passport. */
const HEADER = `${Buffer.from(JSON.stringify({ alg: JWT_ALGORITHM, typ: 'JWT' })).toString('base64url')}.`;

interface Verified {
  readonly actor: Actor;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Verifies access tokens of our own making (HS256, RFC 7515, 7519) and remembers the latest. Passport with jsonwebtoken needs several
 * times as long for the same (docs/adr/0026); it goes on judging every token that is not plainly valid, and says why it is refused.
 */
@Injectable()
export class AccessTokens {
  /** By the secret that signs, and by the one before where there is one. */
  private readonly hmacs: readonly HmacSha256[];
  /** A print of the last token that fell on each place. */
  private readonly seen = new Int32Array(65_536);
  private readonly decoded = Buffer.alloc(4_096);
  private readonly verified = new LRUCache<string, Verified>({ max: REMEMBERED_TOKENS });

  constructor(
    @Inject(CONFIG) config: SessionSecrets,
    private readonly clock: Clock,
    private readonly revocations: Revocations,
  ) {
    this.hmacs = sessionSecrets(config).map((secret) => new HmacSha256(secret));
  }

  /**
   * @param authorization the header
   * @returns whom a valid token of a session that was not revoked names, or `undefined` for everything else
   */
  bearer(authorization: string | undefined): Actor | undefined {
    const actor = authorization?.startsWith(BEARER)
      ? this.actorOf(authorization.slice(BEARER.length))
      : undefined;
    return actor && !this.revocations.has(actor.sessionId) ? actor : undefined;
  }

  private actorOf(token: string): Actor | undefined {
    const now = this.clock.now() / 1_000;
    const again = this.cameBefore(token);
    const known = again ? this.verified.get(token) : undefined;
    if (known) return known.expiresAt > now ? known.actor : undefined;
    const fresh = this.verify(token);
    if (!fresh || fresh.expiresAt <= now) return undefined;
    if (again) this.verified.set(token, fresh);
    return fresh.actor;
  }

  /** Of a crowd, most come once: to remember them all would cost more than to verify the others a second time. */
  private cameBefore(token: string): boolean {
    let print = 0;
    for (let i = token.length - 8; i < token.length; i++) print = Math.imul(print, 31) + codeAt(token, i);
    const place = (print >>> 0) % this.seen.length;
    const before = this.seen[place] === print;
    this.seen[place] = print;
    return before;
  }

  private verify(token: string): Verified | undefined {
    const dot = token.length - SIGNATURE_LENGTH - 1;
    if (!token.startsWith(HEADER) || token[dot] !== '.' || token.indexOf('.', HEADER.length) !== dot)
      return undefined;
    // Compared as text: lenient decoding would let several texts stand for one token.
    const [text, signature] = [token.slice(0, dot), token.slice(dot + 1)];
    if (!this.hmacs.some((hmac) => equalInConstantTime(hmac.base64url(text), signature))) return undefined;
    if (token.length > this.decoded.length) return undefined;
    const length = this.decoded.write(token.slice(HEADER.length, dot), 'base64url');
    return verifiedOf(this.decoded.toString('utf8', 0, length));
  }
}

/** The text was signed by us, so it is JSON; whether it is an access token is another question. */
function verifiedOf(payload: string): Verified | undefined {
  const claims = JSON.parse(payload) as Readonly<Record<string, unknown>>;
  const actor = actorOf(claims);
  if (!actor || claims.iss !== JWT_ISSUER || claims.nbf !== undefined || typeof claims.exp !== 'number')
    return undefined;
  return { actor, expiresAt: claims.exp };
}
