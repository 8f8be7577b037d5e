import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { forgetState, isUpToDate, keepState, type BuiltPart } from '../../../scripts/build-state.mjs';

describe('what a build knows of the last one', () => {
  let folder: string;
  let part: BuiltPart;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'build-state-'));
    part = { name: basename(folder), sources: [join(folder, 'src')], built: [join(folder, 'dist')] };
    for (const name of ['src', 'dist']) writeFileSync(join(folder, name), 'as it was');
    keepState(part);
  });

  afterEach(() => {
    forgetState(part);
    rmSync(folder, { recursive: true });
  });

  it('builds nothing where nothing has changed', () => {
    expect(isUpToDate(part)).toBe(true);
  });

  it.each([
    ['a source was edited', () => writeFileSync(join(folder, 'src'), 'as it is')],
    ['a source was removed', () => rmSync(join(folder, 'src'))],
    ['something else wrote what was built', () => writeFileSync(join(folder, 'dist'), 'of another program')],
    ['what was built was removed', () => rmSync(join(folder, 'dist'))],
    ['the last build did not end', () => forgetState(part)],
  ])('builds where %s', (_what, change) => {
    change();
    expect(isUpToDate(part)).toBe(false);
  });
});
