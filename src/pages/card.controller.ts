import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { LRUCache } from 'lru-cache';
import { Problem } from '../common/problems.js';
import { LANGUAGES } from '../http/language.js';
import { Merchants } from '../merchant/index.js';
import { RateLimited } from '../rate-limit/index.js';
import { VoucherCatalogue, type VoucherView } from '../voucher/index.js';
import { drawCard, type CardFace } from './card-image.js';
import { Pages } from './pages.js';
import { cardFace, cardPath } from './views/card.js';
import { translatorOf } from './words/words.js';

/** Some 20 kB each. */
const CACHED = 200;

interface Drawing {
  readonly face: CardFace;
  readonly view: VoucherView;
}

/** The pictures that links to drops are shown with. Their names change with what they show, so each is drawn once and kept for good. */
@ApiExcludeController()
@RateLimited('read', 'address', 'route')
@Controller()
export class CardController {
  private readonly cards = new LRUCache<string, Buffer, Drawing>({
    max: CACHED,
    fetchMethod: async (_path, _old, { context: { face, view } }) =>
      drawCard(face, await this.logoOf(view.merchant)),
  });

  constructor(
    private readonly vouchers: VoucherCatalogue,
    private readonly merchants: Merchants,
    private readonly pages: Pages,
  ) {}

  @Get('drops/:id/cards/:name')
  async card(
    @Param('id') id: string,
    @Param('name') name: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const view = this.pages.served ? await this.vouchers.findPublic(id) : undefined;
    if (!view) throw new Problem('not_found');
    // A link that was shown before the drop ended names the picture of that time.
    const faces = LANGUAGES.flatMap((language) =>
      [view.status === 'ended', false].map((over) =>
        cardFace({ language, t: translatorOf(language) }, view, over),
      ),
    );
    // Nothing else is drawn, so nobody makes work by names of their own.
    const face = faces.find((each) => cardPath(view, each) === `/drops/${id}/cards/${name}`);
    if (!face) throw new Problem('not_found');
    const picture = await this.cards.fetch(`${id}/${name}`, { context: { face, view } });
    if (!picture) throw new Problem('not_found');
    void reply
      .headers({
        'content-type': 'image/png',
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
      })
      .send(picture);
  }

  private async logoOf(merchant: VoucherView['merchant']): Promise<Buffer | undefined> {
    if (merchant?.logo == null) return undefined;
    const logo = await this.merchants.logo(merchant.id, merchant.logo);
    // Another one meanwhile: a picture without it must not be kept under this name.
    if (!logo) throw new Problem('not_found');
    return logo;
  }
}
