import { markup, type Html } from '../../common/markup.js';
import type { Language } from '../../http/language.js';
import type { Words } from './words.js';

/** Where a view is shown. */
export interface RenderContext {
  readonly words: Words;
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
export function layout({ words, language, path, icon }: RenderContext, main: Html): Html {
  const back = encodeURIComponent(path);
  const other = language === 'zh' ? 'en' : 'zh';
  return markup`<a class="skip-link" href="#main">${words.skip}</a>
    <header class="site-header">
      <div class="site-header__inner">
        <a class="brand" href="/"
          >${icon !== undefined && markup`<img class="brand__mark" src="${icon}" alt="" width="28" height="28" />`}
          ${words.name}</a
        >
        <nav class="site-nav" aria-label="${words.menu}">
          <a href="/" ${path === '/' && markup` aria-current="page"`}>${words.drops}</a>
          <a href="/wallet">${words.wallet}</a>
        </nav>
        <div class="site-nav site-nav__end">
            <a
              href="/language/${other}?next=${back}"
              lang="${other === 'zh' ? 'zh-CN' : 'en'}"
              aria-label="${words.languageLabel}: ${words.otherLanguage}"
              >${words.otherLanguage}</a
            >
            <a href="/login?next=${back}">${words.signIn}</a>
        </div>
      </div>
    </header>
    ${main}
    <footer class="site-footer">
      <div class="site-footer__inner"><p>${words.footer}</p></div>
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
