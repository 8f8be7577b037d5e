import { markup } from '../../common/markup.js';
import type { MailList } from '../../mail/index.js';
import type { Content } from '../pages.js';
import { layout, type RenderContext } from './layout.js';

/** Asks with a token; without one it is done. */
export function unsubscribePage(
  renderContext: RenderContext,
  list: MailList,
  { token }: { readonly token?: string } = {},
): Content {
  const { words } = renderContext;
  const title = token === undefined ? words.unsubscribed : words.unsubscribe;
  const body = markup`<main id="main" class="page page--form">
    <header class="page-head">
      <h1 tabindex="-1">${title}</h1>
      <p class="muted" role="status">${words.mailLists[list]}</p>
    </header>
    ${
      token === undefined
        ? markup`<p><a href="/account">${words.mailChoices}</a></p>`
        : markup`<form class="form" method="post" action="/unsubscribe?token=${encodeURIComponent(token)}">
      <input type="hidden" name="List-Unsubscribe" value="One-Click" />
      <button class="button button--wide">${words.unsubscribeNow}</button>
    </form>`
    }
  </main>`;
  return { title: `${title} · ${words.name}`, body: layout(renderContext, body), withoutScript: true };
}
