import { beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../src/common/root.js';
import { PROBLEMS } from '../../../src/common/problems.js';

const AREAS = readdirSync(join(ROOT, 'web/src/i18n/en')).map((file) => file.replace(/\.ts$/, ''));
interface Messages {
  readonly [key: string]: string | Messages;
}

const loaded = new Map<string, Messages>();
beforeAll(async () => {
  for (const language of ['en', 'zh']) {
    for (const area of AREAS) {
      const module = (await import(`../../../web/src/i18n/${language}/${area}`)) as { default: Messages };
      loaded.set(`${language}/${area}`, module.default);
    }
  }
});
const load = (language: string, area: string): Messages => loaded.get(`${language}/${area}`) ?? {};

const flat = (messages: Messages, prefix = ''): [string, string][] =>
  Object.entries(messages).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : flat(value, `${prefix}${key}.`),
  );
const placeholders = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].sort();

describe.each(AREAS)('the words of %s', (area) => {
  const words = () => ({ en: flat(load('en', area)), zh: new Map(flat(load('zh', area))) });

  it('are the same set in both languages', () => {
    const { en, zh } = words();
    expect(en.length).toBeGreaterThan(0);
    expect([...zh.keys()].sort()).toEqual(en.map(([key]) => key).sort());
  });

  it('take the same values in both languages, and none is empty', () => {
    const { en, zh } = words();
    for (const [key, text] of en) {
      expect([key, placeholders(zh.get(key) ?? '')]).toEqual([key, placeholders(text)]);
      expect([key, text.trim() !== '', zh.get(key)?.trim() !== '']).toEqual([key, true, true]);
    }
  });

  it('have nothing that the message compiler would take for its own', () => {
    const { en, zh } = words();
    // `@` links to other messages.
    for (const [key, text] of [...en, ...zh]) expect([key, text.includes('@')]).toEqual([key, false]);
  });
});

describe('the words of problems', () => {
  it('name every code of the catalogue, and nothing else but the missing answer', () => {
    const codes = [...Object.keys(PROBLEMS), 'no_answer'].sort();
    expect(Object.keys(load('en', 'problems')).sort()).toEqual(codes);
  });
});

describe('the pages', () => {
  it('use no word that is not there', () => {
    const known = new Set(
      AREAS.flatMap((area) =>
        flat(load('en', area)).map(([key]) => (area === 'shopper' ? key : `${area}.${key}`)),
      ),
    );
    const files = readdirSync(join(ROOT, 'web/src'), { recursive: true, encoding: 'utf8' });
    const missing = files
      .filter((file) => /\.(vue|ts)$/.test(file))
      .flatMap((file) => {
        const text = readFileSync(join(ROOT, 'web/src', file), 'utf8');
        return [...text.matchAll(/\bt\(\s*'([\w.-]+)'/g)].map(([, key]) => `${file}: ${key}`);
      })
      .filter((use) => !known.has(use.split(': ')[1] ?? ''));
    expect(missing).toEqual([]);
  });
});
