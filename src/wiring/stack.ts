import { type Provider } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { RedisAttempts } from '../auth/adapters/attempts.redis.js';
import { RedisKnownPlaces } from '../auth/adapters/known-places.redis.js';
import { RedisPhoneCodes } from '../auth/adapters/phone-codes.redis.js';
import { RedisRevocationLog } from '../auth/adapters/revocation-log.redis.js';
import { RedisSessionStore } from '../auth/adapters/session-store.redis.js';
import {
  Attempts,
  KnownPlaces,
  PhoneCodes,
  revocationLifetimeMs,
  RevocationLog,
  SessionStore,
} from '../auth/index.js';
import { Broadcast } from '../broadcast/broadcast.js';
import { RedisBroadcast } from '../broadcast/broadcast.redis.js';
import { RedisKnownIds } from '../cache/adapters/known-ids.redis.js';
import { RedisSharedCache } from '../cache/adapters/shared-cache.redis.js';
import { KnownIds, SharedCacheStore } from '../cache/index.js';
import { RedisCaptchaStore } from '../challenge/adapters/captcha-store.redis.js';
import { CaptchaStore } from '../challenge/index.js';
import { RedisStockGate } from '../claim/gate/redis/stock-gate.redis.js';
import {
  CLAIM_TRANSPORT,
  ClaimCountsStore,
  ClaimLog,
  ConsumedPositions,
  EventStream,
  GateEpochs,
  prepareClaimRows,
  StockGate,
} from '../claim/index.js';
import { KafkaClaimLog } from '../claim/log/kafka/claim-log.kafka.js';
import { KafkaClaimTransport } from '../claim/log/kafka/claim-transport.kafka.js';
import { KafkaEventStream } from '../claim/outbox/event-stream.kafka.js';
import { RedisClaimCounts } from '../claim/outcomes/claim-counts.redis.js';
import { Clock } from '../common/clock.js';
import { InstanceId } from '../common/instance-id.js';
import { Connections } from '../common/connections.js';
import { type Config, type StackAddresses } from '../config/index.js';
import { connect } from '../database/connect.js';
import { Database } from '../database/database.js';
import { requireCurrentSchema } from '../database/migrate.js';
import { InstanceRegister } from '../instances/instances.js';
import { RedisInstanceRegister } from '../instances/instances.redis.js';
import { JobLock } from '../jobs/job-lock.js';
import { RedisJobLock } from '../jobs/job-lock.redis.js';
import { createConsumerKafka, createKafka, createTopics, KAFKA, restoreTopics } from '../kafka/kafka.js';
import { requireFitTopics } from '../kafka/judge-topics.js';
import { Health } from '../observability/health.js';
import { Metrics } from '../observability/metrics.js';
import { LocalRateLimiter } from '../rate-limit/adapters/rate-limiter.local.js';
import { RedisRateLimiter } from '../rate-limit/adapters/rate-limiter.redis.js';
import { RateLimiter } from '../rate-limit/index.js';
import { ping } from '../redis/cluster.js';
import { requireFitRedis } from '../redis/judge-redis.js';
import { connectRedis, createRedis, REDIS, type RedisClient } from '../redis/redis.js';
import { codeOptions, ENTITIES, gateOptions, sessionOptions } from './options.js';

/** MariaDB or MySQL, Redis, Kafka. */
export const stack = (config: Config, addresses: StackAddresses): Provider[] => [
  ...servers(config, addresses),
  ...onRedis(config),
  ...onKafka(config),
];

/** Connections: opened before anything uses them, closed after it, shown in readiness. */
const servers = (config: Config, addresses: StackAddresses): Provider[] => [
  {
    provide: Database,
    inject: [Health, Connections],
    useFactory: async (health: Health, connections: Connections) => {
      const { database, writer } = await connections.open('database', () => connect(config, ENTITIES));
      connections.onClose(() => database.close());
      await requireCurrentSchema(writer);
      await prepareClaimRows(database, config);
      health.register('database', () => database.ping(), { required: false });
      return database;
    },
  },
  {
    provide: REDIS,
    inject: [Health, Connections, InstanceId],
    useFactory: async (health: Health, connections: Connections, { value: instance }: InstanceId) => {
      const { redisUrl, redis: security } = addresses;
      const redis = createRedis(redisUrl, config.REDIS_COMMAND_TIMEOUT_MS, security, instance);
      await connections.open('Redis', async () => {
        await connectRedis(redis);
        await requireFitRedis(redis, config.CLAIM_DURABILITY);
      });
      connections.onClose(() => redis.disconnect());
      health.register('redis', () => ping(redis));
      return redis;
    },
  },
  {
    provide: KAFKA,
    inject: [Health, Connections],
    useFactory: async (health: Health, connections: Connections) => {
      const kafka = createKafka(config);
      const admin = kafka.admin();
      await connections.open('Kafka', async () => {
        await admin.connect();
        await createTopics(admin, config);
        await requireFitTopics(admin, config);
      });
      connections.onClose(() => admin.disconnect());
      health.register('kafka', async () => void (await admin.describeCluster()), { required: false });
      return kafka;
    },
  },
];

/** The log of claims, its consumer, and the events that leave. */
const onKafka = (config: Config): Provider[] => [
  {
    provide: ClaimLog,
    inject: [KAFKA, Clock, ConsumedPositions],
    useFactory: (kafka: Kafka, clock: Clock, positions: ConsumedPositions) =>
      new KafkaClaimLog(
        kafka,
        {
          topic: config.KAFKA_CLAIM_TOPIC,
          groupId: config.KAFKA_GROUP_ID,
          sendTimeoutMs: config.KAFKA_SEND_TIMEOUT_MS,
        },
        clock,
        positions,
      ),
  },
  {
    provide: CLAIM_TRANSPORT,
    inject: [KAFKA, ClaimLog, ConsumedPositions, Clock, Metrics],
    useFactory: (
      kafka: Kafka,
      log: KafkaClaimLog,
      positions: ConsumedPositions,
      clock: Clock,
      metrics: Metrics,
    ) =>
      new KafkaClaimTransport(
        createConsumerKafka(config),
        {
          topic: config.KAFKA_CLAIM_TOPIC,
          groupId: config.KAFKA_GROUP_ID,
          batchMax: config.CONSUMER_BATCH_MAX,
          restoreTopics: () => restoreTopics(kafka, config),
          forgotten: () => log.forgotten(),
          skip: (range) => positions.skip(range),
          onRewound: () => metrics.logRewinds.inc(),
          onAssigned: (partitions) => metrics.consumerPartitions.set(partitions),
        },
        clock,
      ),
  },
  {
    provide: EventStream,
    inject: [KAFKA],
    useFactory: (kafka: Kafka) => new KafkaEventStream(kafka, config.KAFKA_EVENT_TOPIC),
  },
];

/** The gate, and what instances share without asking the database. */
const onRedis = (config: Config): Provider[] => [
  {
    provide: Broadcast,
    inject: [REDIS],
    useFactory: (redis: RedisClient) => RedisBroadcast.open(redis),
  },
  {
    provide: InstanceRegister,
    inject: [REDIS],
    useFactory: (redis: RedisClient) => new RedisInstanceRegister(redis),
  },
  { provide: JobLock, inject: [REDIS], useFactory: (redis: RedisClient) => new RedisJobLock(redis) },
  {
    provide: StockGate,
    inject: [REDIS, GateEpochs],
    useFactory: (redis: RedisClient, epochs: GateEpochs) =>
      new RedisStockGate(redis, gateOptions(config), epochs),
  },
  {
    provide: SessionStore,
    inject: [REDIS, Clock],
    useFactory: (redis: RedisClient, clock: Clock) =>
      new RedisSessionStore(redis, clock, sessionOptions(config)),
  },
  { provide: Attempts, inject: [REDIS], useFactory: (redis: RedisClient) => new RedisAttempts(redis) },
  {
    provide: KnownPlaces,
    inject: [REDIS, Clock],
    useFactory: (redis: RedisClient, clock: Clock) =>
      new RedisKnownPlaces(redis, clock, config.SESSION_TTL_S),
  },
  {
    provide: PhoneCodes,
    inject: [REDIS],
    useFactory: (redis: RedisClient) => new RedisPhoneCodes(redis, codeOptions(config)),
  },
  {
    provide: RevocationLog,
    inject: [REDIS],
    useFactory: (redis: RedisClient) => new RedisRevocationLog(redis, revocationLifetimeMs(config)),
  },
  {
    provide: CaptchaStore,
    inject: [REDIS],
    useFactory: (redis: RedisClient) => new RedisCaptchaStore(redis),
  },
  {
    provide: ClaimCountsStore,
    inject: [REDIS],
    useFactory: (redis: RedisClient) => new RedisClaimCounts(redis),
  },
  {
    provide: SharedCacheStore,
    inject: [REDIS],
    useFactory: (redis: RedisClient) => new RedisSharedCache(redis),
  },
  { provide: KnownIds, inject: [REDIS], useFactory: (redis: RedisClient) => new RedisKnownIds(redis) },
  {
    provide: RateLimiter,
    inject: [REDIS, LocalRateLimiter, Clock, Metrics],
    useFactory: (redis: RedisClient, local: LocalRateLimiter, clock: Clock, metrics: Metrics) =>
      new RedisRateLimiter(redis, local, clock, metrics),
  },
];
