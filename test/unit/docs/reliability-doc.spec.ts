import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../src/common/root.js';
import { FAULTS } from '../../rehearsal/faults.js';

describe('docs/reliability.md', () => {
  const rows = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| fault ') && !line.startsWith('| ---'))
    .map((line) => line.split(' | '));

  it('has a row for every fault of a full run, in its order', () => {
    expect(rows.map(([name]) => name?.slice(2))).toEqual(FAULTS.map(({ name }) => name));
  });

  it('says of each that every promise held', () => {
    for (const row of rows) expect(row.at(-1)).toBe('holds |');
  });
});
