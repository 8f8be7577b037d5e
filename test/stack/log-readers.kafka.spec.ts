import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Kafka, logLevel, type Consumer } from 'kafkajs';
import { randomBytes } from 'node:crypto';
import { KafkaClaimLog } from '../../src/claim/log/kafka/claim-log.kafka.js';
import { KafkaClaimTransport } from '../../src/claim/log/kafka/claim-transport.kafka.js';
import { SystemClock } from '../../src/common/clock.js';
import { eventually } from '../support/crowd.js';
import { required } from '../support/stack-env.js';

const name = `readers-${randomBytes(4).toString('hex')}`;
const clock = new SystemClock();
let kafka: Kafka;
let log: KafkaClaimLog;
const transports: KafkaClaimTransport[] = [];
let older: Consumer | undefined;

/** One reader more, of this version. */
function reads(): void {
  const transport = new KafkaClaimTransport(
    kafka,
    {
      topic: name,
      groupId: name,
      batchMax: 10,
      restoreTopics: async () => false,
      forgotten: async () => [],
      skip: async () => undefined,
    },
    clock,
  );
  transports.push(transport);
  transport.listen(() => undefined);
}

beforeAll(async () => {
  kafka = new Kafka({ brokers: [required('KAFKA_BROKERS')], logLevel: logLevel.NOTHING });
  log = new KafkaClaimLog(kafka, { topic: name, groupId: name, sendTimeoutMs: 1_000 }, clock, {} as never);
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: name, numPartitions: 2 }], waitForLeaders: true });
  await admin.disconnect();
});

afterAll(async () => {
  await older?.disconnect();
  await Promise.all(transports.map((transport) => transport.close()));
  await log.onApplicationShutdown();
});

it('tells of a reader of an older version for as long as it is one of the group', async () => {
  expect(await log.isReadByOlder()).toBe(false);
  reads();
  reads();
  await eventually('both of this version are known', async () => (await log.isReadByOlder()) === false);

  older = kafka.consumer({ groupId: name });
  await older.connect();
  await older.subscribe({ topics: [name] });
  await older.run({ eachMessage: async () => undefined });
  await eventually('the older one is seen', async () => (await log.isReadByOlder()) === true);

  await older.disconnect();
  older = undefined;
  await eventually('the older one is gone', async () => (await log.isReadByOlder()) === false);
});
