import { beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../src/common/root.js';
import { CLAIM_MOVES } from '../../../src/claim/domain/claim-move.js';
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

describe('one word for one thing', () => {
  /** Words that were in use beside the one that stands for the thing now. */
  const OTHERS: Readonly<Record<string, readonly string[]>> = {
    领完: ['售罄', '抢完', '抢光'],
    开始: ['开抢'],
    券码: ['兑换码'],
    账号: ['账户'],
    封禁名单: ['黑名单'],
  };

  it.each(Object.entries(OTHERS))('%s, in pages, mails and what the server renders', (_word, others) => {
    const texts = [
      ...AREAS.flatMap((area) => flat(load('zh', area)).map(([key, text]) => `${area}.${key}: ${text}`)),
      ...['src/pages/views/words.ts', 'src/mail/templates/zh.ts'].flatMap((file) =>
        readFileSync(join(ROOT, file), 'utf8').split('\n'),
      ),
    ];
    expect(texts.filter((text) => others.some((other) => text.includes(other)))).toEqual([]);
  });
});

describe('the words of the audit log', () => {
  /** `<object>.<what was done>`, where it is written down: literals, and the moves of claims and vouchers. */
  it('name every action that the server records', () => {
    const recorded = new Set<string>(Object.keys(CLAIM_MOVES).map((move) => `claim.${move}`));
    for (const file of readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const text = readFileSync(join(ROOT, 'src', file), 'utf8');
      if (!text.includes('audit')) continue;
      for (const [, action] of text.matchAll(
        /(?:action: |entry\((?:\w+, )?|record\((?:\w+, )*)'((?:api_key|merchant|staff|user|webhook)\.\w+)'/g,
      ))
        recorded.add(action ?? '');
    }
    expect(recorded).toContain('merchant.updated');
    expect(recorded).toContain('webhook.created');
    const { actions } = load('en', 'people')['audit'] as { actions: Messages };
    expect([...recorded].filter((action) => !(action.replace('.', '_') in actions))).toEqual([]);
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
