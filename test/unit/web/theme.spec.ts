import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../src/common/root.js';

describe('the dark colours', () => {
  it('are the same by the device and by choice', () => {
    const css = readFileSync(join(ROOT, 'web/src/styles/tokens.css'), 'utf8');
    const colours = (start: string): string[] => {
      const rest = css.slice(css.indexOf(start) + start.length);
      return [...rest.slice(0, rest.indexOf('}')).matchAll(/--[\w-]+:[^;]+;/g)].map(([line]) => line);
    };
    const byDevice = colours(":root:not([data-theme='light']) {");
    expect(byDevice.length).toBeGreaterThan(20);
    expect(colours(":root[data-theme='dark'] {")).toEqual(byDevice);
  });
});
