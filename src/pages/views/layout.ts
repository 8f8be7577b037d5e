import { markup, type Html } from '../../common/markup.js';
import type { Language } from '../../http/language.js';
import type { Translate } from '../words/words.js';

/** Where a view is shown. */
export interface RenderContext {
  readonly t: Translate;
  readonly language: Language;
  /** Of this page, to come back to. */
  readonly path: string;
  /** URL of the mark beside the name. */
  readonly icon: string | undefined;
}

/**
 * What surrounds every page. The markup and the classes are those of the Vue front (web/src/App.vue, AppHeader.vue), so
 * that nothing moves when that takes over.
 */
export function layout({ t, language, path, icon }: RenderContext, main: Html): Html {
  const back = encodeURIComponent(path);
  const other = language === 'zh' ? 'en' : 'zh';
  const otherName = other === 'zh' ? '中文' : 'English';
  return markup`<a class="skip-link" href="#main">${t('app.skip')}</a>
    <header class="site-header">
      <div class="site-header__inner">
        <a class="brand" href="/"
          >${icon !== undefined && markup`<img class="brand__mark" src="${icon}" alt="" width="28" height="28" />`}
          ${t('app.name')}</a
        >
        <nav class="site-nav" aria-label="${t('nav.main')}">
          <a href="/" ${path === '/' && markup` aria-current="page"`}>${t('nav.drops')}</a>
          <a href="/wallet">${t('nav.wallet')}</a>
        </nav>
        <div class="site-nav site-nav__end">
            <a
              href="/language/${other}?next=${back}"
              lang="${other === 'zh' ? 'zh-CN' : 'en'}"
              aria-label="${t('app.language')}: ${otherName}"
              >${otherName}</a
            >
            <a href="/login?next=${back}">${t('nav.signIn')}</a>
        </div>
      </div>
    </header>
    ${main}
    <footer class="site-footer">
      <div class="site-footer__inner"><p>${t('app.footer')}</p></div>
    </footer>`;
}

/** What happened and what to do next. */
export const notice = (
  kind: 'good' | 'warn' | 'bad' | 'info',
  title: string,
  ...more: readonly string[]
): Html =>
  markup`<div class="notice notice--${kind}" ${kind === 'bad' && markup` role="alert"`}>
    <p class="notice__title">${title}</p>
    ${more.filter((text) => text !== '').map((text) => markup`<p>${text}</p>`)}
  </div>`;
