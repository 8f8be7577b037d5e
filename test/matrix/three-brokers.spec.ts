import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KafkaCluster } from '../harness/kafka-cluster.js';
import { eventually } from '../support/crowd.js';
import { Instance } from '../support/instance.js';
import { freshSystem, kafkaFor } from '../support/stack-env.js';
import { underClaims, type GoesOn } from '../support/under-claims.js';

/** Three brokers of this file alone; database and Redis are the stack's. */
describe('three brokers', () => {
  const dir = mkdtempSync(join(tmpdir(), 'voucherconnect-brokers-'));
  const cluster = new KafkaCluster(dir);
  let env: Record<string, string>;
  let instances: Instance[] = [];

  beforeAll(async () => {
    await cluster.up();
    env = { ...(await freshSystem('brokers', 4)), KAFKA_BROKERS: cluster.brokers, KAFKA_REPLICATION: '3' };
    instances = await Instance.startAll({ ...env, APP_ROLE: 'api' }, env);
  });
  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.kill()));
    await cluster.down();
    rmSync(dir, { recursive: true, force: true });
  });

  const disturbed = (disturb: (goesOn: GoesOn) => Promise<void>): Promise<void> => {
    const [api, consumer] = instances as [Instance, Instance];
    return underClaims(api, consumer, disturb);
  };

  it('hold each record three times, and acknowledge what two of them have', async () => {
    const admin = kafkaFor(env).admin();
    await admin.connect();
    const topic = env['KAFKA_CLAIM_TOPIC'] ?? '';
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: topic, configNames: ['min.insync.replicas'] }],
    });
    await admin.disconnect();
    expect(topics[0]?.partitions.map(({ replicas }) => replicas.length)).toEqual(Array(6).fill(3));
    expect(resources[0]?.configEntries.map(({ configValue }) => configValue)).toEqual(['2']);
  });

  it('of which the leader of the hot partition is killed: claims go on, and each is issued', async () => {
    await disturbed(async (goesOn) => {
      const leader = await cluster.leaderOfFullest(env['KAFKA_CLAIM_TOPIC'] ?? '');
      await leader.stop('SIGKILL');
      await goesOn();
      await goesOn();
      await leader.start();
      await leader.waitReady(120_000);
    });
  });

  it('of which two are killed: claims are taken by the intake, and each is issued when they are back', async () => {
    await disturbed(async (goesOn) => {
      const byIntake = () => (instances[0] as Instance).metric('claim_log_appends_total', 'sink="intake"');
      const before = await byIntake();
      const gone = cluster.nodes.slice(0, 2);
      await Promise.all(gone.map((node) => node.stop('SIGKILL')));
      await eventually('the intake takes claims', async () => (await byIntake()) > before);
      await goesOn();
      for (const node of gone) await node.start();
      for (const node of gone) await node.waitReady(120_000);
    });
  });

  it('of which one hangs while it leads: claims go on, and each is issued', async () => {
    await disturbed(async (goesOn) => {
      const leader = await cluster.leaderOfFullest(env['KAFKA_CLAIM_TOPIC'] ?? '');
      leader.signal('SIGSTOP');
      try {
        await goesOn();
        await goesOn();
      } finally {
        leader.signal('SIGCONT');
      }
    });
  });
});
