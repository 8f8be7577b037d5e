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
  const { t } = renderContext;
  const title = token === undefined ? t('plain.unsubscribe.done') : t('plain.unsubscribe.ask');
  const body = markup`<main id="main" class="page page--form">
    <header class="page-head">
      <h1 tabindex="-1">${title}</h1>
      <p class="muted" role="status">${t(`plain.unsubscribe.lists.${list}`)}</p>
    </header>
    ${
      token === undefined
        ? markup`<p><a href="/account">${t('plain.unsubscribe.choices')}</a></p>`
        : markup`<form class="form" method="post" action="/unsubscribe?token=${encodeURIComponent(token)}">
      <input type="hidden" name="List-Unsubscribe" value="One-Click" />
      <button class="button button--wide">${t('plain.unsubscribe.submit')}</button>
    </form>`
    }
  </main>`;
  return { title: `${title} · ${t('app.name')}`, body: layout(renderContext, body), withoutScript: true };
}
