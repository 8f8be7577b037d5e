import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from '../support/certificates.js';
import { Instance } from '../support/instance.js';
import { SecuredCluster } from '../support/secured-servers.js';
import { freshSystem } from '../support/stack-env.js';
import { underClaims } from '../support/under-claims.js';

/** Three masters with a replica each, of this file alone; database and Kafka are the stack's. */
describe('a Redis Cluster that asks for TLS, a certificate and a password', () => {
  const dir = mkdtempSync(join(tmpdir(), 'voucherconnect-tls-cluster-'));
  const certificates = makeCertificates(dir);
  const servers = new SecuredCluster(dir, certificates);
  let instances: Instance[] = [];

  beforeAll(async () => {
    await servers.begin(3);
    const env = {
      ...(await freshSystem('tls_cluster', 0)),
      REDIS_URL: servers.url,
      REDIS_TLS_CA: certificates.ca,
      REDIS_TLS_CERT: certificates.client.cert,
      REDIS_TLS_KEY: certificates.client.key,
    };
    instances = await Instance.startAll(env, env);
  });
  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.kill()));
    await servers.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('whose master is killed under claims: its replica is found, and none is lost', async () => {
    const [one, two] = instances as [Instance, Instance];
    await underClaims(one, two, async (_goesOn, drop) => {
      const key = `{${drop.id}}`;
      const killed = await servers.masterOf(key);
      await killed.stop('SIGKILL');
      await servers.promotedInPlaceOf(killed, key);
    });
    for (const { log } of instances) expect(log).not.toMatch(/NOPERM|No permissions/);
  });
});
