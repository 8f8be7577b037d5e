import { describe, expect, it } from '@jest/globals';
import { zonedTime } from '../../../web/src/lib/format.js';

const NOON = '2030-01-01T12:00:00Z';

describe('a time in the merchant’s zone', () => {
  it.each([
    ['en-GB', 'Asia/Shanghai', '20:00', 'China'],
    ['zh-CN', 'Asia/Shanghai', '20:00', '中国'],
    ['en-GB', 'America/New_York', '07:00', 'New York'],
    ['zh-CN', 'America/New_York', '07:00', '纽约'],
    ['en-GB', 'UTC', '12:00', 'GMT'],
  ])('names it: %s, %s', (locale, zone, clock, name) => {
    const { text, own } = zonedTime(locale, NOON, zone, zone);
    expect(text).toContain(clock);
    expect(text).toContain(name);
    expect(text).not.toContain('UTC');
    expect(own).toBeUndefined();
  });

  it.each([
    ['en-GB', '20:00'],
    ['zh-CN', '20:00'],
  ])('has the reader’s own beside it where that differs: %s', (locale, clock) => {
    expect(zonedTime(locale, NOON, 'America/New_York', 'Asia/Shanghai').own).toContain(clock);
    // Another name for the same clock says nothing new.
    expect(zonedTime(locale, NOON, 'Asia/Singapore', 'Asia/Shanghai').own).toBeUndefined();
  });

  it('says which one is meant where clocks show it twice', () => {
    const said = ['2030-10-27T00:30:00Z', '2030-10-27T01:30:00Z', '2030-10-27T02:30:00Z'].map(
      (time) => zonedTime('en-GB', time, 'Europe/Berlin', 'Europe/Berlin').text,
    );
    expect(said[0]).toMatch(/02:30 .*\(UTC\+02:00\)$/);
    expect(said[1]).toMatch(/02:30 .*\(UTC\+01:00\)$/);
    expect(said[2]).toMatch(/03:30 [^(]*$/);
  });
});
