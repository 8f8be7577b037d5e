import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { ROOT } from '../../src/common/root.js';
import {
  databaseCaughtUp,
  followDatabase,
  promoteDatabase,
  readOnly,
  replicated,
} from '../harness/database-replication.js';
import { DATABASE_NAME, MariaDbServer } from '../harness/servers.js';
import { TcpProxy, through } from '../rehearsal/tcp-proxy.js';
import { crowdAt, eventually, openDrop, settle } from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { freshSystem, freshSystemOn, kafkaFor, query } from '../support/stack-env.js';
import { claimRows } from '../harness/claim-rows.js';

const DEAD = '127.0.0.1:1';

function run(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ status: unknown; out: string }> {
  return new Promise((resolve) => {
    const options = {
      timeout: 50_000,
      env: { ...process.env, NODE_ENV: 'test', PORT: '0', OPS_PORT: '0', ...env },
    };
    execFile(process.execPath, [join(ROOT, 'dist/src', file), ...args], options, (error, stdout, stderr) =>
      resolve({ status: error ? error.code : 0, out: stdout + stderr }),
    );
  });
}

describe('with one server away', () => {
  let env: Record<string, string>;
  let silent: Server;
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    env = await freshSystem('away', 14);
    silent = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  const away = [
    ['DATABASE_URL', (at: string) => `mariadb://u:p@${at}/vc`],
    ['REDIS_URL', (at: string) => `redis://${at}/0`],
    ['KAFKA_BROKERS', (at: string) => at],
  ] as const;
  const tools = [
    ['main.js', 1, []],
    ['cli/audit.js', 2, []],
    ['cli/replay.js', 2, ['--all']],
  ] as const;

  it.each(
    tools.flatMap(([file, status, args]) =>
      away.map(([name, at]) => ({ file, status, args, name, address: at(DEAD) })),
    ),
  )('$file ends with status $status where $name refuses connections', async (tool) => {
    const ended = await run(tool.file, tool.args, { ...env, [tool.name]: tool.address });
    expect(ended).toMatchObject({ status: tool.status, out: expect.stringMatching(/cannot be reached: /) });
  });

  it.each(away)('replay ends where something else listens at %s, and never answers', async (name, at) => {
    const { port } = silent.address() as AddressInfo;
    const ended = await run('cli/replay.js', ['--all'], { ...env, [name]: at(`127.0.0.1:${port}`) });
    expect(ended).toMatchObject({ status: 2, out: expect.stringMatching(/cannot be reached: /) });
  });
});

describe('topics of Kafka', () => {
  it('that want more brokers than there are are refused at start, in one line with the remedy', async () => {
    const env = await freshSystem('brokers', 14);
    const refused = await run('main.js', [], { ...env, KAFKA_REPLICATION: '3' });
    expect(refused).toMatchObject({
      status: 1,
      out: expect.stringMatching(
        /KAFKA_REPLICATION is 3 and the cluster has 1 broker\(s\) [^\n]*; lower KAFKA_REPLICATION, or start more brokers/,
      ),
    });
  });

  it('that take no record are refused at start, in one line', async () => {
    const env = await freshSystem('topics', 14);
    const admin = kafkaFor(env).admin();
    await admin.connect();
    try {
      const name = env['KAFKA_CLAIM_TOPIC'] ?? '';
      const setting = (value: string) => ({
        validateOnly: false,
        resources: [
          {
            type: kafkajs.ConfigResourceTypes.TOPIC,
            name,
            configEntries: [{ name: 'min.insync.replicas', value }],
          },
        ],
      });
      await admin.createTopics({ topics: [{ topic: name, numPartitions: 1 }], waitForLeaders: true });
      await admin.alterConfigs(setting('2'));
      const refused = await run('main.js', [], env);
      expect(refused).toMatchObject({
        status: 1,
        out: expect.stringContaining(`topic ${name} has min.insync.replicas 2 and 1 replica(s)`),
      });
    } finally {
      await admin.disconnect();
    }
  });
});

/** Two MariaDB servers of this file alone, behind an address that moves. */
describe('a database at whose address another server answers', () => {
  const dir = mkdtempSync(join(tmpdir(), 'voucherconnect-roles-'));
  const first = new MariaDbServer(join(dir, 'first'), replicated(1));
  const second = new MariaDbServer(join(dir, 'second'), readOnly(2));
  let line: TcpProxy;
  let env: Record<string, string>;
  let instance: Instance | undefined;

  beforeAll(async () => {
    await Promise.all(
      [first, second].map(async (server) => {
        await server.start();
        await server.waitReady();
      }),
    );
    await followDatabase(second, first);
    // Without the rights of an administrator, who may write on a read-only server.
    await query({ DATABASE_URL: first.url }, `CREATE USER shop@'127.0.0.1' IDENTIFIED BY 'shop'`);
    await query({ DATABASE_URL: first.url }, `GRANT ALL ON ${DATABASE_NAME}.* TO shop@'127.0.0.1'`);
    line = await TcpProxy.open(first.port);
    env = await freshSystemOn(
      through(first.url, line).replace('app:app', 'shop:shop'),
      `roles-${Date.now().toString(36)}`,
      14,
    );
  });
  afterEach(async () => {
    await instance?.kill();
    instance = undefined;
  });
  afterAll(async () => {
    await line?.close();
    await Promise.all([first, second].map((server) => server.stop('SIGKILL')));
    rmSync(dir, { recursive: true, force: true });
  });

  it('is refused at start where that is a replica', async () => {
    await databaseCaughtUp(second, first);
    const refused = await run('main.js', [], { ...env, DATABASE_URL: second.url });
    expect(refused).toMatchObject({ status: 1, out: expect.stringMatching(/read-only.*name the primary/) });
  });

  it('is left where it was demoted and keeps its connections, and its replica is used once that is promoted', async () => {
    instance = await Instance.start(env);
    const { url } = instance;
    const drop = await openDrop(url, 1_000);
    const crowd = crowdAt(() => url, drop, 50_000, 2);
    await eventually('claims are taken', async () => crowd.won.length >= 20);
    // As a fail-over tool does it: no more writes, wait for the replica, move the address; no connection is cut.
    await query({ DATABASE_URL: first.url }, 'SET GLOBAL read_only = 1');
    await databaseCaughtUp(second, first);
    line.retarget(second.port);
    await eventually('the replica is refused, too', async () =>
      Boolean(instance?.log.includes('name the primary')),
    );
    await promoteDatabase(second);
    const before = crowd.won.length;
    await eventually('claims are taken', async () => crowd.won.length >= before + 20);
    await crowd.stop();
    const statuses = await settle(url, crowd.won);
    expect([...statuses].filter(([, status]) => status !== 'issued')).toEqual([]);
    const rows = await claimRows((sql, values) => query({ DATABASE_URL: second.url }, sql, values), {
      voucherId: drop.id,
    });
    expect(rows).toHaveLength(crowd.won.length);
    expect(instance?.log).toContain('takes no writes any more');
  });
});
