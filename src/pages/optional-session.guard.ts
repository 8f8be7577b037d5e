import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PageSessions, SessionCookies } from '../auth/index.js';
import { Problem } from '../common/problems.js';
import { enterAs } from '../http/request-actor.js';
import { Pages } from './pages.js';

/**
 * Before pages that know their user: makes whoever has a session the actor, and lets everybody in. A form renews a session
 * whose access token has expired; a page does not, as another tab may be doing that at the same moment by script.
 */
@Injectable()
export class OptionalSessionGuard implements CanActivate {
  constructor(
    private readonly sessions: PageSessions,
    private readonly cookies: SessionCookies,
    private readonly pages: Pages,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    if (!this.pages.served) throw new Problem('not_found');
    const http = execution.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    // Logging somebody in is also something that only our own pages may do.
    this.cookies.requireSameOrigin(request);
    let actor = this.sessions.actorOf(request);
    if (!actor && request.method === 'POST')
      actor = await this.sessions.renew(request, http.getResponse<FastifyReply>());
    if (actor) enterAs(actor, request);
    return true;
  }
}
