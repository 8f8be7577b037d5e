/** What `web/public/theme.js` reads before the page is drawn. */
const COOKIE = 'vc_theme';
const YEAR_S = 31_536_000;

export type Theme = 'light' | 'dark';

/** The scheme that is shown: the one that was chosen, else the device's. */
export const currentTheme = (): Theme => {
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
};

/** Calls back when another scheme is shown, by the device or by choice. @returns ends that */
export function onThemeChange(changed: () => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)');
  const chosen = new MutationObserver(changed);
  media.addEventListener('change', changed);
  chosen.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => {
    media.removeEventListener('change', changed);
    chosen.disconnect();
  };
}

/** Chooses a scheme for this browser. One that the device has anyway is no choice: it goes on following the device. */
export function chooseTheme(theme: Theme): void {
  const own: Theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  const root = document.documentElement;
  if (theme === own) delete root.dataset['theme'];
  else root.dataset['theme'] = theme;
  const age = theme === own ? 0 : YEAR_S;
  document.cookie = `${COOKIE}=${theme}; Path=/; Max-Age=${age}; SameSite=Lax`;
}
