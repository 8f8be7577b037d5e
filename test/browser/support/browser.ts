import { readFileSync } from 'node:fs';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
  type Route,
} from 'playwright-core';
import { newAddress } from '../../support/api.js';

/** Chromium of the distribution; another one by CHROMIUM. It runs as root in containers, where its sandbox cannot. */
const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** How long anything that a person waits for may take. */
export const PATIENCE_MS = 60_000;

const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** A browser for one spec; each person has a profile of their own, from an address of their own. */
export class Browsers {
  private browser: Browser | undefined;
  /** What pages complained about: uncaught errors, and what the Content-Security-Policy stopped. */
  readonly complaints: string[] = [];

  /** @param args of Chromium, beside those that every spec needs */
  async start(args: readonly string[] = []): Promise<void> {
    this.browser = await chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox', ...args] });
  }

  async stop(): Promise<void> {
    await this.browser?.close();
  }

  async person(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    if (!this.browser) throw new Error('the browser was not started');
    const context = await this.browser.newContext({
      locale: 'en-GB',
      timezoneId: 'Asia/Shanghai',
      viewport: { width: 1200, height: 850 },
      extraHTTPHeaders: { 'x-forwarded-for': newAddress() },
      ...options,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    context.on('weberror', (error) => this.complaints.push(error.error().message));
    context.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) this.complaints.push(message.text());
    });
    return context;
  }

  async page(options: BrowserContextOptions = {}): Promise<Page> {
    return (await this.person(options)).newPage();
  }
}

interface Violation {
  readonly id: string;
  readonly impact?: string | null;
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary?: string }[];
}

/** What axe finds that is serious or critical, by WCAG 2.2 A and AA. Through the debugger, so that the page's policy stays. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  await page.evaluate(async () => {
    // A button on its way from one colour to another has neither.
    const { document } = globalThis as unknown as {
      document: {
        getAnimations(): { finished: Promise<unknown>; effect: { getTiming(): { iterations: number } } }[];
      };
    };
    const moving = document
      .getAnimations()
      .filter(({ effect }) => effect.getTiming().iterations !== Infinity);
    await Promise.allSettled(moving.map(({ finished }) => finished));
  });
  const violations: Violation[] = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(o: object): Promise<{ violations: Violation[] }> };
    };
    const found = await axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return found.violations;
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map((node) => `${JSON.stringify(node.target)} ${node.failureSummary ?? ''}`).join('; ')}`,
    );
}

/** Holds the next request to an address on its way to the server. `sent` once it is there, until `letGo` is called. */
export async function holdNext(page: Page, address: string): Promise<{ sent: Promise<void>; letGo(): void }> {
  let [seen, letGo] = [(): void => undefined, (): void => undefined];
  const sent = new Promise<void>((resolve) => (seen = resolve));
  const gone = new Promise<void>((resolve) => (letGo = resolve));
  const hold = async (route: Route): Promise<void> => {
    seen();
    await gone;
    await route.continue();
  };
  await page.route(address, hold, { times: 1 });
  return { sent, letGo: () => letGo() };
}

/** Whether the page is wider than the window: then a phone would scroll sideways. */
export const overflows = (page: Page): Promise<boolean> =>
  page.locator('html').evaluate((html: { readonly scrollWidth: number; readonly clientWidth: number }) => {
    return html.scrollWidth > html.clientWidth;
  });

/** In the page: words of times and counts that go on in the next line. */
const BROKEN_WORDS = `(() => {
  const broken = [];
  const words = new Intl.Segmenter('zh', { granularity: 'word' });
  for (const part of document.querySelectorAll('time, .drop-card__foot, .figure dd, .facts dd:not(.ticket__terms)')) {
    const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode())
      for (const { segment, index, isWordLike } of words.segment(text.data)) {
        if (!isWordLike) continue;
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + segment.length);
        const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
        // An address or an id may be wider than the line.
        if (lines.size > 1 && /[\u4e00-\u9fff]/.test(segment)) broken.push(segment + ' in ' + part.textContent.trim());
      }
  }
  return broken;
})()`;

/** Chinese words that are broken where times and counts stand. */
export const brokenWords = (page: Page): Promise<string[]> => page.evaluate(BROKEN_WORDS);

const UNTIDY = `(() => {
  const found = [];
  const boxOf = (element) => element.getBoundingClientRect();
  for (const wrap of document.querySelectorAll('.table-wrap'))
    if (wrap.scrollWidth > wrap.clientWidth) found.push('a table that is cut: ' + wrap.getAttribute('aria-label'));
  for (const head of document.querySelectorAll('thead th'))
    if (head.scrollWidth > head.clientWidth && boxOf(head).width > 1) found.push('a heading that is cut: ' + head.textContent.trim());
  for (const id of document.querySelectorAll('tbody code'))
    if (id.getClientRects().length > 1 || boxOf(id).height > 30) found.push('an ID in several lines: ' + id.textContent);
  for (const fields of document.querySelectorAll('.fields')) {
    const inputs = [...fields.querySelectorAll(':scope > .field > .field__body > :is(input, select)')].map(boxOf);
    for (const [index, input] of inputs.entries()) {
      const before = inputs[index - 1];
      if (before && before.left < input.left && Math.abs(before.top - input.top) > 1) found.push('inputs side by side in two lines');
    }
  }
  return found;
})()`;

/** What looks unfinished: tables and headings that are cut, IDs in several lines, inputs side by side that are in two. */
export const untidy = (page: Page): Promise<string[]> => page.evaluate(UNTIDY);
