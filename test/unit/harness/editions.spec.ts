import { describe, expect, it } from '@jest/globals';
import { EDITIONS, isOf, parseEditions } from '../../harness/editions.js';

describe('versions of the servers, by STACK_SERVERS', () => {
  it('are the installed ones where it is not set', () => {
    expect(parseEditions(undefined)).toEqual([]);
    expect(parseEditions(' ')).toEqual([]);
  });

  it('are one for each server at most', () => {
    expect(parseEditions('mysql-9.7, redis-8.0').map(({ server }) => server)).toEqual(['database', 'redis']);
    expect(() => parseEditions('mysql-9.7,mariadb-11.8')).toThrow(/two versions of one server \(database\)/);
  });

  it('that are unknown are refused with the known ones', () => {
    expect(() => parseEditions('mysql-4.1')).toThrow(
      /mysql-4\.1 is unknown; there are redis-6\.2, .*mysql-9\.7/,
    );
  });

  it('are told from others by how their version begins', () => {
    expect(isOf('mysql-9.7', '9.7.4')).toBe(true);
    expect(isOf('mysql-9.7', '9.8.0')).toBe(false);
    expect(isOf('valkey-9.1', '9.10.0')).toBe(false);
  });

  it('have names of their own', () => {
    expect(new Set(EDITIONS.map(({ name }) => name)).size).toBe(EDITIONS.length);
  });
});
