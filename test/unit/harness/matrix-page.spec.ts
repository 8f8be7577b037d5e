import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { LACKS, withRuns, withTable, type Run } from '../../harness/matrix-page.js';

describe('the table that test:matrix writes', () => {
  const empty = 'before\n\n<!-- written by test:matrix from here -->\n<!-- to here -->\n\nafter\n';
  const run = (name: string, more: Partial<Run> = {}): Run => ({
    name,
    version: '1.2',
    date: '2026-11-28',
    specs: ['stack/claim-path'],
    passed: 3,
    failed: [],
    ...more,
  });
  const rows = (page: string): string[] => page.split('\n').filter((line) => /^\| [a-z]+-\d/.test(line));

  it('says of each run what was run, what came of it, and what the server is known to lack', () => {
    const specs = ['stack/cluster', 'stack/claim-path', 'matrix/whole-slots'];
    const page = withTable(empty, [run('mysql-9.7'), run('valkey-9.1-cluster', { specs })]);
    expect(rows(page)).toEqual([
      `| mysql-9.7 | 1.2 | 2026-11-28 | stack: claim-path | 3 of 3 pass | ${LACKS['mysql-9.7']} |`,
      '| valkey-9.1-cluster | 1.2 | 2026-11-28 | stack: cluster, claim-path; matrix: whole-slots | 3 of 3 pass | - |',
    ]);
    expect(page.startsWith('before\n')).toBe(true);
    expect(page.endsWith('<!-- to here -->\n\nafter\n')).toBe(true);
  });

  it('has newer runs in place of those of the same name, in the order of names', () => {
    const before = [run('redis-6.2'), run('redis-10.0'), run('mysql-9.7')];
    const after = withRuns(before, [run('redis-10.0', { passed: 4 }), run('kafka-4.4')]);
    expect(after.map(({ name, passed }) => [name, passed])).toEqual([
      ['kafka-4.4', 3],
      ['mysql-9.7', 3],
      ['redis-6.2', 3],
      ['redis-10.0', 4],
    ]);
  });

  it('names what failed, and what did not start, and lets neither end a cell or a row', () => {
    const page = withTable(empty, [
      run('redis-6.2', { passed: 1, failed: ['a | b\nc', 'd'] }),
      run('redis-8.0', { version: '', passed: 0 }),
    ]);
    expect(page).toContain('| 2 of 3 fail: a \\| b c; d |');
    expect(page).toContain(
      '| redis-8.0 | - | 2026-11-28 | stack: claim-path | not run: it could not be had, or did not start |',
    );
  });

  it('takes the place of what was in it, and refuses a page that has no place', () => {
    const edited = empty.replace('<!-- to here -->', '| redis-9.9 | by hand |\n<!-- to here -->');
    expect(withTable(edited, [run('redis-6.2')])).toBe(withTable(empty, [run('redis-6.2')]));
    expect(() => withTable('nothing', [])).toThrow(/the page has no/);
  });
});

describe('docs/reference/servers.md', () => {
  const page = readFileSync('docs/reference/servers.md', 'utf8');
  const runs = JSON.parse(readFileSync('docs/reference/servers.json', 'utf8')) as Run[];

  it('has the table of the runs that are filed, as the program makes it', () => {
    const unpadded = (text: string): string => text.replaceAll(/ +\|/g, ' |').replaceAll(/-{3,}/g, '---');
    expect(unpadded(withTable(page, runs))).toBe(unpadded(page));
  });

  it('says what a server lacks of servers that were run alone', () => {
    expect(Object.keys(LACKS).filter((name) => !runs.some((run) => run.name === name))).toEqual([]);
  });
});
