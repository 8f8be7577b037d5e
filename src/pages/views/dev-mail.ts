import { markup, type Html } from '../../common/markup.js';
import { localeTag } from '../../http/language.js';
import type { DevMessage } from '../../mail/index.js';
import { layout, notice, type RenderContext } from './layout.js';

const LINK = /(https?:\/\/[^\s]+)/;

/** `/dev/mail`: what people would have been sent. */
export function devMailPage(
  renderContext: RenderContext,
  messages: readonly DevMessage[],
): { readonly title: string; readonly body: Html } {
  const { t, language } = renderContext;
  const time = new Intl.DateTimeFormat(localeTag(language), { timeStyle: 'medium' });
  const card = ({ kind, at, to, subject, text, file }: DevMessage): Html =>
    markup`<section class="card stack" data-test="${kind}">
      <h2>${kind === 'code' ? markup`${t('plain.inbox.code')}: <code>${subject}</code>` : subject}</h2>
      <p class="muted small">${t(`plain.inbox.${kind}`)} ${t('plain.inbox.to', { whom: to })} · ${time.format(at)}</p>
      ${kind === 'mail' && text.split('\n\n').map((part) => markup`<p>${withLinks(part)}</p>`)}
      ${file !== null && markup`<p class="muted small"><code>${file}</code></p>`}
    </section>`;
  const body = layout(
    renderContext,
    markup`<main id="main" class="page page--text">
      <header class="page-head">
        <h1 tabindex="-1">${t('plain.inbox.title')}</h1>
        <p class="muted">${t('plain.inbox.lead')}</p>
      </header>
      ${messages.length === 0 ? notice('info', t('plain.inbox.none'), t('plain.inbox.noneText')) : messages.map(card)}
    </main>`,
  );
  return { title: `${t('plain.inbox.title')} · ${t('app.name')}`, body };
}

const withLinks = (text: string) =>
  text.split(LINK).map((part) => (LINK.test(part) ? markup`<a href="${part}">${part}</a>` : part));
