import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ROOT } from '../../../src/common/root.js';

/** A file and how titles of it begin: `e2e/hall` "logs in at once …", "another title". */
const NAMED = /`([^`|]+)` ("[^"|]+"(?:, "[^"|]+")*)/g;

/** The cells of the table's last column. */
const ROWS = readFileSync(join(ROOT, 'docs/reference/security.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (case|-)/.test(line))
  .map((line) => {
    const cell = line.split('|').at(-2)?.trim() ?? '';
    const tests = [...cell.matchAll(NAMED)].map(([, file = '', titles = '']) => ({
      file,
      titles: titles.split(/(?<="), (?=")/).map((title) => title.slice(1, -1)),
    }));
    return { cell, rest: cell.replace(NAMED, '').replace(/; /g, ''), tests };
  });

/** `e2e/staff` is test/e2e/staff.spec.ts or a folder; `contract/ledger` has a file for each database. */
function specsOf(test: string): string[] {
  const [folder, name] = [join(ROOT, 'test', dirname(test)), basename(test)];
  return readdirSync(folder)
    .map((file) => join(folder, file))
    .flatMap((path) =>
      basename(path) === name && statSync(path).isDirectory()
        ? readdirSync(path, { recursive: true, encoding: 'utf8' }).map((file) => join(path, file))
        : basename(path).startsWith(`${name}.`)
          ? [path]
          : [],
    )
    .filter((path) => path.endsWith('.spec.ts'));
}

/** The spec, and the contracts that it runs. */
function sourceOf(path: string): string {
  const source = readFileSync(path, 'utf8');
  const contracts = [...source.matchAll(/from '(\.\/support\/[\w.-]+\.contract)\.js'/g)];
  return [
    source,
    ...contracts.map(([, file = '']) => readFileSync(join(dirname(path), `${file}.ts`), 'utf8')),
  ].join('\n');
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Whether a test or a group of tests has this title: the first argument of `it(`, of `describe(`, or behind `.each(…)`. */
function hasTitle(source: string, title: string): boolean {
  const begins = title.endsWith('…');
  const text = escaped(begins ? title.slice(0, -1).trimEnd() : title);
  return new RegExp(`(?:\\bit|\\bdescribe|[)])\\(\\s*(['"\`])${text}${begins ? '' : '\\1,'}`).test(source);
}

it('each case of the security table names a test that is there, by its title', () => {
  expect(ROWS.length).toBeGreaterThan(90);
  expect(ROWS.filter(({ rest, tests }) => rest !== '' || tests.length === 0)).toEqual([]);
  const missing = ROWS.flatMap(({ tests }) => tests).flatMap(({ file, titles }) => {
    const sources = specsOf(file).map(sourceOf);
    return titles
      .filter((title) => !sources.some((source) => hasTitle(source, title)))
      .map((title) => `${file} "${title}"`);
  });
  expect(missing).toEqual([]);
});
