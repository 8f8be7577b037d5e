import { expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from 'ioredis';
import { RedisAttempts } from '../../src/auth/adapters/attempts.redis.js';
import { RedisSessionStore } from '../../src/auth/adapters/session-store.redis.js';
import { RedisBroadcast } from '../../src/broadcast/broadcast.redis.js';
import { RedisKnownIds } from '../../src/cache/adapters/known-ids.redis.js';
import { RedisSharedCache } from '../../src/cache/adapters/shared-cache.redis.js';
import { RedisClaimCounts } from '../../src/claim/outcomes/claim-counts.redis.js';
import { SystemClock } from '../../src/common/clock.js';
import { newId } from '../../src/common/ids.js';
import { RedisJobLock } from '../../src/jobs/job-lock.redis.js';
import { ACCOUNT } from '../contract/support/attempts.contract.js';
import { CLIENT, SESSION_OPTIONS } from '../contract/support/session-store.contract.js';
import type { RedisCluster } from '../harness/redis-cluster.js';
import { eventually } from './crowd.js';

/** What instances share, on a cluster: whatever names several keys has them in one slot, or asks for each by itself. */
export function clusterStores(servers: RedisCluster, open: (url?: string) => Promise<Cluster>): void {
  it('keeps what instances share, whichever masters it is on', async () => {
    const redis = await open();
    const some = Array.from({ length: 12 }, () => randomUUID());
    const cache = new RedisSharedCache(redis);
    for (const name of some) await cache.set(name, `of ${name}`, 60_000);
    expect(await cache.getMany(some)).toEqual(some.map((name) => `of ${name}`));
    const unlock = await cache.lock('load', 60_000);
    expect(await cache.lock('load', 60_000)).toBeUndefined();
    await unlock?.();

    const counts = new RedisClaimCounts(redis);
    const part = { writer: 'w', counts: { outcomes: { accepted: 1 }, accepted: [1], refused: [] } };
    await counts.write(some.map((voucherId) => ({ voucherId, ...part })));
    for (const voucherId of some)
      expect(await counts.read(voucherId)).toMatchObject({ outcomes: { accepted: 1 } });

    const sessions = new RedisSessionStore(redis, new SystemClock(), SESSION_OPTIONS);
    const userId = newId('usr', Date.now());
    const ids = [1, 2, 3].map(() => newId('ses', Date.now()));
    for (const id of ids) await sessions.open({ id, userId, ...CLIENT, refreshHash: 'first' });
    expect((await sessions.ofUser(userId)).map(({ id }) => id).sort()).toEqual([...ids].sort());
    for (const id of ids) expect(await sessions.rotate(id, 'first', 'second')).toBe('rotated');

    const attempts = new RedisAttempts(redis);
    for (const subject of some) {
      expect(await attempts.begin({ policy: ACCOUNT, subject }, 'try')).toBe('judge');
      await attempts.end({ policy: ACCOUNT, subject }, 'try', 'wrong');
    }

    const known = new RedisKnownIds(redis);
    const place = await known.place('voucher');
    await known.publish('voucher', { generation: 1, probes: 1, since: place }, new Uint8Array([7]));
    await known.add('voucher', 'vch_new');
    expect(await known.look('voucher', place)).toMatchObject({ head: { generation: 1 }, added: ['vch_new'] });

    let inner: boolean | undefined;
    const lock = new RedisJobLock(redis);
    const other = new RedisJobLock(await open());
    await lock.run('job', async () => {
      inner = await other.run('job', async () => undefined);
    });
    expect(inner).toBe(false);
    expect(await other.run('job', async () => undefined)).toBe(true);
  });

  it('carries a message to instances at other nodes', async () => {
    const redis = await open();
    const heard: string[] = [];
    const addresses = servers.nodes.map(({ port }) => `127.0.0.1:${port}`).reverse();
    const reversed = `redis+cluster://${addresses.join(',')}`;
    const [one, two] = [await RedisBroadcast.open(redis), await RedisBroadcast.open(await open(reversed))];
    try {
      for (const each of [one, two]) each.subscribe('test', (message) => heard.push(message));
      await eventually('both have heard', async () => {
        await one.publish('test', 'hello');
        await delay(50);
        return heard.length >= 2 && heard.every((message) => message === 'hello');
      });
    } finally {
      one.onApplicationShutdown();
      two.onApplicationShutdown();
    }
  });
}
