import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Scene } from './scene.js';
import { signIn } from './sign-in.js';
import { EMAILS, emptySite, fullSite, waitForUnit } from './site.js';
import { statesOfEmptySite, statesOfFullSite, type State } from './states.js';

const REACHED_MS = 20_000;
/** A4 at 96 dots an inch. */
const PAPER = { width: 794, height: 1_123 };
const LANGUAGES = { en: 'en-GB', zh: 'zh-CN' } as const;
const THEMES = ['light', 'dark'] as const;
const SCREENS = { desktop: { width: 1200, height: 800 }, phone: { width: 360, height: 740 } } as const;
type Language = keyof typeof LANGUAGES;
type Theme = (typeof THEMES)[number];
type Screen = keyof typeof SCREENS;

export interface GalleryOptions {
  readonly quick: boolean;
  /** Part of the names of the states that are wanted. */
  readonly only: string;
}

/** A quick look has each language, theme and screen once; paper is all of them. */
function looksOf(state: State, language: Language, quick: boolean): readonly (readonly [Theme, Screen])[] {
  if (state.print) return [['light', 'desktop']];
  if (quick) return [language === 'en' ? ['light', 'desktop'] : ['dark', 'phone']];
  return THEMES.flatMap((theme) =>
    (Object.keys(SCREENS) as Screen[]).map((screen) => [theme, screen] as const),
  );
}

/** The people of one language, each with a browser profile that stays signed in. */
class People {
  private readonly contexts = new Map<State['who'], BrowserContext>();

  constructor(
    private readonly browser: Browser,
    private readonly address: string,
    private readonly language: Language,
  ) {}

  async page(who: State['who']): Promise<Page> {
    const known = this.contexts.get(who);
    if (known) return known.newPage();
    const context = await this.browser.newContext({
      locale: LANGUAGES[this.language],
      timezoneId: 'Asia/Shanghai',
      viewport: SCREENS.desktop,
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(REACHED_MS);
    this.contexts.set(who, context);
    const page = await context.newPage();
    if (who !== 'visitor') await signIn(page, this.address, EMAILS[who], '/');
    return page;
  }

  async close(): Promise<void> {
    await Promise.all([...this.contexts.values()].map((context) => context.close()));
    this.contexts.clear();
  }
}

/** Two frames later a page has drawn what a changed window or scheme made of it. */
const drawn = (page: Page): Promise<unknown> =>
  page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))',
  );

/** @returns the names of the states that could not be reached, with the reason */
export async function takeGallery(
  scene: Scene,
  browser: Browser,
  folder: string,
  options: GalleryOptions,
): Promise<string[]> {
  const missed: string[] = [];
  const pictures = new Map<string, string[]>();
  const take = async (states: readonly State[], language: Language): Promise<void> => {
    const people = new People(browser, scene.address, language);
    for (const state of states.filter(({ name }) => name.includes(options.only))) {
      const page = await people.page(state.who);
      try {
        await page.goto(scene.address + state.path);
        await page.waitForSelector(`#app[data-v-app] ${state.ready}`);
        await state.act?.(page);
        for (const [theme, screen] of looksOf(state, language, options.quick)) {
          await page.emulateMedia({ colorScheme: theme, media: state.print ? 'print' : null });
          await page.setViewportSize(state.print ? PAPER : SCREENS[screen]);
          await drawn(page);
          const file = `${state.name}.${language}.${screen}.${theme}.png`;
          await page.screenshot({ path: join(folder, file), fullPage: true, animations: 'disabled' });
          pictures.set(state.name, [...(pictures.get(state.name) ?? []), file]);
        }
      } catch (error) {
        missed.push(`${state.name} (${language}): ${String(error).split('\n')[0]}`);
      } finally {
        await page.context().setOffline(false);
        await page.close();
      }
    }
    await people.close();
    console.log(`${language}: ${states.length} states`);
  };
  const languages = Object.keys(LANGUAGES) as Language[];
  await emptySite(scene);
  for (const language of languages) await take(statesOfEmptySite(), language);
  const site = await fullSite(scene);
  await waitForUnit(scene, site);
  for (const language of languages) await take(statesOfFullSite(site), language);
  writeFileSync(join(folder, 'index.html'), indexOf(pictures));
  console.log(`${[...pictures.values()].flat().length} pictures: ${join(folder, 'index.html')}`);
  return missed;
}

/** All pictures of a state in a row. */
function indexOf(pictures: ReadonlyMap<string, readonly string[]>): string {
  const rows = [...pictures].map(
    ([name, files]) =>
      `<h2>${name}</h2><div>${files.map((file) => `<a href="${file}"><img src="${file}" alt="${file}" loading="lazy"></a>`).join('')}</div>`,
  );
  const style =
    'body{font:16px sans-serif}div{display:flex;gap:8px;overflow:auto}img{height:480px;border:1px solid #999}';
  return `<!doctype html><meta charset="utf-8"><title>Screenshots</title><style>${style}</style>${rows.join('\n')}\n`;
}
