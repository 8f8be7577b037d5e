import { describe, expect, it } from '@jest/globals';
import en from '../../../web/src/i18n/en/admin.js';
import zh from '../../../web/src/i18n/zh/admin.js';
import { cacheUse, funnel, LAYERS, troubles } from '../../../web/src/lib/system.js';
import { ago, duration, megabytes, percent } from '../../../web/src/lib/units.js';

describe('cache use', () => {
  it('adds up all instances and says which part each level answered', () => {
    const one = { caches: [{ family: 'voucher', level: 'local', reads: 6 }] };
    const two = {
      caches: [
        { family: 'voucher', level: 'local-stale', reads: 2 },
        { family: 'voucher', level: 'shared', reads: 1 },
        { family: 'voucher', level: 'load', reads: 1 },
        { family: 'availability', level: 'load', reads: 0 },
      ],
    };
    expect(cacheUse([one, two])).toEqual([
      { family: 'availability', reads: 0, local: 0, shared: 0, loaded: 0 },
      { family: 'voucher', reads: 10, local: 0.8, shared: 0.1, loaded: 0.1 },
    ]);
    expect(cacheUse([])).toEqual([]);
  });
});

describe('the funnel', () => {
  it('shows every layer from the crowd to the gate, also one that saw nothing', () => {
    const layers = funnel([
      { funnel: [{ layer: 'user', outcome: 'passed', reason: '', requests: 3 }] },
      {
        funnel: [
          { layer: 'user', outcome: 'refused', reason: 'claim', requests: 2 },
          { layer: 'user', outcome: 'refused', reason: 'write', requests: 5 },
        ],
      },
    ]);
    expect(layers.map(({ layer }) => layer)).toEqual([...LAYERS]);
    expect(layers.find(({ layer }) => layer === 'user')).toEqual({ layer: 'user', passed: 3, refused: 7 });
    expect(layers[0]).toEqual({ layer: 'block_list', passed: 0, refused: 0 });
  });
});

describe('what is not ready', () => {
  it('names the required parts first, with their reasons', () => {
    expect(
      troubles({
        kafka: { ready: false, required: false, detail: 'away' },
        redis: { ready: false, required: true },
        database: { ready: true, required: true },
      }),
    ).toEqual([
      { part: 'redis', required: true, detail: '' },
      { part: 'kafka', required: false, detail: 'away' },
    ]);
  });
});

describe('figures', () => {
  it.each([
    ['en-GB', 250, '250 ms'],
    ['en-GB', 90_000, '1.5 mins'],
    ['en-GB', 10_000, '10 secs'],
    ['zh-CN', 5_000, '5秒'],
  ])('says durations in %s: %s ms is %s', (locale, ms, text) => {
    expect(duration(locale, ms)).toBe(text);
  });

  it('says how long ago, and now for a clock that is ahead', () => {
    expect(ago('en-GB', 65_000)).toBe('1 minute ago');
    expect(ago('en-GB', -5_000)).toBe('now');
    expect(ago('zh-CN', 3_000)).toBe('3秒钟前');
  });

  it('says small parts with a digit more, and memory in megabytes', () => {
    expect(percent('en-GB', 0.8)).toBe('80%');
    expect(percent('en-GB', 0.015)).toBe('1.5%');
    expect(megabytes('en-GB', 181_403_648)).toBe('173 MB');
  });
});

describe('the words of the operator’s pages', () => {
  const keys = (node: object, path = ''): string[] =>
    Object.entries(node).flatMap(([name, value]) =>
      typeof value === 'object' && value !== null ? keys(value as object, `${path}${name}.`) : [path + name],
    );
  const slots = (node: object): Record<string, string[]> =>
    Object.fromEntries(
      keys(node).map((key) => {
        const text = key
          .split('.')
          .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], node);
        return [key, [...new Set(String(text).match(/\{\w+\}/g) ?? [])].sort()];
      }),
    );

  it('are the same keys with the same figures in both languages', () => {
    expect(slots(zh)).toEqual(slots(en));
  });
});
