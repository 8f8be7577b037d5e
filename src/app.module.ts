import { join } from 'node:path';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { Kafka } from 'kafkajs';
import { LoggerModule } from 'nestjs-pino';
import { AdminModule } from './admin/index.js';
import {
  Attempts,
  AUTH_ENTITIES,
  AuthModule,
  CodeSender,
  PhoneCodes,
  RevocationLog,
  revocationLifetimeMs,
  SessionStore,
} from './auth/index.js';
import { EmbeddedAttempts } from './auth/adapters/attempts.embedded.js';
import { RedisAttempts } from './auth/adapters/attempts.redis.js';
import { GatewayCodeSender } from './auth/adapters/code-sender.gateway.js';
import { LogCodeSender } from './auth/adapters/code-sender.log.js';
import { EmbeddedPhoneCodes } from './auth/adapters/phone-codes.embedded.js';
import { RedisPhoneCodes } from './auth/adapters/phone-codes.redis.js';
import { EmbeddedRevocationLog } from './auth/adapters/revocation-log.embedded.js';
import { RedisRevocationLog } from './auth/adapters/revocation-log.redis.js';
import { EmbeddedSessionStore } from './auth/adapters/session-store.embedded.js';
import { RedisSessionStore } from './auth/adapters/session-store.redis.js';
import { CacheModule, KnownIds, SharedCacheStore } from './cache/index.js';
import { EmbeddedKnownIds } from './cache/adapters/known-ids.embedded.js';
import { RedisKnownIds } from './cache/adapters/known-ids.redis.js';
import { RedisSharedCache } from './cache/adapters/shared-cache.redis.js';
import { EmbeddedCaptchaStore } from './challenge/adapters/captcha-store.embedded.js';
import { RedisCaptchaStore } from './challenge/adapters/captcha-store.redis.js';
import { EmbeddedClaimCounts } from './claim/outcomes/claim-counts.embedded.js';
import { RedisClaimCounts } from './claim/outcomes/claim-counts.redis.js';
import { IntakeClaimLog } from './claim/log/intake/claim-log.intake.js';
import { KafkaClaimLog } from './claim/log/kafka/claim-log.kafka.js';
import { IntakeClaimTransport } from './claim/log/intake/claim-transport.intake.js';
import { KafkaClaimTransport } from './claim/log/kafka/claim-transport.kafka.js';
import { FileEventStream } from './claim/outbox/event-stream.file.js';
import { KafkaEventStream } from './claim/outbox/event-stream.kafka.js';
import { EmbeddedStockGate } from './claim/gate/embedded/stock-gate.embedded.js';
import { RedisStockGate } from './claim/gate/redis/stock-gate.redis.js';
import {
  CLAIM_ENTITIES,
  CLAIM_TRANSPORT,
  ClaimCountsStore,
  ClaimLog,
  ClaimModule,
  ClaimPathModule,
  ConsumedPositions,
  EventStream,
  Intake,
  StockGate,
} from './claim/index.js';
import { AuditModule } from './audit/index.js';
import { CaptchaStore, ChallengeModule } from './challenge/index.js';
import { JobScheduleModule } from './schedule/schedule.module.js';
import { ReportingModule } from './reporting/index.js';
import { CONFIG, type Config, type StackAddresses } from './config/index.js';
import { AuditLog } from './database/audit-log.js';
import { connect } from './database/connect.js';
import { Database } from './database/database.js';
import { migrate, requireCurrentSchema } from './database/migrate.js';
import { IdempotencyKeys } from './http/idempotency/idempotency.js';
import { EmbeddedJobLock, JobLock } from './jobs/job-lock.js';
import { JobRunner } from './jobs/job-runner.js';
import { createConsumerKafka, createKafka, createTopics, KAFKA, restoreTopics } from './kafka/kafka.js';
import { Broadcast } from './broadcast/broadcast.js';
import { EmbeddedBroadcast } from './broadcast/broadcast.embedded.js';
import { Heartbeat } from './instances/heartbeat.js';
import { InstanceRegister } from './instances/instances.js';
import { EmbeddedInstanceRegister } from './instances/instances.embedded.js';
import { HealthController } from './http/health.controller.js';
import { Health } from './observability/health.js';
import { loggerParams } from './observability/logging.js';
import { Metrics } from './observability/metrics.js';
import { OpsServer } from './observability/ops-server.js';
import { RedisBroadcast } from './broadcast/broadcast.redis.js';
import { RedisInstanceRegister } from './instances/instances.redis.js';
import { RedisJobLock } from './jobs/job-lock.redis.js';
import { requireFitRedis } from './redis/judge-redis.js';
import { connectRedis, createRedis, REDIS, type RedisClient } from './redis/redis.js';
import { Connections } from './common/connections.js';
import { Clock, SystemClock } from './common/clock.js';
import { ClaimIds } from './common/ids.js';
import { LocalRateLimiter } from './rate-limit/adapters/rate-limiter.local.js';
import { BlockListModule, RATE_LIMIT_ENTITIES, RateLimiter, RateLimitModule } from './rate-limit/index.js';
import { RedisRateLimiter } from './rate-limit/adapters/rate-limiter.redis.js';
import { RedemptionModule } from './redemption/index.js';
import { VOUCHER_ENTITIES, VoucherModule } from './voucher/index.js';
import { PagesModule } from './pages/index.js';

const ENTITIES = [...AUTH_ENTITIES, ...VOUCHER_ENTITIES, ...CLAIM_ENTITIES, ...RATE_LIMIT_ENTITIES];

/** What both modes have in common. */
const common = (config: Config): Provider[] => [
  { provide: CONFIG, useValue: config },
  { provide: Clock, useFactory: () => new SystemClock(config.CLOCK_OFFSET_MS) },
  { provide: ClaimIds, useValue: new ClaimIds(config.CLAIM_SECRET) },
  { provide: CodeSender, useValue: codeSender(config) },
  {
    provide: ConsumedPositions,
    inject: [Database],
    useFactory: (db: Database) => new ConsumedPositions(db, config.KAFKA_CLAIM_TOPIC),
  },
  Metrics,
  Health,
  Connections,
  JobRunner,
  Heartbeat,
  IdempotencyKeys,
  AuditLog,
  OpsServer,
  {
    provide: LocalRateLimiter,
    inject: [Clock],
    useFactory: (clock: Clock) => new LocalRateLimiter(clock, config.RATE_LIMIT_LOCAL_ENTRIES),
  },
];

/** A code never stands in a production log: without a gateway there is no login by phone there. */
function codeSender(config: Config): CodeSender | undefined {
  const { SMS_GATEWAY_URL: url, SMS_GATEWAY_TOKEN: token, SMS_GATEWAY_TIMEOUT_MS: timeoutMs } = config;
  if (url !== undefined) return new GatewayCodeSender({ url, token, timeoutMs });
  return config.NODE_ENV === 'production' ? undefined : new LogCodeSender();
}

const sessionOptions = (config: Config) => ({
  ttlS: config.SESSION_TTL_S,
  perUser: config.SESSIONS_PER_USER_MAX,
});

const codeOptions = (config: Config) => ({ ttlS: config.PHONE_CODE_TTL_S, tries: config.PHONE_CODE_TRIES });

const gateOptions = (config: Config) => ({
  maxPending: config.GATE_PENDING_MAX,
  keyTtlMs: config.IDEMPOTENCY_TTL_S * 1_000,
  rate: config.rateLimits.claim,
});

/** One process, no servers: SQLite, everything else in memory, the intake as log, a file of events. */
const embedded = (config: Config): Provider[] => [
  {
    provide: Database,
    inject: [Health, Connections],
    useFactory: async (health: Health, connections: Connections) => {
      const { database, writer } = await connections.open('database', () => connect(config, ENTITIES));
      connections.onClose(() => database.close());
      await migrate(writer, database.dialect);
      health.register('database', () => database.ping());
      return database;
    },
  },
  { provide: Broadcast, useClass: EmbeddedBroadcast },
  { provide: JobLock, useClass: EmbeddedJobLock },
  {
    provide: InstanceRegister,
    inject: [Clock],
    useFactory: (clock: Clock) => new EmbeddedInstanceRegister(clock),
  },
  {
    provide: StockGate,
    inject: [Clock],
    useFactory: (clock: Clock) => new EmbeddedStockGate(clock, gateOptions(config)),
  },
  { provide: ClaimLog, inject: [Intake], useFactory: (intake: Intake) => new IntakeClaimLog(intake) },
  {
    provide: CLAIM_TRANSPORT,
    inject: [Intake, Clock],
    useFactory: (intake: Intake, clock: Clock) =>
      new IntakeClaimTransport(intake, config.CONSUMER_BATCH_MAX, clock),
  },
  { provide: EventStream, useValue: new FileEventStream(join(config.DATA_DIR, 'events.ndjson')) },
  {
    provide: SessionStore,
    inject: [Clock],
    useFactory: (clock: Clock) => new EmbeddedSessionStore(clock, sessionOptions(config)),
  },
  { provide: Attempts, inject: [Clock], useFactory: (clock: Clock) => new EmbeddedAttempts(clock) },
  {
    provide: PhoneCodes,
    inject: [Clock],
    useFactory: (clock: Clock) => new EmbeddedPhoneCodes(clock, codeOptions(config)),
  },
  {
    provide: RevocationLog,
    inject: [Clock],
    useFactory: (clock: Clock) => new EmbeddedRevocationLog(clock, revocationLifetimeMs(config)),
  },
  { provide: KnownIds, inject: [Clock], useFactory: (clock: Clock) => new EmbeddedKnownIds(clock) },
  { provide: RateLimiter, useExisting: LocalRateLimiter },
  {
    provide: CaptchaStore,
    inject: [Clock],
    useFactory: (clock: Clock) => new EmbeddedCaptchaStore(clock),
  },
  {
    provide: ClaimCountsStore,
    inject: [Clock],
    useFactory: (clock: Clock) => new EmbeddedClaimCounts(clock),
  },
];

/** MariaDB or MySQL, Redis, Kafka. */
const servers = (config: Config, stack: StackAddresses): Provider[] => [
  {
    provide: Database,
    inject: [Health, Connections],
    useFactory: async (health: Health, connections: Connections) => {
      const { database, writer } = await connections.open('database', () => connect(config, ENTITIES));
      connections.onClose(() => database.close());
      await requireCurrentSchema(writer);
      health.register('database', () => database.ping(), { required: false });
      return database;
    },
  },
  {
    provide: REDIS,
    inject: [Health, Connections],
    useFactory: async (health: Health, connections: Connections) => {
      const redis = createRedis(stack.redisUrl, config.REDIS_COMMAND_TIMEOUT_MS);
      await connections.open('Redis', async () => {
        await connectRedis(redis);
        await requireFitRedis(redis, config.CLAIM_DURABILITY);
      });
      connections.onClose(() => redis.disconnect());
      health.register('redis', async () => void (await redis.ping()));
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
      });
      connections.onClose(() => admin.disconnect());
      health.register('kafka', async () => void (await admin.describeCluster()), { required: false });
      return kafka;
    },
  },
  {
    provide: Broadcast,
    inject: [REDIS],
    useFactory: (redis: RedisClient) =>
      RedisBroadcast.open(redis, stack.redisUrl, config.REDIS_COMMAND_TIMEOUT_MS),
  },
  {
    provide: InstanceRegister,
    inject: [REDIS],
    useFactory: (redis: RedisClient) => new RedisInstanceRegister(redis),
  },
  { provide: JobLock, inject: [REDIS], useFactory: (redis: RedisClient) => new RedisJobLock(redis) },
  {
    provide: StockGate,
    inject: [REDIS],
    useFactory: (redis: RedisClient) => new RedisStockGate(redis, gateOptions(config)),
  },
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
  {
    provide: SessionStore,
    inject: [REDIS, Clock],
    useFactory: (redis: RedisClient, clock: Clock) =>
      new RedisSessionStore(redis, clock, sessionOptions(config)),
  },
  { provide: Attempts, inject: [REDIS], useFactory: (redis: RedisClient) => new RedisAttempts(redis) },
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

/** The composition root: the only place where adapters and roles are chosen. */
@Module({})
export class AppModule {
  static forConfig(config: Config): DynamicModule {
    const adapters = config.stack ? servers(config, config.stack) : embedded(config);
    const providers = [...common(config), ...adapters];
    const platform: DynamicModule = {
      module: PlatformModule,
      global: true,
      imports: [ScheduleModule.forRoot()],
      controllers: [HealthController],
      providers,
      exports: providers.map((provider) => (typeof provider === 'function' ? provider : provider.provide)),
    };
    return {
      module: AppModule,
      imports: [
        LoggerModule.forRoot(loggerParams(config)),
        platform,
        ClaimPathModule,
        CacheModule,
        RateLimitModule,
        BlockListModule,
        AuthModule,
        VoucherModule,
        ClaimModule,
        RedemptionModule,
        ChallengeModule,
        AuditModule,
        ReportingModule,
        JobScheduleModule,
        AdminModule,
        PagesModule,
      ],
    };
  }
}

/** Global home of the ports' adapters. */
@Module({})
class PlatformModule {}
