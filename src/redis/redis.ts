import { Redis, type RedisOptions } from 'ioredis';
import { UnfitServerError } from '../common/unfit-server.js';
import { doublingPause } from '../common/doubling-pause.js';
import { parseRedisUrl, type RedisSecurity, type RedisTarget, type Tls } from '../config/index.js';
import type { RedisClient } from './client.js';
import { isCluster, primariesOf, PromptCluster } from './cluster.js';
import { primaryAmong } from './primary-connector.js';

/** Prefix of every key and channel of this program. */
export const KEY_PREFIX = 'vc:';

/** Injection token of the shared command connection. */
export const REDIS = Symbol('REDIS');

export type { RedisClient } from './client.js';

/** A line on which commands wait for so long without a byte is dropped: a server that hangs accepts, and never closes. */
const SILENCE_MIN_MS = 3_000;

const CONNECT_TIMEOUT_MS = 2_000;

/** So long a primary is looked for at start, where there is more than one place to ask. */
const SEARCH_MS = 10_000;

const retryAfterMs = (attempt: number): number => doublingPause(attempt, 100, 1_000);

/**
 * A connection whose commands fail fast: without a server they reject after `commandTimeoutMs` instead of waiting in a
 * queue, and nothing is sent twice by the client library (a repeated EVALSHA of unknown outcome is ours to judge).
 *
 * With sentinels, or several addresses, each new connection asks for the primary again, and is used only if that server calls itself one.
 * Of a cluster, a command is sent again only where a master said that it did nothing: MOVED, ASK, TRYAGAIN.
 * @param url see `parseRedisUrl`
 * @param instance whose connections these are, as CLIENT LIST shows them
 */
export function createRedis(
  url: string,
  commandTimeoutMs: number,
  security?: RedisSecurity,
  instance?: string,
): RedisClient {
  const target = parseRedisUrl(url);
  const line = lineOptions(target, commandTimeoutMs, instance);
  if (target.cluster) {
    const toNode = { ...line, ...(target.tls ? { tls: tlsOptions(security?.tls) } : {}) };
    const cluster = new PromptCluster([...target.hosts], {
      redisOptions: toNode,
      retryDelayOnFailover: 0, // what was under way when a line was closed may have been done
      retryDelayOnClusterDown: 0,
      slotsRefreshInterval: 0, // `PromptCluster` does it: the library's timer may outlive `disconnect`
      slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
      clusterRetryStrategy: retryAfterMs,
      dnsLookup: (address, done) => done(null, address), // a certificate names the host, not its address
      lazyConnect: true,
    });
    const Connector = primaryAmong(target.hosts);
    subscribers.set(cluster, () => new Redis({ ...toNode, ...UNQUEUED, Connector }));
    return cluster;
  }
  return single(target, line, security);
}

/** Connects to one of the nodes that `REDIS_URL` names. */
const subscribers = new WeakMap<RedisClient, () => Redis>();

/**
 * A connection on which messages are heard. Every node of a cluster passes on what is published at any of them: it is to one of those that
 * `REDIS_URL` names.
 */
export function createSubscriber(client: RedisClient): Redis {
  if (!isCluster(client)) return client.duplicate();
  const create = subscribers.get(client);
  if (!create) throw new Error('the client was not made by createRedis');
  return create();
}

const UNQUEUED = {
  enableOfflineQueue: false,
  autoResubscribe: true,
  retryStrategy: retryAfterMs,
  lazyConnect: true,
} as const;

const lineOptions = (
  { username, password }: RedisTarget,
  commandTimeoutMs: number,
  instance: string | undefined,
) => ({
  ...(instance === undefined ? {} : { connectionName: `voucherconnect:${instance}` }),
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password }),
  commandTimeout: commandTimeoutMs,
  connectTimeout: CONNECT_TIMEOUT_MS,
  socketTimeout: Math.max(SILENCE_MIN_MS, 2 * commandTimeoutMs),
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
});

function single(target: RedisTarget, line: ReturnType<typeof lineOptions>, security?: RedisSecurity): Redis {
  return new Redis({
    ...whereTo(target, security),
    ...line,
    ...UNQUEUED,
    db: target.db,
    // A server that was demoted keeps its lines: the new primary is looked for. The command that heard of it is not sent again.
    ...(isSearch(target) ? { reconnectOnError: ({ message }) => BECAME_REPLICA.test(message) } : {}),
  });
}

const BECAME_REPLICA = /^READONLY|^MASTERDOWN|-READONLY /;

/** Whether there is more than one place to look for the primary. */
const isSearch = ({ hosts, sentinelName }: RedisTarget): boolean =>
  sentinelName !== undefined || hosts.length > 1;

function whereTo(target: RedisTarget, security: RedisSecurity | undefined) {
  const { hosts, sentinelName } = target;
  const tls = target.tls ? tlsOptions(security?.tls) : undefined;
  if (sentinelName !== undefined)
    return {
      sentinels: [...hosts],
      name: sentinelName,
      role: 'master' as const,
      ...(security?.sentinelUsername === undefined ? {} : { sentinelUsername: security.sentinelUsername }),
      ...(security?.sentinelPassword === undefined ? {} : { sentinelPassword: security.sentinelPassword }),
      sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
      // A null would end the client for good the first time that no sentinel answers.
      sentinelRetryStrategy: retryAfterMs,
      sentinelReconnectStrategy: retryAfterMs,
      failoverDetector: true,
      ...(tls ? { tls, sentinelTLS: tls, enableTLSForSentinelMode: true } : {}),
    };
  const [only] = hosts;
  return {
    ...(tls ? { tls } : {}),
    ...(hosts.length > 1 ? { Connector: primaryAmong(hosts) } : only),
  };
}

function tlsOptions({ ca, cert, key }: Partial<Tls> = {}): NonNullable<RedisOptions['tls']> {
  return { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert, key }) };
}

/**
 * Waits for the first connection.
 * @throws Error when no server, or none that is a primary, can be reached
 */
export async function connectRedis(client: RedisClient): Promise<void> {
  client.on('error', () => undefined); // each command reports its own failure; readiness watches the connection
  if (client.status !== 'wait') return;
  if (isCluster(client)) {
    await search(client);
    await Promise.all(primariesOf(client).map((node) => node.ping()));
    return;
  }
  const { sentinels, Connector } = client.options;
  await (sentinels || Connector ? search(client) : client.connect());
}

const NO_CLUSTER = /cluster support disabled/;
const NO_NODE = 'REDIS_URL: the server is no node of a cluster; write redis:// in place of redis+cluster://';

/** One try is not enough: the first that answers may be a replica, or a sentinel may not know yet who was promoted. */
async function search(client: RedisClient): Promise<void> {
  let last: Error | undefined;
  // A cluster's says only that no node could be asked for its slots.
  const heard = (error: Error & { lastNodeError?: Error }): void =>
    void (last = error.lastNodeError ?? error);
  client.on('error', heard);
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      client.on('error', () => {
        if (NO_CLUSTER.test(last?.message ?? '')) reject(new UnfitServerError(NO_NODE));
      });
      client.once('ready', resolve);
      client.once('end', () => reject(last ?? new Error('the connection has ended')));
      timer = setTimeout(
        () => reject(last ?? new Error('none of the servers that answer is a primary')),
        SEARCH_MS,
      );
      client.connect().catch(() => undefined); // what was wrong comes as an event, this says only that a line was closed
    });
  } catch (error) {
    client.disconnect();
    throw error;
  } finally {
    clearTimeout(timer);
    client.off('error', heard);
  }
}
