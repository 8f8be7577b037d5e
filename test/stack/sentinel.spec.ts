import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { follow } from '../harness/replication.js';
import { WatchedPair } from '../harness/sentinels.js';
import { RedisServer } from '../harness/servers.js';
import { audit, crowdAt, eventually, openDrop, settle } from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { asksIn, freshSystem } from '../support/stack-env.js';
import { claimRows } from '../harness/claim-rows.js';

/** So many that no fault lasts until the drop is sold out: then nothing would be "taken again". */
const UNITS = 50_000;
const USERS = 50_000;
/** So many claims are answered 202 before the fault, and after it: the service has returned. */
const SOME = 40;

/** Redis servers of this file alone, watched by three sentinels; the rest is the stack's. */
describe('Redis behind sentinels', () => {
  const dir = mkdtempSync(join(tmpdir(), 'voucherconnect-sentinel-'));
  const pair = new WatchedPair(dir, [new RedisServer(join(dir, 'a')), new RedisServer(join(dir, 'b'))]);
  let env: Record<string, string>;
  let instances: Instance[] = [];

  beforeAll(async () => {
    const [a, b] = pair.servers;
    for (const server of pair.servers) {
      await server.choosePort();
      await server.start();
      await server.waitReady();
    }
    await follow(b, a);
    await pair.watch();
    const system = await freshSystem('sentinel', 0);
    env = { ...system, REDIS_URL: pair.url, GATE_LEASE_MS: '1500', KAFKA_SEND_TIMEOUT_MS: '1000' };
    instances = await Instance.startAll(env, env);
  });

  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.kill()));
    await pair.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Claims at both instances before, during and after a fault; each 202 ends as a row, and the books are right. */
  async function underClaims(strike: () => Promise<void>): Promise<void> {
    const [one, two] = instances as [Instance, Instance];
    const drop = await openDrop(one.url, UNITS);
    let turn = 0;
    const crowd = crowdAt(() => (turn++ % 2 === 0 ? one.url : two.url), drop, USERS, 4);
    await eventually('claims are taken', async () => crowd.won.length >= SOME);
    await strike();
    const before = crowd.won.length;
    await eventually('claims are taken again', async () => crowd.won.length >= before + SOME);
    await crowd.stop();
    const statuses = await settle(one.url, crowd.won);
    expect([...statuses].filter(([, status]) => status !== 'issued')).toEqual([]);
    const rows = await claimRows(asksIn(env), { voucherId: drop.id });
    const ids = new Set(rows.map(({ id }) => id));
    expect(crowd.won.filter(({ id }) => !ids.has(id))).toEqual([]);
    await eventually('the equations hold', async () =>
      Object.values(await audit(one.url, drop)).every(({ holds }) => holds),
    );
  }

  it('is demoted and promoted again: each change of the primary is a loss, and no 202 is without its unit', async () => {
    await underClaims(async () => {
      await pair.failOver();
      await pair.settled();
      await pair.failOver();
    });
    await pair.settled();
  });

  it('is stopped: the line to it is left, and the promoted one is used while it stands still', async () => {
    const stopped = await pair.primary();
    try {
      await underClaims(async () => {
        stopped.signal('SIGSTOP');
        await pair.promotedInPlaceOf(stopped);
      });
    } finally {
      stopped.signal('SIGCONT');
    }
    await pair.settled();
    expect(await pair.primary()).not.toBe(stopped);
  });

  it('is killed, with a sentinel: the promoted one is used', async () => {
    const killed = await pair.primary();
    await underClaims(async () => {
      await Promise.all([pair.sentinels[1]?.stop('SIGKILL'), killed.stop('SIGKILL')]);
      await eventually('another one is promoted', async () => {
        const answer = await pair.sentinels[0]?.ask('SENTINEL', 'get-master-addr-by-name', 'main');
        return Number((answer as string[])[1]) !== killed.port;
      });
    });
  });
});
