import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { CONFIG } from '../config/index.js';
import { sessionSecrets, type SessionSecrets, type Secrets } from '../config/secrets.js';
import { deriveKey } from '../common/derive-key.js';
import type { Actor, MerchantRole, UserRole } from '../common/request-context.js';
import { isId } from '../common/ids.js';

export const JWT_ISSUER = 'voucherconnect';
/** Pinned on both sides: the header of a token never chooses how it is verified. */
export const JWT_ALGORITHM = 'HS256';

const USER_ROLES: readonly UserRole[] = ['shopper', 'merchant', 'admin'];
const MERCHANT_ROLES: readonly MerchantRole[] = ['owner', 'editor', 'cashier'];

const SECRET_BYTES = 32;
const SEAL_BYTES = 16;

export interface RefreshToken {
  readonly token: string;
  readonly hash: string;
}

/** What a refresh token of ours says by itself. */
export interface ParsedRefreshToken {
  readonly sessionId: string;
  readonly hash: string;
}

/** Makes and reads tokens; knows nothing of stores. */
@Injectable()
export class Tokens {
  private readonly secrets: Secrets;
  private readonly sealKey: Buffer;
  /** Of the secret before. */
  private readonly previousSealKeys: readonly Buffer[];
  private readonly successorKey: Buffer;

  constructor(
    private readonly jwt: JwtService,
    @Inject(CONFIG) config: SessionSecrets,
  ) {
    this.secrets = sessionSecrets(config);
    const [secret, ...previous] = this.secrets;
    this.sealKey = deriveKey(secret, 'refresh token seal');
    this.previousSealKeys = previous.map((one) => deriveKey(one, 'refresh token seal'));
    this.successorKey = deriveKey(config.JWT_SECRET, 'refresh token successor');
  }

  access(actor: Actor): string {
    return this.jwt.sign({
      sub: actor.userId,
      sid: actor.sessionId,
      role: actor.role,
      ...(actor.merchantId === undefined ? {} : { mid: actor.merchantId }),
      ...(actor.merchantRole === undefined ? {} : { mrole: actor.merchantRole }),
    });
  }

  /** Who an access token of ours names; `undefined` where it is none, or has expired. */
  verify(token: string): Actor | undefined {
    for (const secret of this.secrets) {
      try {
        return actorOf(this.jwt.verify(token, { secret, algorithms: [JWT_ALGORITHM], issuer: JWT_ISSUER }));
      } catch {
        // Signed by another secret, or not ours.
      }
    }
    return undefined;
  }

  /** When a token ends that was verified before, in ms since 1970. */
  expiresAt(verified: string): number {
    return this.jwt.decode<{ readonly exp: number }>(verified).exp * 1_000;
  }

  /**
   * `<session id>.<32 random bytes and a seal over both>`. The seal tells an old token of ours from an invented one: only
   * the former may end a session, else whoever learns a session's id could end it.
   */
  refresh(sessionId: string): RefreshToken {
    return this.sealed(sessionId, randomBytes(SECRET_BYTES));
  }

  /** The token that takes the place of one of ours: the same for the same, whichever instance is asked, however often. */
  successor(sessionId: string, token: string): RefreshToken {
    return this.sealed(sessionId, createHmac('sha256', this.successorKey).update(token).digest());
  }

  private sealed(sessionId: string, secret: Buffer): RefreshToken {
    const token = `${sessionId}.${Buffer.concat([secret, sealOf(this.sealKey, sessionId, secret)]).toString('base64url')}`;
    return { token, hash: hashToken(token) };
  }

  /** `undefined` for anything that was never issued here. */
  parseRefresh(token: string): ParsedRefreshToken | undefined {
    const dot = token.indexOf('.');
    const sessionId = token.slice(0, Math.max(dot, 0));
    const tail = Buffer.from(token.slice(dot + 1), 'base64url');
    if (!isId('ses', sessionId) || tail.length !== SECRET_BYTES + SEAL_BYTES) return undefined;
    // Lenient decoding would let several texts stand for one token.
    if (`${sessionId}.${tail.toString('base64url')}` !== token) return undefined;
    const seal = tail.subarray(SECRET_BYTES);
    const secret = tail.subarray(0, SECRET_BYTES);
    const ours = [this.sealKey, ...this.previousSealKeys].map((key) => sealOf(key, sessionId, secret));
    if (!ours.some((expected) => timingSafeEqual(expected, seal))) return undefined;
    return { sessionId, hash: hashToken(token) };
  }
}

const sealOf = (key: Buffer, sessionId: string, secret: Buffer): Buffer =>
  createHmac('sha256', key).update(`${sessionId}.`).update(secret).digest().subarray(0, SEAL_BYTES);

/** 32 random bytes need no slow hash. */
const hashToken = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** The actor a verified payload names, or `undefined` where it is not of the form that `Tokens.access` writes. */
export function actorOf(payload: unknown): Actor | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { sub, sid, role, mid, mrole } = payload as Record<string, unknown>;
  const userRole = USER_ROLES.find((known) => known === role);
  if (typeof sub !== 'string' || typeof sid !== 'string' || !userRole) return undefined;
  const merchantRole = MERCHANT_ROLES.find((known) => known === mrole);
  return {
    userId: sub,
    sessionId: sid,
    role: userRole,
    ...(typeof mid === 'string' ? { merchantId: mid } : {}),
    ...(merchantRole ? { merchantRole } : {}),
  };
}
