import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { rfc3339 } from '../common/clock.js';
import { markup } from '../common/markup.js';
import { Problem } from '../common/problems.js';
import { CONFIG, type Config } from '../config/index.js';
import { RateLimited } from '../rate-limit/index.js';
import { VoucherCatalogue, type VoucherView } from '../voucher/index.js';
import { Pages } from './pages.js';

/** Of what can still be claimed, or will be; an ended drop is of no use to who searches. */
const FOUND = ['live', 'paused', 'scheduled'] as const;
const PAGE = 100;
/** sitemaps.org allows 50,000 in a file; these are the newest of each status. */
const MOST_OF_EACH = 5_000;
/** Searchers come once in hours. */
const CACHE_CONTROL = 'public, max-age=60';

/** What search engines would only find answers for one person or for programs at. */
const DISALLOWED = [
  ...['/v1/', '/claims/', '/wallet', '/account', '/console', '/admin', '/counter', '/login'],
  ...['/email-proof', '/password-reset', '/staff-invitation', '/unsubscribe'],
];

/**
 * For search engines: `/robots.txt` (RFC 9309) and `/sitemap.xml`, the drops that they may know (https://www.sitemaps.org/protocol.html).
 */
@ApiExcludeController()
@RateLimited('read', 'address', 'route')
@Controller()
export class SearchersController {
  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicUrl'>,
    private readonly vouchers: VoucherCatalogue,
    private readonly pages: Pages,
  ) {}

  @Get('robots.txt')
  robots(@Res() reply: FastifyReply): void {
    if (!this.pages.served) throw new Problem('not_found');
    const rules = DISALLOWED.map((path) => `Disallow: ${path}\n`).join('');
    void reply
      .headers({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': CACHE_CONTROL })
      .send(`User-agent: *\n${rules}\nSitemap: ${this.config.publicUrl}/sitemap.xml\n`);
  }

  @Get('sitemap.xml')
  async sitemap(@Res() reply: FastifyReply): Promise<void> {
    if (!this.pages.served) throw new Problem('not_found');
    const views: VoucherView[] = [];
    for (const status of FOUND) views.push(...(await this.all(status)));
    const { publicUrl } = this.config;
    const text = markup`<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>${publicUrl}/</loc></url>${views.map(
      ({ id, createdAt }) =>
        markup`<url><loc>${publicUrl}/drops/${id}</loc><lastmod>${rfc3339(createdAt)}</lastmod></url>`,
    )}</urlset>
`.text;
    void reply
      .headers({ 'content-type': 'application/xml; charset=utf-8', 'cache-control': CACHE_CONTROL })
      .send(text);
  }

  /** Page by page, each from the cache that the list of drops has. */
  private async all(status: (typeof FOUND)[number]): Promise<VoucherView[]> {
    const found: VoucherView[] = [];
    let more = true;
    while (more && found.length < MOST_OF_EACH) {
      const last = found.at(-1)?.id;
      const { views, hasMore } = await this.vouchers.list({
        status,
        limit: PAGE,
        ...(last === undefined ? {} : { starting_after: last }),
      });
      found.push(...views);
      more = hasMore && views.length > 0;
    }
    return found;
  }
}
