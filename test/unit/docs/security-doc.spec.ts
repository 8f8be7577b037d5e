import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ROOT } from '../../../src/common/root.js';

/** The cells of the table's last column: names of tests, each in its own quotes. */
const TESTS = readFileSync(join(ROOT, 'docs/reference/security.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (case|-)/.test(line))
  .map((line) => ({
    line,
    tests: line.match(/`[^`|]+`(?=(?:, `[^`|]+`)* *\|$)/g)?.map((name) => name.slice(1, -1)) ?? [],
  }));

/** `e2e/staff` is test/e2e/staff.spec.ts or a folder; `contract/ledger` has a file for each database. */
function exists(test: string): boolean {
  const [folder, name] = [join(ROOT, 'test', dirname(test)), basename(test)];
  return readdirSync(folder).some((file) =>
    file === name
      ? statSync(join(folder, file)).isDirectory()
      : file.startsWith(`${name}.`) && file.endsWith('.spec.ts'),
  );
}

it('each case of the security table names a test that is there', () => {
  expect(TESTS.length).toBeGreaterThan(60);
  expect(TESTS.filter(({ tests }) => tests.length === 0)).toEqual([]);
  expect(TESTS.flatMap(({ tests }) => tests.filter((test) => !exists(test)))).toEqual([]);
});
