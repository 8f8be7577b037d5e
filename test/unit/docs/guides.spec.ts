import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../../../src/common/root.js';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** The rows of the walk: a file and what stands in it. */
const walk = [...read('docs/guide/developer.md').matchAll(/^\| [^|]+ \| `([^`]+)` +\| `([^`]+)` +\|$/gm)].map(
  ([, file = '', identifier = '']) => [file, identifier] as const,
);

describe('the walk through one claim', () => {
  it('has all its steps', () => {
    expect(walk.length).toBeGreaterThanOrEqual(14);
  });

  it.each(walk)('%s has %s', (file, identifier) => {
    expect(read(file)).toMatch(new RegExp(`\\b${identifier}\\b`));
  });
});

describe.each(['README.md', ...readdirSync(join(ROOT, 'docs/guide')).map((name) => `docs/guide/${name}`)])(
  '%s',
  (file) => {
    const text = read(file);

    it('links to files that exist', () => {
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, to = '']) => to);
      expect(links.filter((to) => !existsSync(join(ROOT, dirname(file), to)))).toEqual([]);
    });

    it('names paths of the repository that exist', () => {
      const paths = [...text.matchAll(/`((?:src|test|web|lua|migrations|docs)\/[\w./-]*)`/g)].map(
        ([, path = '']) => path,
      );
      expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    });
  },
);
