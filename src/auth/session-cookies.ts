import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config/index.js';
import { readCookie, setCookie } from '../http/cookies.js';
import { requireSameOrigin } from '../http/same-origin.js';
import { PRIVATE } from '../http/private-answers.js';
import { withToken } from './known-devices.js';
import type { CookieSessionAnswer, SessionAnswer } from './schemas.js';

const DEVICE_COOKIE_S = 365 * 86_400;

/**
 * The session of a browser, in two cookies that no script can read. The access token's cookie outlives its token, so that an
 * expired one is told from none: the client then knows that a refresh is worth trying (docs/adr/0027).
 */
@Injectable()
export class SessionCookies {
  /** Over https only; then no page without TLS counts as ours either. */
  readonly secure: boolean;
  private readonly access: string;
  private readonly refresh: string;
  private readonly device: string;
  private readonly maxAgeS: number;

  constructor(@Inject(CONFIG) config: Pick<Config, 'COOKIE_SECURE' | 'NODE_ENV' | 'SESSION_TTL_S'>) {
    this.secure =
      config.COOKIE_SECURE === 'auto' ? config.NODE_ENV === 'production' : config.COOKIE_SECURE === 'always';
    // With the prefix, browsers refuse such a cookie from a neighbouring subdomain (RFC 6265bis, section 4.1.3.2).
    const prefix = this.secure ? '__Host-' : '';
    this.access = `${prefix}vc_access`;
    this.refresh = `${prefix}vc_refresh`;
    this.device = `${prefix}vc_device`;
    this.maxAgeS = config.SESSION_TTL_S;
  }

  accessToken(headers: FastifyRequest['headers']): string | undefined {
    return readCookie(headers.cookie, this.access);
  }

  refreshToken(headers: FastifyRequest['headers']): string | undefined {
    return readCookie(headers.cookie, this.refresh);
  }

  /** The proofs that accounts were signed in to on this device; they outlive the session. */
  deviceToken(headers: FastifyRequest['headers']): string | undefined {
    return readCookie(headers.cookie, this.device);
  }

  /** Hands the tokens over as cookies. @returns the answer without them */
  keep(reply: FastifyReply, session: SessionAnswer): CookieSessionAnswer {
    const { device_token: token } = session;
    const device =
      token === undefined ? undefined : withToken(token, this.deviceToken(reply.request.headers));
    this.write(reply, session.access_token, session.refresh_token, this.maxAgeS, device);
    const { object, expires_in, user } = session;
    return { object, expires_in, user };
  }

  clear(reply: FastifyReply): void {
    this.write(reply, '', '', 0);
  }

  /** @throws Problem csrf_refused */
  requireSameOrigin(request: Pick<FastifyRequest, 'method' | 'headers' | 'host'>): void {
    requireSameOrigin(request, this.secure);
  }

  private write(
    reply: FastifyReply,
    access: string,
    refresh: string,
    maxAgeS: number,
    device?: string,
  ): void {
    const options = { maxAgeS, secure: this.secure, httpOnly: true };
    privately(reply);
    void reply.header('set-cookie', [
      setCookie(this.access, access, options),
      setCookie(this.refresh, refresh, options),
      ...(device === undefined
        ? []
        : [setCookie(this.device, device, { ...options, maxAgeS: DEVICE_COOKIE_S })]),
    ]);
  }
}

/** Nobody but this browser may keep the answer. */
export function privately(reply: FastifyReply): void {
  void reply.headers({ 'cache-control': PRIVATE, vary: 'Cookie' });
}

/** Whether the caller of a guarded route came with the cookie: `Authorization` wins. */
export const isByCookie = ({ headers }: Pick<FastifyRequest, 'headers'>): boolean =>
  headers.authorization === undefined;
