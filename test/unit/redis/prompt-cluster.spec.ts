import { afterEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { PromptCluster } from '../../../src/redis/cluster.js';

describe('the client of a cluster', () => {
  const cluster = new PromptCluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true });
  afterEach(() => cluster.disconnect());

  it('refuses commands at once while no node is known', async () => {
    await expect(cluster.get('key')).rejects.toThrow("Cluster isn't ready");
  });

  it('outlives a node that cannot be asked to take a command for a slot on its way', async () => {
    const node = { asking: () => Promise.reject(new Error('Command timed out')) } as unknown as Redis;
    const unhandled: unknown[] = [];
    const note = (error: unknown) => void unhandled.push(error);
    process.on('unhandledRejection', note);
    cluster.emit('+node', node);
    void node.asking();
    await delay(0);
    await delay(0);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('takes one slot for moved, not the whole range that it was of', () => {
    const range = ['127.0.0.1:7000', '127.0.0.1:7003'];
    cluster.slots = [range, range, range];
    // As the library does it.
    const moved = (slot: number, address: string) => void cluster.slots[slot]?.splice(0, 1, address);
    cluster.handleError(new Error('MOVED 1 127.0.0.1:7001'), {}, { moved });
    expect(cluster.slots.map(([master]) => master)).toEqual([
      '127.0.0.1:7000',
      '127.0.0.1:7001',
      '127.0.0.1:7000',
    ]);
  });
});
