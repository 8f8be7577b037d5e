import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Actor } from '../common/request-context.js';
import { Problem } from '../common/problems.js';
import { AuthService } from './auth.service.js';
import { Revocations } from './revocations.js';
import type { SessionAnswer } from './schemas.js';
import { SessionCookies } from './session-cookies.js';
import { Tokens } from './tokens.js';

/** A second press of the same button comes within this time, with the cookies of the first. Longer would help thieves. */
const SAME_PRESS_MS = 2_000;
const REMEMBERED = 10_000;

/** Who asks for a page, where no script can refresh a session. */
@Injectable()
export class PageSessions {
  /** Old refresh token -> its successor: pressed twice is not stolen. */
  private readonly renewed = new LRUCache<string, Promise<SessionAnswer>>({
    max: REMEMBERED,
    ttl: SAME_PRESS_MS,
  });

  constructor(
    private readonly auth: AuthService,
    private readonly cookies: SessionCookies,
    private readonly revocations: Revocations,
    private readonly tokens: Tokens,
  ) {}

  /** By the access token alone. */
  actorOf(request: FastifyRequest): Actor | undefined {
    const token = this.cookies.accessToken(request.headers);
    return token === undefined ? undefined : this.aliveActor(token);
  }

  /** Whether an actor may come of `renew`. */
  mayRenew(request: FastifyRequest): boolean {
    return this.cookies.refreshToken(request.headers) !== undefined;
  }

  /**
   * Exchanges the refresh token, and hands the new cookies over; takes cookies away that are of no use any more.
   * @throws Problem dependency_unavailable
   */
  async renew(request: FastifyRequest, reply: FastifyReply): Promise<Actor | undefined> {
    const token = this.cookies.refreshToken(request.headers);
    if (token === undefined) return undefined;
    let renewal = this.renewed.get(token);
    if (!renewal) {
      renewal = this.auth.refresh(token);
      this.renewed.set(token, renewal);
      renewal.catch(() => this.renewed.delete(token));
    }
    try {
      const session = await renewal;
      this.cookies.keep(reply, session);
      return this.aliveActor(session.access_token);
    } catch (error) {
      if (!(error instanceof Problem) || !ENDED.has(error.code)) throw error;
      this.cookies.clear(reply);
      return undefined;
    }
  }

  private aliveActor(token: string): Actor | undefined {
    const actor = this.tokens.verify(token);
    return actor && !this.revocations.has(actor.sessionId) ? actor : undefined;
  }
}

/** The cookies are of no use any more. */
const ENDED: ReadonlySet<string> = new Set(['invalid_refresh_token', 'refresh_token_reused']);
