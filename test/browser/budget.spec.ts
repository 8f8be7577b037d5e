import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROOT } from '../../src/common/root.js';

const BUDGET_BYTES = 100_000;

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly src?: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}

const folder = join(ROOT, 'dist', 'web');
const manifest = JSON.parse(readFileSync(join(folder, '.vite', 'manifest.json'), 'utf8')) as Record<
  string,
  Chunk
>;

/** A chunk and everything that it cannot start without. */
function withImports(name: string, seen = new Set<string>()): Set<string> {
  if (!seen.has(name)) {
    seen.add(name);
    for (const next of manifest[name]?.imports ?? []) withImports(next, seen);
  }
  return seen;
}
const files = (names: Iterable<string>): string[] => [
  ...new Set([...names].map((name) => manifest[name]?.file ?? '')),
];
const compressed = (file: string): number => gzipSync(readFileSync(join(folder, file))).length;

const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry) ?? '';
const first = files(withImports(entry)).filter((file) => file.endsWith('.js'));

describe('the built pages', () => {
  it(`load at most ${BUDGET_BYTES} bytes of script for a drop, compressed`, () => {
    const bytes = first.reduce((sum, file) => sum + compressed(file), 0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThanOrEqual(BUDGET_BYTES);
  });

  it('name in index.html exactly what comes first, and have nothing inline', () => {
    const index = readFileSync(join(folder, 'index.html'), 'utf8');
    const named = [...index.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, file]) => file);
    expect(named.sort()).toEqual([...first].sort());
    expect(index).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
  });

  it('bring the charts to the console alone', () => {
    for (const file of first)
      expect(readFileSync(join(folder, file), 'utf8')).not.toMatch(/chart\.js|Chart\.register/i);
  });
});
