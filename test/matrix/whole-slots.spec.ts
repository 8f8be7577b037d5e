import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisCluster, type ClusterNode } from '../harness/redis-cluster.js';
import { Instance } from '../support/instance.js';
import { freshSystem, query } from '../support/stack-env.js';
import { underClaims } from '../support/under-claims.js';

/** There and back: what goes wrong by a move does so in one of many. */
const MOVES = 8;

/** Three masters of this file alone, of a server that moves slots by itself (Valkey 9); database and Kafka are the stack's. */
describe('slots that the server moves as a whole', () => {
  const dir = mkdtempSync(join(tmpdir(), 'voucherconnect-slots-'));
  const servers = new RedisCluster(dir);
  let env: Record<string, string>;
  let instances: Instance[] = [];

  beforeAll(async () => {
    await servers.begin(3);
    env = { ...(await freshSystem('slots', 0)), REDIS_URL: servers.url };
    instances = await Instance.startAll(env, env);
  });
  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.kill()));
    await servers.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const epochNow = async (): Promise<number> =>
    Number((await query<{ epoch: number }>(env, 'SELECT epoch FROM gate_epoch'))[0]?.epoch);

  it('lose nothing under claims, and the epoch stays', async () => {
    const [one, two] = instances as [Instance, Instance];
    const epoch = await epochNow();
    await underClaims(one, two, async (goesOn, drop) => {
      const key = `{${drop.id}}`;
      const home = await servers.masterOf(key);
      const away = servers.nodes.slice(0, 3).find((node) => node !== home) as ClusterNode;
      for (let n = 0; n < MOVES; n++) {
        await servers.moveWholeSlot(key, n % 2 ? home : away);
        await goesOn();
      }
    });
    expect(await epochNow()).toBe(epoch);
  });
});
