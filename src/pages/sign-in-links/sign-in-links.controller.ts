import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Authenticated, privately, SessionCookies } from '../../auth/index.js';
import { rfc3339 } from '../../common/clock.js';
import { RateLimited } from '../../rate-limit/index.js';
import { safeNext } from '../next-page.js';
import { seeOther } from '../pages.js';
import { SignInLinks } from './sign-in-links.js';

/** For the demo alone, and therefore in no API document: see `SignInLinks`. */
@ApiExcludeController()
@Controller('demo')
export class SignInLinksController {
  constructor(
    private readonly links: SignInLinks,
    private readonly cookies: SessionCookies,
  ) {}

  @Post('sign-in-links')
  @HttpCode(201)
  @RateLimited('write', 'user')
  @Authenticated()
  issue(@Res({ passthrough: true }) reply: FastifyReply): { path: string; expires_at: string } {
    privately(reply);
    const { token, expiresAt } = this.links.issue();
    return { path: `/demo/sign-in/${token}`, expires_at: rfc3339(expiresAt) };
  }

  /** @param next where to go on, a path of ours */
  @Get('sign-in/:token')
  @RateLimited('login', 'address')
  async signIn(
    @Param('token') token: string,
    @Query('next') next: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    privately(reply);
    // Programs that look at a link before a person opens it must not use it up.
    if (request.method === 'HEAD') return void reply.send();
    this.cookies.keep(reply, await this.links.redeem(token));
    void reply.header('referrer-policy', 'no-referrer');
    seeOther(reply, safeNext(next));
  }
}
