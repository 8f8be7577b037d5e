import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../src/common/root.js';
import {
  countClaims,
  databaseCaughtUp,
  followDatabase,
  holdReplication,
  promoteDatabase,
  readOnly,
  replicated,
} from '../harness/database-replication.js';
import { MariaDbServer } from '../harness/servers.js';
import { TcpProxy, through } from '../rehearsal/tcp-proxy.js';
import { audit, crowdAt, eventually, openDrop, settle } from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { asksIn, freshSystemOn, query } from '../support/stack-env.js';
import { claimRows } from '../harness/claim-rows.js';

const UNITS = 3_000;
const SOME = 40;

/** Two MariaDB servers of this file alone, behind an address that moves; Redis and Kafka are the stack's. */
describe('a MariaDB replica that is promoted without its last rows', () => {
  const dir = mkdtempSync(join(tmpdir(), 'voucherconnect-promoted-'));
  const primary = new MariaDbServer(join(dir, 'primary'), replicated(1));
  const replica = new MariaDbServer(join(dir, 'replica'), readOnly(2));
  let line: TcpProxy;
  let env: Record<string, string>;
  const instances: Instance[] = [];

  const start = async (more: Record<string, string> = {}): Promise<Instance> => {
    const instance = await Instance.start({ ...env, ...more });
    instances.push(instance);
    return instance;
  };
  const command = (tool: 'replay' | 'audit', ...args: string[]): Promise<{ status: unknown; out: string }> =>
    new Promise((resolve) => {
      const file = join(ROOT, 'dist/src/cli', `${tool}.js`);
      execFile(process.execPath, [file, ...args], { env: { ...process.env, ...env } }, (error, out, err) =>
        resolve({ status: error ? error.code : 0, out: out + err }),
      );
    });
  const epoch = async (): Promise<number> =>
    Number((await query<{ epoch: number }>(env, 'SELECT epoch FROM gate_epoch'))[0]?.epoch);

  beforeAll(async () => {
    await Promise.all(
      [primary, replica].map(async (server) => {
        await server.start();
        await server.waitReady();
      }),
    );
    await followDatabase(replica, primary);
    line = await TcpProxy.open(primary.port);
    env = await freshSystemOn(through(primary.url, line), `promoted-${Date.now().toString(36)}`, 15);
  });
  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.kill()));
    await line?.close();
    await Promise.all([primary, replica].map((server) => server.stop('SIGKILL')));
    rmSync(dir, { recursive: true, force: true });
  });

  it('is named by the audit, fenced by no repair, and made whole by a replay, while claims are taken', async () => {
    const api = await start({ APP_ROLE: 'api' });
    const consumer = await start();
    const drop = await openDrop(consumer.url, UNITS);
    const crowd = crowdAt(() => api.url, drop, 50_000, 4);
    await eventually('claims are taken', async () => crowd.won.length >= SOME);
    await databaseCaughtUp(replica, primary);
    await holdReplication(replica);
    const seen = crowd.won.length;
    await eventually('more of them are taken', async () => crowd.won.length >= seen + SOME);
    await settle(consumer.url, crowd.won.slice(0, seen + SOME)); // issued, and told so
    // What the consumer had is committed before it goes: nobody reads these records again by himself.
    expect(await consumer.kill('SIGTERM')).toBe(0);
    const lost = (await countClaims(primary)) - (await countClaims(replica));
    expect(lost).toBeGreaterThanOrEqual(SOME);
    const held = await epoch();

    await primary.stop('SIGKILL');
    await promoteDatabase(replica);
    line.retarget(replica.port);
    line.cut();

    const found = await command('audit', '--voucher', drop.id, '--repair');
    expect(found.status).toBe(1);
    expect(found.out).toMatch(/(\d+) claim\(s\) that were issued are missing in the ledger/);
    expect(found.out).toContain(`npm run replay -- --voucher ${drop.id}`);
    expect(await epoch()).toBe(held);

    const before = crowd.won.length;
    const replay = await command('replay', '--all', '--json');
    expect(replay.status).toBe(0);
    expect((JSON.parse(replay.out) as { restored: number }).restored).toBeGreaterThanOrEqual(lost);
    await eventually('claims were taken all the while', async () => crowd.won.length > before);

    const again = await start();
    await crowd.stop();
    const statuses = await settle(again.url, crowd.won);
    expect([...statuses].filter(([, status]) => status !== 'issued')).toEqual([]);
    const rows = await claimRows(asksIn(env), { voucherId: drop.id });
    expect(rows.map(({ id }) => id).sort()).toEqual(crowd.won.map(({ id }) => id).sort());
    await eventually('the equations hold', async () =>
      Object.values(await audit(again.url, drop)).every(({ holds }) => holds),
    );
    expect(await epoch()).toBe(held);
    expect(await again.metric('claims_rejected_total')).toBe(0);
  });
});
