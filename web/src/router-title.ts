import { i18n } from './i18n/index.js';

export function setTitle(title: string): void {
  document.title = `${title} · ${i18n.global.t('app.name')}`;
}
