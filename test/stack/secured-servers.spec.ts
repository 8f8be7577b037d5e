import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../src/common/root.js';
import { makeCertificates, type Certificates } from '../support/certificates.js';
import { claim, openDrop, settle, users } from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { SecuredKafka, SecuredMariaDb, SecuredRedis } from '../support/secured-servers.js';

const run = promisify(execFile);

/** Servers of this file alone: each asks for TLS, a certificate and a password. */
describe('servers that ask for TLS, a certificate and a password', () => {
  const dir = mkdtempSync(join(tmpdir(), 'voucherconnect-secured-'));
  let certificates: Certificates;
  let servers: readonly [SecuredMariaDb, SecuredRedis, SecuredKafka];
  let env: Record<string, string>;

  beforeAll(async () => {
    certificates = makeCertificates(dir);
    servers = [
      new SecuredMariaDb(join(dir, 'mariadb'), certificates),
      new SecuredRedis(join(dir, 'redis'), certificates),
      new SecuredKafka(join(dir, 'kafka'), certificates),
    ];
    for (const server of servers) await server.choosePort();
    await Promise.all(
      servers.map(async (server) => {
        await server.start();
        await server.waitReady();
      }),
    );
    const [mariadb, redis, kafka] = servers;
    await mariadb.secure();
    const files = (server: string) => ({
      [`${server}_TLS_CA`]: certificates.ca,
      [`${server}_TLS_CERT`]: certificates.client.cert,
      [`${server}_TLS_KEY`]: certificates.client.key,
    });
    env = {
      DATABASE_URL: mariadb.url,
      DATABASE_TLS: 'on',
      REDIS_URL: redis.url,
      KAFKA_BROKERS: `localhost:${kafka.port}`,
      KAFKA_TLS: 'on',
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'app',
      KAFKA_SASL_PASSWORD: 's@cret',
      ...files('DATABASE'),
      ...files('REDIS'),
      ...files('KAFKA'),
    };
    await run(process.execPath, [join(ROOT, 'dist/src/cli/migrate.js')], {
      env: { ...process.env, ...env },
    });
  });

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop('SIGKILL')));
    rmSync(dir, { recursive: true, force: true });
  });

  it('are used: claims are issued, and sessions, limits and jobs have the rights they need', async () => {
    const instance = await Instance.start(env);
    try {
      const drop = await openDrop(instance.url, 20);
      const crowd = users(30);
      const answers = await Promise.all(crowd.map(({ token }) => claim(instance.url, drop.id, token)));
      const won = answers.flatMap(({ status, body }, i) =>
        status === 202 ? [{ id: body.id as string, token: crowd[i]?.token ?? '' }] : [],
      );
      expect(won).toHaveLength(20);
      expect([...(await settle(instance.url, won)).values()]).toEqual(won.map(() => 'issued'));
      expect(await instance.metric('claims_issued_total')).toBe(20);
      expect(instance.log).not.toMatch(/NOPERM|No permissions/);
    } finally {
      expect(await instance.kill('SIGTERM')).toBe(0);
    }
  });

  it.each<[string, string, Record<string, string>]>([
    ['the database', 'database cannot be reached', { DATABASE_TLS_CA: 'stranger' }],
    [
      'the database, without TLS',
      'database cannot be reached',
      { DATABASE_TLS: 'off', DATABASE_TLS_CA: '', DATABASE_TLS_CERT: '', DATABASE_TLS_KEY: '' },
    ],
    ['Redis', 'Redis cannot be reached', { REDIS_TLS_CA: 'stranger' }],
    ['Kafka', 'Kafka cannot be reached', { KAFKA_TLS_CA: 'stranger' }],
    ['Kafka, with another password', 'Kafka cannot be reached', { KAFKA_SASL_PASSWORD: 'guess' }],
  ])(
    'that are not who they should be, or that do not know us, end the start: %s',
    async (_what, line, other) => {
      const changed = Object.entries(other).map(([name, value]) => [
        name,
        value === 'stranger' ? certificates.strangerCa : value,
      ]);
      const instance = await Instance.spawn({ ...env, ...Object.fromEntries(changed) });
      expect(await instance.exited()).toBe(1);
      expect(instance.log).toContain(line);
      expect(instance.log).not.toMatch(/s@cret|s%40cret|guess/);
    },
  );
});
