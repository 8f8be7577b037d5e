import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isTestShopper } from '../common/mode.js';
import type { Actor } from '../common/request-context.js';
import { Problem } from '../common/problems.js';
import { AuthService } from './auth.service.js';
import { Revocations } from './revocations.js';
import { SessionCookies } from './session-cookies.js';
import { Tokens } from './tokens.js';

/** Who asks for a page, where no script can refresh a session. */
@Injectable()
export class PageSessions {
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
    try {
      const session = await this.auth.refresh(token);
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
    // The pages are for people, and those of the test mode are none.
    return actor && !isTestShopper(actor) && !this.revocations.has(actor.sessionId) ? actor : undefined;
  }
}

/** The cookies are of no use any more. */
const ENDED: ReadonlySet<string> = new Set(['invalid_refresh_token', 'refresh_token_reused']);
