import { describe, expect, it } from '@jest/globals';
import { offsetName, resolveWallTime, wallTime } from '../../../web/src/lib/zoned-time.js';

const utc = (text: string): number => Date.parse(text);

describe('a wall-clock time of a zone', () => {
  it.each([
    ['Asia/Shanghai', '2030-01-01T12:00', '2030-01-01T04:00:00Z'],
    ['America/New_York', '2030-07-01T12:00', '2030-07-01T16:00:00Z'],
    ['America/New_York', '2030-01-01T12:00', '2030-01-01T17:00:00Z'],
    ['Asia/Kathmandu', '2030-01-01T00:00', '2029-12-31T18:15:00Z'],
    ['UTC', '2030-01-01T00:00', '2030-01-01T00:00:00Z'],
  ])('in %s, %s, is one moment', (zone, wall, moment) => {
    expect(resolveWallTime(wall, zone)).toEqual({ kind: 'exact', at: utc(moment) });
    expect(wallTime(utc(moment), zone)).toBe(wall);
  });

  it('that clocks are set forward over never comes, and the next one is named', () => {
    expect(resolveWallTime('2030-03-31T02:30', 'Europe/Berlin')).toEqual({
      kind: 'skipped',
      next: '2030-03-31T03:00',
    });
    expect(resolveWallTime('2030-10-06T02:10', 'Australia/Lord_Howe')).toEqual({
      kind: 'skipped',
      next: '2030-10-06T02:30',
    });
    expect(resolveWallTime('2011-12-30T12:00', 'Pacific/Apia')).toMatchObject({ kind: 'skipped' });
  });

  it('that clocks are set back over comes twice', () => {
    expect(resolveWallTime('2030-10-27T02:30', 'Europe/Berlin')).toEqual({
      kind: 'twice',
      at: utc('2030-10-27T00:30:00Z'),
      later: utc('2030-10-27T01:30:00Z'),
    });
  });

  it('right before and after a change is one moment', () => {
    expect(resolveWallTime('2030-03-31T01:59', 'Europe/Berlin')).toMatchObject({ kind: 'exact' });
    expect(resolveWallTime('2030-03-31T03:00', 'Europe/Berlin')).toEqual({
      kind: 'exact',
      at: utc('2030-03-31T01:00:00Z'),
    });
  });

  it.each(['', '2030-13-01T00:00', 'tomorrow', '2030-01-01'])('is not %j', (wall) => {
    expect(resolveWallTime(wall, 'UTC')).toEqual({ kind: 'invalid' });
  });
});

describe('the offset of a zone', () => {
  it.each([
    ['Asia/Shanghai', 'UTC+08:00'],
    ['UTC', 'UTC'],
    ['America/St_Johns', 'UTC-03:30'],
  ])('of %s is %s in winter', (zone, name) => {
    expect(offsetName(utc('2030-01-01T00:00:00Z'), zone)).toBe(name);
  });
});
