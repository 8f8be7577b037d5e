import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { createConnection } from 'mysql2/promise';
import { linesOf } from '../../src/claim/domain/event-pack.js';
import { ROOT } from '../../src/common/root.js';
import { PATIENCE_MS } from './patience.js';
import type { Ask } from '../harness/claim-rows.js';

const run = promisify(execFile);

/** A setting of the stack. A suite that needs the servers fails without them. */
export function required(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(`${name} is not set: run these tests by "npm run test:stack", which starts the servers`);
  return value;
}

/** One of the numbered databases of the stack's Redis. */
export const redisUrl = (redisDb: number): string => new URL(`/${redisDb}`, required('REDIS_URL')).toString();

let databases = 0;

/** @returns the address of a new, empty database */
export async function emptyDatabase(name: string): Promise<string> {
  const url = new URL(required('DATABASE_URL'));
  const database = `t_${name}_${Date.now().toString(36)}_${++databases}`;
  const connection = await createConnection(required('DATABASE_URL').replace(/^mariadb:/, 'mysql:'));
  await connection.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`);
  await connection.end();
  url.pathname = `/${database}`;
  return url.toString();
}

/** Settings of a system of its own on the shared servers: database, Redis database, topics, group. Migrated. */
export async function freshSystem(name: string, redisDb: number): Promise<Record<string, string>> {
  const databaseUrl = await emptyDatabase(name);
  return freshSystemOn(databaseUrl, new URL(databaseUrl).pathname.slice(1), redisDb);
}

/** The same on an empty database of another server. @param name of its topics and group */
export async function freshSystemOn(
  databaseUrl: string,
  name: string,
  redisDb: number,
): Promise<Record<string, string>> {
  const env = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl(redisDb),
    KAFKA_BROKERS: required('KAFKA_BROKERS'),
    KAFKA_CLAIM_TOPIC: `${name}.claims`,
    KAFKA_EVENT_TOPIC: `${name}.events`,
    KAFKA_GROUP_ID: name,
  };
  await run(process.execPath, [join(ROOT, 'dist', 'src', 'cli', 'migrate.js')], {
    env: { ...process.env, ...env },
  });
  return env;
}

export const kafkaFor = (env: Record<string, string>): Kafka =>
  new Kafka({
    clientId: 'test',
    brokers: (env['KAFKA_BROKERS'] ?? '').split(','),
    logLevel: logLevel.NOTHING,
  });

/** One query on the system's database. */
export async function query<T>(
  env: Record<string, string>,
  sql: string,
  values: unknown[] = [],
): Promise<T[]> {
  const connection = await createConnection((env['DATABASE_URL'] ?? '').replace(/^mariadb:/, 'mysql:'));
  try {
    const [rows] = await connection.query(sql, values);
    return rows as T[];
  } finally {
    await connection.end();
  }
}

/** Asks the system's database for rows of claims. */
export const asksIn =
  (env: Record<string, string>): Ask =>
  (sql, values) =>
    query(env, sql, values);

/** Ids of the claims that `claim.issued` events on the topic tell of, one for each event after dedupe by event id. */
export async function issuedEvents(
  env: Record<string, string>,
  voucherId: string,
  atLeast: number,
): Promise<string[]> {
  const kafka = kafkaFor(env);
  const topic = env['KAFKA_EVENT_TOPIC'] ?? '';
  const [consumer, admin] = [
    kafka.consumer({ groupId: `events-${Date.now()}-${Math.random()}` }),
    kafka.admin(),
  ];
  const claims = new Map<string, string>();
  /** By partition, the offset behind the last message that was read. */
  const read = new Map<number, bigint>();
  /** Whether all that is there was read: one too many as well. */
  const isAll = async (): Promise<boolean> =>
    (await admin.fetchTopicOffsets(topic)).every(
      ({ partition, low, high }) => (read.get(partition) ?? BigInt(low)) >= BigInt(high),
    );
  await Promise.all([consumer.connect(), admin.connect()]);
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        read.set(partition, BigInt(message.offset) + 1n);
        for (const line of linesOf(message.value?.toString() ?? '')) {
          const event = JSON.parse(line);
          if (event.type === 'claim.issued' && event.data.voucher_id === voucherId)
            claims.set(event.id, event.data.id);
        }
      },
    });
    const until = Date.now() + PATIENCE_MS;
    while ((claims.size < atLeast || !(await isAll())) && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 100));
    return [...claims.values()];
  } finally {
    await Promise.all([consumer.disconnect(), admin.disconnect()]);
  }
}
