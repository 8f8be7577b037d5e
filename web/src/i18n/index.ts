import { createI18n } from 'vue-i18n';
import enProblems from './en/problems.js';
import enShopper from '../../../src/pages/words/en/shopper.js';
import zhProblems from './zh/problems.js';
import zhShopper from '../../../src/pages/words/zh/shopper.js';

export type Language = 'en' | 'zh';
export type Area = 'account' | 'console' | 'admin' | 'counter' | 'people';

const COOKIE = 'vc_lang';
const YEAR_S = 31_536_000;

/** The cookie, else what the browser asks for: the server decides by the same two. */
function preferred(): Language {
  const chosen = document.cookie.match(/(?:^|;\s*)vc_lang=(en|zh)(?:;|$)/)?.[1];
  if (chosen === 'en' || chosen === 'zh') return chosen;
  const asked = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return asked.find((tag): tag is Language => tag === 'zh' || tag === 'en') ?? 'en';
}

export const i18n = createI18n({
  legacy: false,
  locale: preferred(),
  fallbackLocale: 'en',
  messages: {
    en: { ...enShopper, problems: enProblems },
    zh: { ...zhShopper, problems: zhProblems },
  },
});

/** For dates and numbers: what Intl calls the language. */
export const localeTag = (): string => (i18n.global.locale.value === 'zh' ? 'zh-CN' : 'en-GB');

export function setLanguage(language: Language): void {
  i18n.global.locale.value = language;
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  document.cookie = `${COOKIE}=${language}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax`;
}

/** Says which language the page is in; the choice itself is kept only when somebody makes one. */
export function announceLanguage(): void {
  document.documentElement.lang = i18n.global.locale.value === 'zh' ? 'zh-CN' : 'en';
}

const AREAS: Readonly<Record<Area, () => Promise<readonly [object, object]>>> = {
  account: async () => [(await import('./en/account.js')).default, (await import('./zh/account.js')).default],
  console: async () => [(await import('./en/console.js')).default, (await import('./zh/console.js')).default],
  counter: async () => [(await import('./en/counter.js')).default, (await import('./zh/counter.js')).default],
  people: async () => [(await import('./en/people.js')).default, (await import('./zh/people.js')).default],
  admin: async () => [(await import('./en/admin.js')).default, (await import('./zh/admin.js')).default],
};
const loaded = new Set<Area>();

/** The words of an area come with its pages: under the area's name. */
export async function loadArea(area: Area): Promise<void> {
  if (loaded.has(area)) return;
  const [en, zh] = await AREAS[area]();
  i18n.global.mergeLocaleMessage('en', { [area]: en });
  i18n.global.mergeLocaleMessage('zh', { [area]: zh });
  loaded.add(area);
}
