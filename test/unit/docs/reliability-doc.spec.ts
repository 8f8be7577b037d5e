import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { ROOT } from '../../../src/common/root.js';
import { tableRows } from '../../support/markdown.js';
import { FAULTS } from '../../rehearsal/faults.js';

describe('docs/reliability.md', () => {
  const rows = tableRows(join(ROOT, 'docs/reliability.md'));

  it('has a row for every fault of a full run, in its order', () => {
    expect(rows.map(([name]) => name)).toEqual(FAULTS.map(({ name }) => name));
  });

  it('says of each that every promise held', () => {
    for (const row of rows) expect(row.at(-1)).toBe('holds');
  });
});
