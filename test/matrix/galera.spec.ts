import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GaleraPair } from '../harness/galera.js';
import { TcpProxy, through } from '../rehearsal/tcp-proxy.js';
import { call, eventually } from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { freshSystemOn } from '../support/stack-env.js';
import { underClaims, type GoesOn } from '../support/under-claims.js';

/** Two Galera nodes of this file alone, behind an address that moves; Redis and Kafka are the stack's. */
describe('a Galera cluster of two nodes, of which one is written to', () => {
  const dir = mkdtempSync(join(tmpdir(), 'voucherconnect-galera-'));
  const pair = new GaleraPair(dir);
  const [first, second] = pair.nodes;
  let line: TcpProxy;
  let env: Record<string, string>;
  let instances: Instance[] = [];

  beforeAll(async () => {
    await pair.up();
    line = await TcpProxy.open(first.port);
    env = await freshSystemOn(through(first.url, line), `galera-${Date.now().toString(36)}`, 5);
    instances = await Instance.startAll({ ...env, APP_ROLE: 'api' }, env);
  });
  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.kill()));
    await line?.close();
    await pair.down();
    rmSync(dir, { recursive: true, force: true });
  });

  const disturbed = (disturb: (goesOn: GoesOn) => Promise<void>): Promise<void> => {
    const [api, consumer] = instances as [Instance, Instance];
    return underClaims(api, consumer, disturb);
  };
  const rows = async (node: typeof first): Promise<string> => {
    const sums = await node.ask(
      `SELECT COUNT(*) AS claims, SUM(CRC32(id)) AS ids FROM claims
        UNION ALL SELECT COUNT(*), SUM(CRC32(tail)) FROM packed_claims`,
    );
    return JSON.stringify(sums);
  };
  const sameRows = () =>
    eventually('the rows are on both', async () => (await rows(first)) === (await rows(second)));
  const moveTo = (node: typeof first): void => {
    line.retarget(node.port);
    line.cut();
  };

  it('is warned of at start, and takes claims; the other node has every row', async () => {
    expect(await first.status('cluster_size')).toBe('2');
    for (const { log } of instances) expect(log).toContain('Galera cluster of 2 nodes');
    await disturbed(async (goesOn) => goesOn());
    await sameRows();
  });

  it('refuses an instance that would write to the other node, in one line', async () => {
    const elsewhere = await Instance.spawn({
      ...env,
      DATABASE_URL: `${second.url.slice(0, second.url.lastIndexOf('/'))}${new URL(env['DATABASE_URL'] ?? '').pathname}`,
    });
    expect(await elsewhere.exited()).toBe(1);
    expect(elsewhere.log).toMatch(
      /another node of the Galera cluster than that of instance ins_\w+: let all instances/,
    );
  });

  it('whose writer is stopped, and the address moved: claims go on, each is issued, and it joins again', async () => {
    await disturbed(async (goesOn) => {
      await first.stop();
      moveTo(second);
      await goesOn();
      await first.start();
      await first.waitReady();
      await goesOn();
    });
    await eventually(
      'it has caught up',
      async () => (await first.status('local_state_comment')) === 'Synced',
    );
    await sameRows();
  });

  it('whose writer is killed: the other node takes no row until it is told to go on alone, and no claim is lost', async () => {
    await disturbed(async (goesOn) => {
      await second.stop('SIGKILL');
      moveTo(first);
      await goesOn();
      await eventually(
        'it has lost the majority',
        async () => (await first.status('cluster_status')) !== 'Primary',
      );
      const refused = await call(instances[0]?.url ?? '', 'POST', '/v1/auth/register', {
        body: { email: 'shopper@test.example', password: 'a long password', name: 'Shopper' },
      });
      expect([refused.status, refused.body.code]).toEqual([503, 'dependency_unavailable']);
      await goesOn();
      await first.goOnAlone();
    });
    expect(await first.status('cluster_size')).toBe('1');
  });
});
