import { Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MailPreferences, UnsubscribeTokens } from '../mail/index.js';
import { RateLimited } from '../rate-limit/index.js';
import { Pages } from './pages.js';
import { unsubscribePage } from './views/unsubscribe.js';

/**
 * Where mails lead that somebody wants no more of: without a login, by what is signed in the link. A look changes nothing, because programs
 * that read mails open links; a press does, and so does the one click of a mail program (RFC 8058), which comes from anywhere.
 */
@ApiExcludeController()
@RateLimited('read', 'address', 'route')
@Controller('unsubscribe')
export class UnsubscribeController {
  constructor(
    private readonly pages: Pages,
    private readonly tokens: UnsubscribeTokens,
    private readonly preferences: MailPreferences,
  ) {}

  @Get()
  ask(@Query('token') token: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const { list } = this.tokens.read(textOf(token));
    const renderContext = this.pages.renderContext(request);
    this.pages.send(reply, renderContext, unsubscribePage(renderContext, list, { token: textOf(token) }));
  }

  @Post()
  @HttpCode(200)
  async end(
    @Query('token') token: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const unsubscription = this.tokens.read(textOf(token));
    await this.preferences.unsubscribe(unsubscription);
    // Mail programs need no page, and there may be none here.
    if (!this.pages.served) return void reply.send();
    const renderContext = this.pages.renderContext(request);
    this.pages.send(reply, renderContext, unsubscribePage(renderContext, unsubscription.list));
  }
}

const textOf = (token: unknown): string => (typeof token === 'string' ? token : '');
