import { Redis } from 'ioredis';

/** Prefix of every key and channel of this program. */
export const KEY_PREFIX = 'vc:';

/** Injection token of the shared command connection. */
export const REDIS = Symbol('REDIS');

export type RedisClient = Redis;

/** A line on which commands wait for so long without a byte is dropped: a server that hangs accepts, and never closes. */
const SILENCE_MIN_MS = 3_000;

/**
 * A connection whose commands fail fast: without a server they reject after `commandTimeoutMs` instead of waiting in a
 * queue, and nothing is sent twice by the client library (a repeated EVALSHA of unknown outcome is ours to judge).
 */
export function createRedis(url: string, commandTimeoutMs: number): Redis {
  return new Redis(url, {
    commandTimeout: commandTimeoutMs,
    connectTimeout: 2_000,
    socketTimeout: Math.max(SILENCE_MIN_MS, 2 * commandTimeoutMs),
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: true,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000),
    lazyConnect: true,
  });
}

/** Waits for the first connection. @throws Error when the server cannot be reached */
export async function connectRedis(client: Redis): Promise<void> {
  client.on('error', () => undefined); // each command reports its own failure; readiness watches the connection
  if (client.status === 'wait') await client.connect();
}
