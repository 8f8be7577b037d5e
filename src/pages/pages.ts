import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { privately } from '../auth/index.js';
import { Cache } from '../cache/index.js';
import { Clock } from '../common/clock.js';
import { Problem } from '../common/problems.js';
import { languageOf } from '../http/language.js';
import { PAGE_HEADERS } from './security-headers.js';
import type { Page, Shell } from './shell.js';
import type { RenderContext } from './views/layout.js';
import { WebFiles } from './web-files.js';
import { translatorOf } from './words/words.js';

/** A page that is the same for everybody who reads its language. */
interface Rendered {
  readonly text: string;
  readonly etag: string;
}

/** A page as its view makes it; the rest follows from the renderContext. */
export type Content = Omit<Page, 'language'>;

/** How old at most the state is that an instance shows: 246 ms were the worst of 50 changes. */
const BEHIND_MS = 250;

/** Puts pages together and sends them. */
@Injectable()
export class Pages {
  constructor(
    private readonly files: WebFiles,
    private readonly cache: Cache,
    private readonly clock: Clock,
  ) {}

  get served(): boolean {
    return this.files.shell !== undefined;
  }

  /** @param path of the page, where it is not the one that is asked for */
  renderContext(request: FastifyRequest, path = request.url): RenderContext {
    const language = languageOf(request.headers);
    return { language, t: translatorOf(language), path, icon: this.files.shell?.icon };
  }

  /** For this browser alone. @param headers in place of, or beside, those of every page. @throws Problem not_found where no pages were built */
  send(
    reply: FastifyReply,
    renderContext: RenderContext,
    content: Content,
    status = 200,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    const text = this.text(renderContext, content);
    privately(reply);
    void reply
      .code(status)
      .headers({ ...PAGE_HEADERS, ...headers })
      .header('content-language', renderContext.language)
      .send(text);
  }

  text({ language }: RenderContext, content: Content): string {
    return this.shell().render({ ...content, language });
  }

  /**
   * A page of which nothing depends on who asks. The key says all that it shows, so a cached one is never old: what it shows
   * has caches of its own, which hear of changes.
   * @param state what the page shows, in short
   */
  async sendPublic(
    request: FastifyRequest,
    reply: FastifyReply,
    renderContext: RenderContext,
    state: string,
    view: () => Content,
  ): Promise<void> {
    const shell = this.shell();
    const key = `${shell.id}/${renderContext.language}${renderContext.path}/${state}`;
    const rendered = await this.cache.get<Rendered>('page', key, () =>
      Promise.resolve(this.render(shell, renderContext, view())),
    );
    if (!rendered) throw new Problem('not_found');
    const { text, etag } = rendered;
    void reply.headers({
      ...PAGE_HEADERS,
      etag,
      // Browsers ask each time; shared caches may answer for a second.
      'cache-control': 'public, max-age=0, s-maxage=1',
      // nginx counts in whole seconds, and would take one second for up to two: to the end of this one, no longer; and not at all in
      // its first quarter, so that with what an instance may be behind no page is older than a second.
      'x-accel-expires': `@${Math.floor((this.clock.now() - BEHIND_MS) / 1_000)}`,
      vary: 'Accept-Language, Cookie',
      'content-language': renderContext.language,
    });
    const known = request.headers['if-none-match'];
    if (known !== undefined && names(known, etag)) void reply.code(304).send();
    else void reply.code(200).send(text);
  }

  private render(shell: Shell, { language }: RenderContext, content: Content): Rendered {
    const page = { ...content, language };
    // Weak, and without the data: that also says when the stock was looked at, which makes no other page.
    const { data: _data, ...shown } = page;
    const digest = createHash('sha256').update(shell.render(shown)).digest('base64url').slice(0, 22);
    return { text: shell.render(page), etag: `W/"${digest}"` };
  }

  private shell(): Shell {
    if (!this.files.shell) throw new Problem('not_found');
    return this.files.shell;
  }
}

/** Weak comparison (RFC 9110, section 13.1.2). */
const names = (header: string, etag: string): boolean =>
  header.split(',').some((tag) => [etag, '*'].includes(tag.trim()) || `W/${tag.trim()}` === etag);

/** To another page, which is asked for by GET. */
export function seeOther(reply: FastifyReply, path: string): void {
  privately(reply);
  void reply.code(303).header('location', path).send();
}
