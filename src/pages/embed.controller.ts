import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../common/problems.js';
import { RateLimited } from '../rate-limit/index.js';
import { VoucherCatalogue } from '../voucher/index.js';
import { Pages } from './pages.js';
import { EMBED_HEADERS } from './security-headers.js';
import { embeddedDrop } from './views/drops.js';

/** A drop as a card in other people's pages. It leads to the drop: nothing can be pressed in a frame that belongs to somebody else. */
@ApiExcludeController()
@RateLimited('read', 'address', 'route')
@Controller()
export class EmbedController {
  constructor(
    private readonly vouchers: VoucherCatalogue,
    private readonly pages: Pages,
  ) {}

  @Get('embed/drops/:id')
  async drop(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!this.pages.served) throw new Problem('not_found');
    const [view, availability] = await Promise.all([
      this.vouchers.findPublic(id),
      this.vouchers.availability(id),
    ]);
    if (!view || !availability) throw new Problem('not_found');
    const renderContext = this.pages.renderContext(request, `/drops/${id}`);
    const content = {
      title: `${view.title} · ${renderContext.t('app.name')}`,
      body: embeddedDrop(renderContext, view, availability),
      withoutScript: true,
    };
    this.pages.send(reply, renderContext, content, 200, EMBED_HEADERS);
  }
}
