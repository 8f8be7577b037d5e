import { Logger } from '@nestjs/common';
import { Kafka, logLevel, type Admin, type SASLOptions } from 'kafkajs';
import type { Config, Tls } from '../config/index.js';
import { repairGzip } from './compression.js';
import { judgeCreation } from './judge-creation.js';
import { minInsyncFor, retentionFor } from './judge-topics.js';
import { repairKafkaJs, socketFactory } from './kafkajs-repairs.js';

/** Injection token of the client from which producers, consumers and admins are made. */
export const KAFKA = Symbol('KAFKA');

const logger = new Logger('Kafka');

/** A member that does not know yet who is dead waits for the group, up to a session's length: that is no fault of the broker's. */
const GROUP_REQUEST_TIMEOUT_MS = 30_000;

/** For producers and admins. kafkajs is unmaintained, so it is known to few files only: this one and the adapters. */
export const createKafka = (config: Config): Kafka =>
  clientOf(config, Math.max(1_000, config.KAFKA_SEND_TIMEOUT_MS));

/**
 * For consumers. With the short timeout of producers, a consumer whose group had lost its leader gave up and came back as another
 * member, and left one more dead one to wait for: 80 s and more without a consumer, where a session of 10 s is to be waited for.
 */
export const createConsumerKafka = (config: Config): Kafka => clientOf(config, GROUP_REQUEST_TIMEOUT_MS);

function clientOf(config: Config, requestTimeout: number): Kafka {
  repairKafkaJs();
  repairGzip();
  const { kafkaTls: tls, kafkaSasl: sasl } = config.stack ?? {};
  return new Kafka({
    clientId: 'voucherconnect',
    brokers: [...(config.stack?.kafkaBrokers ?? [])],
    ...(tls ? { ssl: tlsOptions(tls) } : {}),
    ...(sasl ? { sasl: { ...sasl } as SASLOptions } : {}),
    connectionTimeout: 2_000,
    socketFactory,
    requestTimeout,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 3 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      // Its errors reach us as rejections; repeated in its own words they would drown the log during an outage.
      logger.debug({ namespace: entry.namespace, message: entry.log.message }, 'kafkajs');
    },
  });
}

const tlsOptions = ({ ca, cert, key }: Tls) => ({
  ...(ca === undefined ? {} : { ca: [ca] }),
  ...(cert === undefined || key === undefined ? {} : { cert, key }),
});

/**
 * Creates the topics that are missing.
 * @returns whether one was
 * @throws UnfitServerError with the brokers' reason where they refuse, kafkajs' error where none answers
 */
export async function createTopics(admin: Admin, config: Config): Promise<boolean> {
  const wanted = [config.KAFKA_CLAIM_TOPIC, config.KAFKA_EVENT_TOPIC];
  const existing = new Set(await admin.listTopics());
  const topics = wanted
    .filter((topic) => !existing.has(topic))
    .map((topic) => ({
      topic,
      numPartitions: config.KAFKA_PARTITIONS,
      replicationFactor: config.KAFKA_REPLICATION,
      configEntries: [
        { name: 'min.insync.replicas', value: String(minInsyncFor(config.KAFKA_REPLICATION)) },
        ...retentionFor(config.KAFKA_RETENTION_HOURS),
      ],
    }));
  if (topics.length === 0) return false;
  try {
    await admin.createTopics({ topics, waitForLeaders: true });
  } catch (error) {
    throw judgeCreation(error, config.KAFKA_REPLICATION, await brokersOf(admin));
  }
  return true;
}

/** How many there are; `undefined` where none answers: what was wrong before is told, not this. */
const brokersOf = (admin: Admin): Promise<number | undefined> =>
  admin.describeCluster().then(
    ({ brokers }) => brokers.length,
    () => undefined,
  );

/** `createTopics` over a connection of its own: a broker may come back without what it held. */
export async function restoreTopics(kafka: Kafka, config: Config): Promise<boolean> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await createTopics(admin, config);
  } finally {
    await admin.disconnect();
  }
}
