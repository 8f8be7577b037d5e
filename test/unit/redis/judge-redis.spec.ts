import { describe, expect, it } from '@jest/globals';
import { judgeRedis, type RedisFacts } from '../../../src/redis/judge-redis.js';
import { UnfitServerError } from '../../../src/common/unfit-server.js';

const FIT: RedisFacts = {
  product: 'Redis',
  version: '7.0.15',
  mode: 'standalone',
  role: 'master',
  primary: undefined,
  maxmemoryPolicy: 'noeviction',
  appendOnly: true,
  replicas: 0,
  needsReplicas: false,
};

describe('a Redis, judged at start', () => {
  it.each([
    [{}, 'log'],
    [{}, 'gate'],
    [{ version: '6.2.14' }, 'log'],
    [{ version: '10.0.1' }, 'log'],
    [{ product: 'Valkey', version: '8.1.8' }, 'log'],
    [{ appendOnly: false }, 'log'],
    [{ replicas: 1, needsReplicas: true }, 'log'],
  ] as const)('is fit with %j and durability %s', (facts, durability) => {
    expect(judgeRedis({ ...FIT, ...facts }, durability)).toEqual([]);
  });

  it.each([
    [{ version: '6.0.9' }, 'log', /Redis 6\.0\.9 is too old.*use Redis 6\.2\.0 or later/],
    [{ version: '5.0.14' }, 'log', /too old/],
    [{ mode: 'cluster' }, 'log', /node of a cluster; write redis\+cluster:/],
    [{ mode: 'sentinel' }, 'log', /sentinel mode/],
    [{ role: 'slave', primary: '10.0.0.2:6379' }, 'log', /a replica of 10\.0\.0\.2:6379; name the primary/],
    [{ maxmemoryPolicy: 'allkeys-lru' }, 'log', /allkeys-lru.*set it to noeviction/],
    [{ appendOnly: false }, 'gate', /no append-only file; set appendonly yes/],
  ] as const)('with %j and durability %s is refused in one line', (facts, durability, why) => {
    const judge = () => judgeRedis({ ...FIT, ...facts }, durability);
    expect(judge).toThrow(UnfitServerError);
    expect(judge).toThrow(why);
    expect(judge).toThrow(/^REDIS_URL: [^\n]+$/);
  });

  it('is a node of a cluster where the address says so', () => {
    expect(judgeRedis({ ...FIT, mode: 'cluster' }, 'log', 'cluster')).toEqual([]);
    expect(() => judgeRedis(FIT, 'log', 'cluster')).toThrow('standalone mode; name nodes of a cluster');
  });

  it('is warned of where an old primary would go on after a failover', () => {
    expect(judgeRedis({ ...FIT, replicas: 2 }, 'log')).toEqual([
      expect.stringContaining('min-replicas-to-write'),
    ]);
  });
});
