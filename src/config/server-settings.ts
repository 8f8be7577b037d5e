import { z } from 'zod';
import { parseRedisUrl } from './redis-url.js';
import { int, optionalText } from './setting-types.js';

const onOff = (description: string) => z.enum(['off', 'on']).default('off').describe(description);

/** `NAME_TLS_CA`, `_CERT` and `_KEY` of one server. */
const ca = (server: string) =>
  optionalText(`PEM file of the authorities that ${server} is verified by; unset: those that Node knows`);
const certificate = (server: string) =>
  optionalText(`PEM file of the certificate that ${server} asks clients for; together with the key`);
const key = (server: string) =>
  optionalText(`PEM file of that certificate's key, without a passphrase (${server})`);

const redisUrl = z.string().check((context) => {
  try {
    parseRedisUrl(context.value);
  } catch (error) {
    context.issues.push({ code: 'custom', message: (error as Error).message, input: context.value });
  }
});

/** Settings of the database, Redis and Kafka: where they are, and who we are to them. */
export const serverSettings = {
  DATABASE_URL: optionalText(
    'mariadb://user:password@host:3306/name or mysql://...; unset means embedded mode',
  ).pipe(
    z
      .string()
      .regex(/^(mariadb|mysql):\/\/.+/, 'must start with mariadb:// or mysql://')
      .optional(),
  ),
  DATABASE_POOL_SIZE: int(10, 2, 500, 'size of the connection pool of one process'),
  DATABASE_TLS: onOff('TLS to the database; its certificate is verified, so DATABASE_URL needs a host name'),
  DATABASE_TLS_CA: ca('the database'),
  DATABASE_TLS_CERT: certificate('the database'),
  DATABASE_TLS_KEY: key('the database'),
  REDIS_URL: optionalText(
    'redis://host:6379/0 (rediss:// for TLS), redis+sentinel://a:26379,b,c/name?db=0, or redis+cluster://a:7000,b:7000/; set together with DATABASE_URL and KAFKA_BROKERS',
  ).pipe(redisUrl.optional()),
  REDIS_TLS_CA: ca('Redis'),
  REDIS_TLS_CERT: certificate('Redis'),
  REDIS_TLS_KEY: key('Redis'),
  REDIS_SENTINEL_USERNAME: optionalText('user of the sentinels, where they have one of their own'),
  REDIS_SENTINEL_PASSWORD: optionalText('password of the sentinels; that of Redis is part of REDIS_URL'),
  REDIS_COMMAND_TIMEOUT_MS: int(1_000, 10, 60_000, 'a Redis command without an answer fails after this time'),
  KAFKA_BROKERS: optionalText('host:9092[,host:9092...]; set together with DATABASE_URL and REDIS_URL'),
  KAFKA_TLS: onOff('TLS to the brokers; their certificates are verified'),
  KAFKA_TLS_CA: ca('the brokers'),
  KAFKA_TLS_CERT: certificate('the brokers'),
  KAFKA_TLS_KEY: key('the brokers'),
  KAFKA_SASL_MECHANISM: z
    .enum(['off', 'plain', 'scram-sha-256', 'scram-sha-512'])
    .default('off')
    .describe('how this program logs in at the brokers; plain sends the password as it is, so use TLS'),
  KAFKA_SASL_USERNAME: optionalText('user of the brokers'),
  KAFKA_SASL_PASSWORD: optionalText('password of that user'),
  KAFKA_CLAIM_TOPIC: z.string().default('voucher.claims').describe('topic of accepted claims'),
  KAFKA_EVENT_TOPIC: z.string().default('voucher.events').describe('topic of domain events'),
  KAFKA_GROUP_ID: z.string().default('voucherconnect').describe('consumer group of the claim topic'),
  KAFKA_PARTITIONS: int(6, 1, 1_000, 'partitions of topics that this program creates'),
  KAFKA_REPLICATION: int(1, 1, 9, 'replication factor of topics that this program creates'),
  KAFKA_RETENTION_HOURS: int(
    168,
    24,
    87_600,
    'how long topics that this program creates keep a record; claims are needed until they are rows, and to restore a database',
  ),
  KAFKA_SEND_TIMEOUT_MS: int(2_000, 50, 60_000, 'a send that is not acknowledged by then goes to the intake'),
  KAFKA_BREAKER_RESET_MS: int(3_000, 100, 300_000, 'time after which a failed Kafka is tried again'),
};
