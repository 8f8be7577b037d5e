import { createHash } from 'node:crypto';
import { markup, scriptJson, type Html } from '../common/markup.js';
import { CARD_HEIGHT, CARD_WIDTH } from './card-image.js';
import { languageTag, type Language } from '../http/language.js';

/** What a link to a page is shown as elsewhere. Addresses are absolute, as the protocol wants (https://ogp.me). */
interface Card {
  readonly title: string;
  readonly description: string;
  readonly site: string;
  readonly url: string;
  /** PNG of `CARD_WIDTH` by `CARD_HEIGHT`. */
  readonly image: string;
}

/** One page, without what all pages share. */
export interface Page {
  readonly language: Language;
  readonly title: string;
  readonly description?: string | undefined;
  /** What stands in the page until, and unless, a script takes over. */
  readonly body: Html;
  /** What a link to the page is shown as elsewhere (Open Graph). */
  readonly card?: Card | undefined;
  /** First state for the script. */
  readonly data?: unknown;
  /** Without scripts the page is asked for again after so many seconds. */
  readonly refreshS?: number | undefined;
  /** Where a browser without scripts goes on at once. */
  readonly goTo?: string | undefined;
  /** Steps of the plain forms, of which the script knows nothing. */
  readonly withoutScript?: boolean;
}

const TITLE = /<title>[^<]*<\/title>/;
const DESCRIPTION = /<meta\s+name="description"[^>]*>/;
const LANG = /<html[^>]*>/;
const APP = /<div id="app">\s*<\/div>/;
const ICON = /<link\b[^>]*rel="icon"[^>]*href="([^"]+)"/;
const SCRIPTS = /\s*<(?:script\b[^>]*>\s*<\/script|link\b[^>]*rel="modulepreload"[^>]*)>/g;

/** The built index.html as a template. */
export class Shell {
  /** Changes with every build of the pages. */
  readonly id: string;
  /** URL of the mark that browsers show beside the title. */
  readonly icon: string | undefined;

  /** @throws Error where the text is no index.html of ours */
  constructor(private readonly index: string) {
    for (const part of [TITLE, LANG, APP])
      if (!part.test(index)) throw new Error(`index.html of the web pages has no ${part.source}`);
    this.id = createHash('sha256').update(index).digest('base64url').slice(0, 12);
    this.icon = ICON.exec(index)?.[1];
  }

  render(page: Page): string {
    const { language, title, description, body, data, refreshS, goTo, card } = page;
    const refresh = goTo === undefined ? refreshS : `0;url=${goTo}`;
    const head = markup`<title>${title}</title>${
      refresh !== undefined && markup`<noscript><meta http-equiv="refresh" content="${refresh}" /></noscript>`
    }${
      card &&
      markup`<meta property="og:type" content="website" /><meta property="og:site_name" content="${card.site}" /><meta property="og:title" content="${card.title}" /><meta property="og:description" content="${card.description}" /><meta property="og:url" content="${card.url}" /><meta property="og:image" content="${card.image}" /><meta property="og:image:type" content="image/png" /><meta property="og:image:width" content="${CARD_WIDTH}" /><meta property="og:image:height" content="${CARD_HEIGHT}" /><meta property="og:image:alt" content="${card.title}" /><meta property="og:locale" content="${language === 'zh' ? 'zh_CN' : 'en_GB'}" /><meta name="twitter:card" content="summary_large_image" />`
    }`;
    const app = markup`<div id="app">${body}</div>${
      data !== undefined &&
      markup`<script type="application/json" id="page-data">${scriptJson(data)}</script>`
    }`;
    const base = page.withoutScript === true ? this.index.replace(SCRIPTS, '') : this.index;
    // Replaced by functions: in a text, `$&` would be a pattern.
    return base
      .replace(LANG, () => markup`<html lang="${languageTag(language)}">`.text)
      .replace(TITLE, () => head.text)
      .replace(DESCRIPTION, (kept) =>
        description === undefined ? kept : markup`<meta name="description" content="${description}" />`.text,
      )
      .replace(APP, () => app.text);
  }
}
