import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { redisFacts, requireFitRedis } from '../../src/redis/judge-redis.js';
import { connectRedis, createRedis, type RedisClient } from '../../src/redis/redis.js';
import { follow, promote } from '../harness/replication.js';
import { RedisServer } from '../harness/servers.js';

/** Servers of this file alone: their settings are changed, and one of them is stopped. */
describe('a real Redis, judged', () => {
  const dir = mkdtempSync(join(tmpdir(), 'voucherconnect-judge-'));
  const [a, b] = [new RedisServer(join(dir, 'a')), new RedisServer(join(dir, 'b'))];
  const clients: RedisClient[] = [];

  beforeAll(async () => {
    for (const server of [a, b]) {
      await server.choosePort();
      await server.start();
      await server.waitReady();
    }
  });
  afterEach(() => clients.splice(0).forEach((client) => client.disconnect()));
  afterAll(async () => {
    await Promise.all([a.stop('SIGKILL'), b.stop('SIGKILL')]);
    rmSync(dir, { recursive: true, force: true });
  });

  async function open(url: string, commandTimeoutMs = 5_000): Promise<RedisClient> {
    const client = createRedis(url, commandTimeoutMs);
    clients.push(client);
    await connectRedis(client);
    return client;
  }

  it('is fit as the stack starts it, for either durability', async () => {
    const client = await open(a.url);
    expect(await redisFacts(client)).toMatchObject({
      mode: 'standalone',
      role: 'master',
      maxmemoryPolicy: 'noeviction',
      appendOnly: true,
      replicas: 0,
      needsReplicas: false,
    });
    await requireFitRedis(client, 'log');
    await requireFitRedis(client, 'gate');
  });

  it('is refused when it may evict, or forgets what was promised, or is a replica', async () => {
    const client = await open(a.url);
    await client.config('SET', 'maxmemory-policy', 'volatile-lru');
    await expect(requireFitRedis(client, 'log')).rejects.toThrow('set it to noeviction');
    await client.config('SET', 'maxmemory-policy', 'noeviction');
    await client.config('SET', 'appendonly', 'no');
    await expect(requireFitRedis(client, 'gate')).rejects.toThrow('set appendonly yes');
    await client.config('SET', 'appendonly', 'yes');
    await follow(b, a);
    expect(await redisFacts(client)).toMatchObject({ replicas: 1 });
    await expect(requireFitRedis(await open(b.url), 'log')).rejects.toThrow(
      `a replica of 127.0.0.1:${a.port}`,
    );
    await promote(b);
  });

  it('is refused where a script may not ask for INFO', async () => {
    const admin = await open(a.url);
    await admin.call('ACL', 'SETUSER', 'scripts', 'on', '>secret', '~*', '&*', '+@all', '-info');
    const url = new URL(a.url);
    Object.assign(url, { username: 'scripts', password: 'secret' });
    const client = createRedis(url.href, 5_000);
    client.options.enableReadyCheck = false; // it asks for INFO, too
    clients.push(client);
    await connectRedis(client);
    await expect(requireFitRedis(client, 'log')).rejects.toThrow('permit INFO to this user');
  });

  it('is found among several addresses, and again when it was demoted', async () => {
    await follow(b, a);
    const client = await open(`redis://127.0.0.1:${b.port},127.0.0.1:${a.port}/0`);
    const at = async () => [await client.set('vc:where', 'here'), (client as Redis).stream.remotePort];
    expect(await at()).toEqual(['OK', a.port]);
    const again = heard(client, 'ready');
    await promote(b);
    await follow(a, b);
    await expect(at()).rejects.toThrow('READONLY');
    await again;
    expect(await at()).toEqual(['OK', b.port]);
    await promote(a);
  });

  it('is not found where each address is a replica', async () => {
    await follow(b, a);
    await expect(open(`redis://127.0.0.1:${b.port},127.0.0.1:${b.port}/0`)).rejects.toThrow(
      'none of the servers that answer is a primary',
    );
    await promote(b);
  });

  it('that hangs is left, and used again when it goes on', async () => {
    const client = await open(b.url, 500);
    const { pid } = b;
    if (pid === undefined) throw new Error('the server does not run');
    process.kill(pid, 'SIGSTOP');
    try {
      const closed = heard(client, 'close');
      await expect(client.ping()).rejects.toThrow('timed out');
      await closed;
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    if (client.status !== 'ready') await heard(client, 'ready');
    expect(await client.ping()).toBe('PONG');
  });
});

/** Not by `once` of events, which rejects at the errors that a lost line brings first. */
const heard = (client: RedisClient, event: 'close' | 'ready'): Promise<void> =>
  new Promise((resolve) => client.once(event, () => resolve()));
