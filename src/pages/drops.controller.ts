import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { listBody } from '../http/validation/validation.js';
import { CONFIG, type Config } from '../config/index.js';
import { claimMerchantBody } from '../merchant/index.js';
import { RateLimited } from '../rate-limit/index.js';
import type { Html } from '../common/markup.js';
import { all } from '../common/maybe-promise.js';
import { Problem } from '../common/problems.js';
import { availabilityBody, voucherBody, VoucherCatalogue, type VoucherList } from '../voucher/index.js';
import { Pages } from './pages.js';
import { COUNTER_HEADERS } from './security-headers.js';
import { plainLinks } from './views/account-forms.js';
import { cardFace, cardPath, cardText } from './views/card.js';
import { dropList, dropPage, LISTED, type Listed } from './views/drops.js';
import { scriptPage } from './views/forms.js';
import type { RenderContext } from './views/layout.js';

/** As many as the script asks for. */
const PAGE = 20;
const STOCK = 100;
const DESCRIPTION_MAX = 160;

/** The pages that a crowd reloads, the same for everybody. */
@ApiExcludeController()
@RateLimited('read', 'address', 'route')
@Controller()
export class DropsController {
  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicUrl'>,
    private readonly vouchers: VoucherCatalogue,
    private readonly pages: Pages,
  ) {}

  @Get()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (!this.pages.served) throw new Problem('not_found');
    const found = await all(LISTED.map((status) => this.vouchers.list({ status, limit: PAGE })));
    const lists = Object.fromEntries(LISTED.map((status, index) => [status, found[index]])) as Record<
      Listed,
      VoucherList
    >;
    const shown = [...lists.live.views, ...lists.paused.views, ...lists.ended.views].map(({ id }) => id);
    const stock = await this.vouchers.availabilitiesOf(shown);
    const state = [...found, ...stock].map(({ etag }) => etag).join();
    const renderContext = this.pages.renderContext(request, '/');
    await this.pages.sendPublic(request, reply, renderContext, state, () => ({
      title: `${renderContext.t('drops.title')} · ${renderContext.t('app.name')}`,
      description: renderContext.t('drops.lead'),
      body: dropList(renderContext, viewsOf(lists), stock),
      data: {
        drops: dataOf(lists),
        availabilities: listBody('/v1/availabilities', STOCK, stock.map(availabilityBody)),
      },
    }));
  }

  @Get('drops/:id')
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
    await this.pages.sendPublic(request, reply, renderContext, `${view.etag}${availability.etag}`, () => {
      const voucher = voucherBody(view);
      return {
        title: `${view.title} · ${renderContext.t('app.name')}`,
        description: (view.description ?? renderContext.t('drops.lead')).slice(0, DESCRIPTION_MAX),
        card: {
          title: view.title,
          description: cardText(renderContext, view, availability),
          site: view.merchant?.name ?? renderContext.t('app.name'),
          url: `${this.config.publicUrl}/drops/${id}`,
          image: this.config.publicUrl + cardPath(view, cardFace(renderContext, view)),
        },
        body: dropPage(renderContext, view, availability),
        data: {
          voucher,
          availability: availabilityBody(availability),
          merchant: view.merchant && claimMerchantBody(view.merchant),
        },
      };
    });
  }

  /** Pages that a script makes. */
  @Get(['wallet', 'forbidden', 'staff-invitation', 'console', 'console/*', 'admin', 'admin/*'])
  byScript(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.scriptPage(request, reply);
  }

  /** What it does is there without a script as well, but for names, mails and the list of sessions. */
  @Get('account')
  account(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.scriptPage(request, reply, {}, (renderContext) =>
      plainLinks(renderContext, 'proofs', 'password', 'deletion'),
    );
  }

  /** Mails lead here. */
  @Get('email-proof')
  emailProof(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.scriptPage(request, reply, {}, (renderContext) => plainLinks(renderContext, 'proofs'));
  }

  /** Mails lead here. */
  @Get('password-reset')
  passwordReset(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.scriptPage(request, reply, {}, (renderContext) => plainLinks(renderContext, 'forgotten'));
  }

  /** Where staff scan codes. */
  @Get('counter')
  counter(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.scriptPage(request, reply, COUNTER_HEADERS);
  }

  private scriptPage(
    request: FastifyRequest,
    reply: FastifyReply,
    headers?: Readonly<Record<string, string>>,
    plain?: (renderContext: RenderContext) => Html,
  ): void {
    const renderContext = this.pages.renderContext(request);
    const body = scriptPage(renderContext, plain?.(renderContext));
    const content = { title: renderContext.t('app.name'), body };
    this.pages.send(reply, renderContext, content, 200, headers);
  }
}

const viewsOf = (lists: Readonly<Record<Listed, VoucherList>>) => ({
  live: lists.live.views,
  paused: lists.paused.views,
  scheduled: lists.scheduled.views,
  ended: lists.ended.views,
});

/** The same as `GET /v1/vouchers?status=` answers. */
const dataOf = (lists: Readonly<Record<Listed, VoucherList>>) =>
  Object.fromEntries(
    LISTED.map((status) => {
      const { views, hasMore } = lists[status];
      return [status, { ...listBody('/v1/vouchers', PAGE, views.map(voucherBody)), has_more: hasMore }];
    }),
  );
