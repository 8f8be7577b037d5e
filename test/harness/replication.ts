import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { infoFields } from '../../src/redis/server-info.js';
import { PlainError } from './programs.js';
import type { RedisServer } from './servers.js';

const SYNC_TIMEOUT_MS = 30_000;
const POLL_MS = 50;

/**
 * Makes `replica` follow `primary`, and waits until it holds all that the primary held then.
 * @param port at which the primary is found, where a proxy stands before it
 */
export async function follow(
  replica: RedisServer,
  primary: RedisServer,
  port: number = primary.port,
): Promise<void> {
  await withClient(replica, async (client) => {
    await client.replicaof('127.0.0.1', port);
    await until(`${replica.name} on ${replica.port} follows ${primary.port}`, async () => {
      const fields = infoFields(await client.info('replication'));
      return fields.get('master_link_status') === 'up' && fields.get('master_sync_in_progress') === '0';
    });
  });
  await caughtUp(replica, primary);
}

/** Waits until a replica that is attached holds all that its primary holds now. */
export async function caughtUp(replica: RedisServer, primary: RedisServer): Promise<void> {
  const offsetOf = (server: RedisServer, field: string): Promise<number> =>
    withClient(server, async (client) => Number(infoFields(await client.info('replication')).get(field)));
  const wanted = await offsetOf(primary, 'master_repl_offset');
  await until(
    `${replica.port} has caught up with ${primary.port}`,
    async () => (await offsetOf(replica, 'slave_repl_offset')) >= wanted,
  );
}

/** Makes a replica a primary, with what it holds. */
export async function promote(server: RedisServer): Promise<void> {
  await withClient(server, (client) => client.replicaof('NO', 'ONE'));
}

async function withClient<T>({ url }: RedisServer, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { maxRetriesPerRequest: 2 });
  client.on('error', () => undefined);
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

/** Polls. @throws PlainError with `what` after half a minute */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + SYNC_TIMEOUT_MS;
  while (!(await holds())) {
    if (performance.now() > end) throw new PlainError(`after ${SYNC_TIMEOUT_MS / 1_000} s not yet: ${what}`);
    await delay(POLL_MS);
  }
}
