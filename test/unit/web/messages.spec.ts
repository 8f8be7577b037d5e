import { beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../src/common/root.js';
import { CLAIM_MOVES } from '../../../src/claim/domain/claim-move.js';
import { PROBLEMS } from '../../../src/common/problems.js';

/** The script's own areas, and those that the pages of the server have too. */
const FOLDERS = ['web/src/i18n', 'src/pages/words'];
const AREAS = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder, 'en')).map((file) => ({ folder, area: file.replace(/\.ts$/, '') })),
);
interface Messages {
  readonly [key: string]: string | Messages;
}

const loaded = new Map<string, Messages>();
beforeAll(async () => {
  for (const language of ['en', 'zh']) {
    for (const { folder, area } of AREAS) {
      const module = (await import(`../../../${folder}/${language}/${area}`)) as { default: Messages };
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

describe.each(AREAS)('the words of $area', ({ area }) => {
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
    // `@` links to other messages, but as a literal.
    for (const [key, text] of [...en, ...zh])
      expect([key, text.replaceAll("{'@'}", '').includes('@')]).toEqual([key, false]);
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
    发放: ['尚未入账', ': 入账'],
  };

  it.each(Object.entries(OTHERS))('%s, in pages, mails and what the server renders', (_word, others) => {
    const texts = [
      ...AREAS.flatMap(({ area }) => flat(load('zh', area)).map(([key, text]) => `${area}.${key}: ${text}`)),
      ...readFileSync(join(ROOT, 'src/mail/templates/zh.ts'), 'utf8').split('\n'),
    ];
    expect(texts.filter((text) => others.some((other) => text.includes(other)))).toEqual([]);
  });
});

describe('the English', () => {
  const texts = () =>
    AREAS.flatMap(({ area }) => flat(load('en', area)).map(([key, text]) => `${area}.${key}: ${text}`));

  it('calls one of them an e-mail, in pages, mails and refusals', () => {
    const templates = readFileSync(join(ROOT, 'src/mail/templates/en.ts'), 'utf8').split('\n');
    const said = [
      ...texts().map((text) => text.replace(/^[^:]*: /, '')),
      ...templates.filter((line) => !line.startsWith('import')),
    ];
    expect(said.filter((text) => /(?<![-‑\w/])[Mm]ails?\b/.test(text))).toEqual([]);
  });

  it('has another form for one than for several', () => {
    const several = /\{\w+\} (people|requests|claims|codes|units|counts|e-mails|vouchers|holders|persons)\b/;
    // Never one: limits that are far above it, and what is compared with another number.
    const never = ['{rate} claims a second', 'in all {count} counts', 'All {count} counts'];
    const found = texts().filter((text) => several.test(text) && !text.includes(' | '));
    expect(found.filter((text) => !never.some((part) => text.includes(part)))).toEqual([]);
  });

  it('has one apostrophe', () => {
    expect(texts().filter((text) => /\w'\w/.test(text))).toEqual([]);
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

/** Every text by the key that pages use. `console-drops` and the like are parts of `console`. */
const keys = (): string[] =>
  AREAS.filter(({ area }) => !area.includes('-')).flatMap(({ area }) =>
    flat(load('en', area)).map(([key]) => (area === 'shopper' ? key : `${area}.${key}`)),
  );

const sources = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(vue|ts)$/.test(file))
    .map((file) => join(folder, file))
    .filter((file) => !/(^|\/)(i18n|words)\/(en|zh)\//.test(file));

describe('the pages', () => {
  it('use no word that is not there', () => {
    const known = new Set(keys());
    const missing = sources('web/src')
      .flatMap((file) => {
        const text = readFileSync(join(ROOT, file), 'utf8');
        return [...text.matchAll(/\bt\(\s*'([\w.-]+)'/g)].map(([, key]) => `${file}: ${key}`);
      })
      .filter((use) => !known.has(use.split(': ')[1] ?? ''));
    expect(missing).toEqual([]);
  });

  it('use words of their own area alone: the others are not loaded with them', () => {
    const areas = AREAS.map(({ area }) => area).filter((area) => !['shopper', 'problems'].includes(area));
    const foreign = sources('web/src/pages').flatMap((file) => {
      const [own] = file.slice('web/src/pages/'.length).split('/');
      const text = readFileSync(join(ROOT, file), 'utf8');
      const used = [...text.matchAll(/\bt\(\s*['`]([\w-]+)\./g)].map(([, area = '']) => area);
      return used.filter((area) => areas.includes(area) && area !== own).map((area) => `${file}: ${area}`);
    });
    expect(foreign).toEqual([]);
  });

  it('use every word that is there', () => {
    const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
    const texts = ['web/src', 'src/pages'].flatMap(sources).map(read);
    const all = (text: string, pattern: RegExp): string[] =>
      [...text.matchAll(pattern)].map(([, found = '']) => found);
    // A key stands whole in quotes, or is put together: `status.${shown}`.
    const whole = new Set(texts.flatMap((text) => all(text, /['"]([\w-]+(?:\.[\w-]+)+)['"]/g)));
    const made = texts
      .flatMap((text) => all(text, /`((?:[\w-]+\.)+[\w-]*\$\{[^`]*|\$\{[^}`]*\}\.[\w-]+\.[^`]*)`/g))
      .map((key) => key.split(/\$\{[^}]*\}/).map((part) => part.replaceAll('.', '\\.')))
      .map((parts) => new RegExp(`^${parts.join('([\\w:-]+)')}$`));
    // What stands in the gap is a word of the program: a value in quotes, a number, or the name of a field.
    const words = new Set(
      [...texts, ...sources('src').map(read)].flatMap((text) => [
        ...all(text, /['"`]([\w:-]+)['"`]/g),
        ...all(text, /\b(\w+)\??:/g),
      ]),
    );
    const isMade = (key: string): boolean =>
      made.some(
        (pattern) =>
          pattern
            .exec(key)
            ?.slice(1)
            .every((gap) => /^\d+$/.test(gap) || words.has(gap)) === true,
      );
    // What was done once stays in the audit log, whether the program still does it or not.
    const unused = keys().filter((key) => !whole.has(key) && !isMade(key));
    expect(unused.filter((key) => !key.startsWith('people.audit.actions.'))).toEqual([]);
  });
});
