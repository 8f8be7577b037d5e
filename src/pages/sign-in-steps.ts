import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PageSessions } from '../auth/index.js';
import { safeNext } from './next-page.js';
import { Pages, seeOther } from './pages.js';
import { renewalPage } from './views/forms.js';

/** What a page of one person answers to whoever is not signed in, or not any more. */
@Injectable()
export class SignInSteps {
  constructor(
    private readonly pages: Pages,
    private readonly sessions: PageSessions,
  ) {}

  /** A script renews the session itself, at the same moment maybe; without one the page goes on to do it. */
  renewOrLogin(request: FastifyRequest, reply: FastifyReply): void {
    if (!this.sessions.mayRenew(request)) return toLogin(reply, request.url);
    const renderContext = this.pages.renderContext(request);
    const url = `/session?next=${encodeURIComponent(safeNext(request.url))}`;
    this.pages.send(reply, renderContext, {
      title: renderContext.t('app.name'),
      body: renewalPage(renderContext, url),
      goTo: url,
    });
  }
}

/** @param next where to go on after the login */
export const toLogin = (reply: FastifyReply, next: string, more = ''): void =>
  seeOther(reply, `/login?next=${encodeURIComponent(safeNext(next))}${more}`);
