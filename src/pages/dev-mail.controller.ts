import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { privately } from '../auth/index.js';
import { rfc3339 } from '../common/clock.js';
import { Problem } from '../common/problems.js';
import { CONFIG, type Config } from '../config/index.js';
import { DevInbox } from '../mail/index.js';
import { Pages } from './pages.js';
import { devMailPage } from './views/dev-mail.js';

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1)$/;
const OUR_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;

/**
 * What people would have been sent, for embedded development: not there in production, with servers, from another machine, or under
 * another name than this machine's own, by which a page of a stranger could read it.
 */
@ApiExcludeController()
@Controller()
export class DevMailController {
  constructor(
    private readonly inbox: DevInbox,
    private readonly pages: Pages,
    @Inject(CONFIG) private readonly config: Pick<Config, 'devInbox'>,
  ) {}

  @Get('dev/mail')
  page(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.requireDevelopment(request);
    const renderContext = this.pages.renderContext(request, '/dev/mail');
    this.pages.send(reply, renderContext, {
      ...devMailPage(renderContext, this.inbox.list()),
      withoutScript: true,
    });
  }

  @Get('dev/mail.json')
  json(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.requireDevelopment(request);
    privately(reply);
    void reply.send({
      messages: this.inbox.list().map((message) => ({ ...message, at: rfc3339(message.at) })),
    });
  }

  private requireDevelopment(request: FastifyRequest): void {
    const { clientAddress, headers } = request;
    // As the browser wrote it: what a proxy says of the host, any script could say as well.
    const isOurs = OUR_HOST.test(headers.host ?? '');
    if (!this.config.devInbox || !LOOPBACK.test(clientAddress) || !isOurs) throw new Problem('not_found');
  }
}
