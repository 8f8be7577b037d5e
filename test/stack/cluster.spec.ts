import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from 'ioredis';
import type { StockGateOptions } from '../../src/claim/gate/stock-gate.js';
import { slotOf, tagOf } from '../../src/redis/hash-slot.js';
import { requireFitRedis } from '../../src/redis/judge-redis.js';
import { connectRedis, createRedis } from '../../src/redis/redis.js';
import { stockGateContract } from '../contract/support/stock-gate.contract.js';
import { RedisCluster, type ClusterNode } from '../harness/redis-cluster.js';
import { clusterGate } from '../support/cluster-gate.js';
import { clusterStores } from '../support/cluster-stores.js';
import { clusterSystem } from '../support/cluster-system.js';
import { GateWithRow } from '../support/row-of-masters.js';

const TIMEOUT_MS = 5_000;

/** Three masters, each with a replica, of this file alone; they are started once, and some of them are killed at the end. */
describe('a Redis Cluster', () => {
  const dir = mkdtempSync(join(tmpdir(), 'voucherconnect-cluster-'));
  const servers = new RedisCluster(dir);
  const clients: { disconnect(): void }[] = [];
  let redis: Cluster;
  let lastEpoch = randomInt(1, 1_000_000_000);
  const newEpoch = (): number => (lastEpoch += 1);

  async function open(url = servers.url): Promise<Cluster> {
    const client = createRedis(url, TIMEOUT_MS) as Cluster;
    clients.push(client);
    await connectRedis(client);
    return client;
  }

  beforeAll(async () => {
    await servers.begin(3);
    redis = await open();
  });

  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await servers.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('has a key where we say that it is', async () => {
    const keys = [
      'vc:{vch_1}:7:state',
      'vc:gate:epochs',
      'a{}b',
      'a{{b}}c',
      '{',
      'ä{ö}',
      `{${tagOf(9_999)}}`,
    ];
    for (const key of keys) expect(slotOf(key)).toBe(await redis.cluster('KEYSLOT', key));
    expect(slotOf(tagOf(0))).toBe(0);
  });

  it('is taken by its own form of address alone, which one of its nodes is enough for', async () => {
    const [node] = servers.nodes as [ClusterNode];
    const plain = createRedis(node.url, TIMEOUT_MS);
    clients.push(plain);
    await connectRedis(plain);
    await expect(requireFitRedis(plain, 'log')).rejects.toThrow(/node of a cluster; write redis\+cluster:/);
    const one = await open(`redis+cluster://127.0.0.1:${node.port}`);
    await requireFitRedis(one, 'log');
    await servers.nodes[2]?.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await expect(requireFitRedis(one, 'log')).rejects.toThrow(/maxmemory-policy is allkeys-lru/);
    await servers.nodes[2]?.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  });

  stockGateContract({
    create: (options: StockGateOptions) => new GateWithRow(redis, options),
    epoch: newEpoch,
  });

  clusterStores(servers, open);

  clusterGate(servers, open, newEpoch);

  clusterSystem(servers);
});
