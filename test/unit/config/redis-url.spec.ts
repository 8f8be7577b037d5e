import { describe, expect, it } from '@jest/globals';
import { parseRedisUrl } from '../../../src/config/index.js';

const PLAIN = {
  cluster: false,
  sentinelName: undefined,
  tls: false,
  username: undefined,
  password: undefined,
  db: 0,
};

describe('REDIS_URL', () => {
  it.each([
    ['redis://cache', { hosts: [{ host: 'cache', port: 6379 }] }],
    ['redis://cache:7000/3', { hosts: [{ host: 'cache', port: 7000 }], db: 3 }],
    ['redis://cache/?db=4', { hosts: [{ host: 'cache', port: 6379 }], db: 4 }],
    ['redis://[::1]:7000', { hosts: [{ host: '::1', port: 7000 }] }],
    ['rediss://cache', { hosts: [{ host: 'cache', port: 6379 }], tls: true }],
    [
      'redis://app:s%40cret%2F@cache',
      { hosts: [{ host: 'cache', port: 6379 }], username: 'app', password: 's@cret/' },
    ],
    ['redis://:secret@cache', { hosts: [{ host: 'cache', port: 6379 }], password: 'secret' }],
    [
      'redis://a,b:7000/1',
      {
        hosts: [
          { host: 'a', port: 6379 },
          { host: 'b', port: 7000 },
        ],
        db: 1,
      },
    ],
    [
      'rediss+sentinel://app:pw@a,b:27000,c/main?db=2',
      {
        hosts: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 27000 },
          { host: 'c', port: 26379 },
        ],
        sentinelName: 'main',
        tls: true,
        username: 'app',
        password: 'pw',
        db: 2,
      },
    ],
    [
      'redis+cluster://app:pw@a:7000,b/',
      {
        hosts: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 6379 },
        ],
        cluster: true,
        username: 'app',
        password: 'pw',
      },
    ],
    ['rediss+cluster://a', { hosts: [{ host: 'a', port: 6379 }], cluster: true, tls: true }],
  ])('%s', (url, target) => {
    expect(parseRedisUrl(url)).toEqual({ ...PLAIN, ...target });
  });

  it.each([
    ['http://cache', /must be redis/],
    ['redis://', /must be redis/],
    ['redis://app:pa@ss@cache', /percent-encoded/],
    ['redis://app@cache', /user without a password/],
    ['redis://app:%E0%A4%A@cache', /not percent-encoded/],
    ['redis://cache/one', /database that is not a number/],
    ['redis://cache/99999', /database that is not a number/],
    ['redis://cache?family=6', /no parameter but db/],
    ['redis://cache:0', /not host:port/],
    ['redis://cache:65536', /not host:port/],
    ['redis://a,,b', /not host:port/],
    ['redis://::1', /not host:port/],
    ['redis+sentinel://a,b', /needs the name/],
    ['redis+sentinel://a,b/the main', /needs the name/],
    ['redis+sentinel://a,b/main?db=x', /database that is not a number/],
    ['redis+cluster://a,b/1', /no database/],
    ['redis+cluster://a,b/?db=1', /no database/],
    ['redis+galaxy://a', /must be redis/],
  ])('%s is refused, and not quoted', (url, why) => {
    expect(() => parseRedisUrl(url)).toThrow(why);
    expect(() => parseRedisUrl(url)).not.toThrow(/pa@ss|%E0/);
  });
});
