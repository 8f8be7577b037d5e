import { describe, expect, it } from '@jest/globals';
import { withRows, type Row } from '../../harness/matrix-page.js';

describe('the table that test:matrix writes', () => {
  const empty = 'before\n\n<!-- written by test:matrix from here -->\n<!-- to here -->\n\nafter\n';
  const row = (name: string, outcome: string): Row => ({ name, version: '1.2', date: '2026-11-28', outcome });
  const cells = (page: string) =>
    page
      .split('\n')
      .filter((line) => /^\| [a-z]+-\d/.test(line))
      .map((line) => line.split(' | '));

  it('has a row for each edition, in their order, between what the page says by itself', () => {
    const page = withRows(empty, [row('redis-8.0', '3 of 3 pass'), row('redis-6.2', '2 of 3 pass')]);
    expect(cells(page).map(([name]) => name)).toEqual(['| redis-6.2', '| redis-8.0']);
    expect(page.startsWith('before\n')).toBe(true);
    expect(page.endsWith('<!-- to here -->\n\nafter\n')).toBe(true);
  });

  it('replaces the rows that were run, and keeps the others, also as the formatter pads them', () => {
    const before = withRows(empty, [row('mysql-9.7', 'old'), row('redis-6.2', 'old')]);
    const padded = before.replace('| mysql-9.7 |', '| mysql-9.7     |');
    const page = withRows(padded, [row('mysql-9.7', 'new')]);
    expect(cells(page).map(([, , , outcome]) => outcome)).toEqual(['new |', 'old |']);
  });

  it('lets no outcome end a cell or a row', () => {
    expect(withRows(empty, [row('redis-6.2', '1 of 2 fail: a | b\nc')])).toContain(
      '1 of 2 fail: a \\| b c |',
    );
  });

  it('refuses a page that has no place for it', () => {
    expect(() => withRows('nothing', [])).toThrow(/the page has no/);
  });
});
