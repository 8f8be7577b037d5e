import { Logger } from '@nestjs/common';
import { isBelow, UnfitServerError } from '../common/unfit-server.js';
import { isCluster, primariesOf } from './cluster.js';
import type { RedisClient } from './redis.js';
import { RedisScript } from './script.js';
import { infoFields, serverInfo, type ServerInfo } from './server-info.js';

const logger = new Logger('Redis');

/** The oldest that know `GETDEL`; the fence works on Redis 6.0, too. */
const OLDEST = [6, 2, 0] as const;

/** What a Redis says of itself, as far as it matters whether it may be used. */
export interface RedisFacts extends Pick<ServerInfo, 'product' | 'version' | 'mode' | 'role' | 'primary'> {
  readonly maxmemoryPolicy: string;
  readonly appendOnly: boolean;
  readonly replicas: number;
  /** Whether writes are refused without replicas (`min-replicas-to-write`). */
  readonly needsReplicas: boolean;
}

/**
 * @param wanted what the form of `REDIS_URL` says that the server is
 * @returns what is unwise about the server
 * @throws UnfitServerError
 */
export function judgeRedis(
  facts: RedisFacts,
  durability: 'log' | 'gate',
  wanted: 'standalone' | 'cluster' = 'standalone',
): readonly string[] {
  const { product, version, mode, role, primary } = facts;
  const unfit = (text: string): never => {
    throw new UnfitServerError(`REDIS_URL: ${text}`);
  };
  // Valkey's first is newer than what is asked of Redis.
  if (product === 'Redis' && isBelow(version.split('.').map(Number), OLDEST))
    unfit(`Redis ${version} is too old: it lacks GETDEL; use Redis ${OLDEST.join('.')} or later, or Valkey`);
  if (mode === 'cluster' && wanted !== 'cluster')
    unfit(
      'the server is a node of a cluster; write redis+cluster://host:port,host:port/ with some of its nodes',
    );
  if (mode !== wanted)
    unfit(
      `the server runs in ${mode} mode; name ${wanted === 'cluster' ? 'nodes of a cluster' : 'a primary'}`,
    );
  if (role !== 'master')
    unfit(`the server is a replica${primary === undefined ? '' : ` of ${primary}`}; name the primary`);
  if (facts.maxmemoryPolicy !== 'noeviction')
    unfit(
      `maxmemory-policy is ${facts.maxmemoryPolicy}, so counters of claims may be evicted; set it to noeviction`,
    );
  if (durability === 'gate' && !facts.appendOnly)
    unfit(
      `CLAIM_DURABILITY=gate promises what Redis remembers, and it has no append-only file; set appendonly yes, or CLAIM_DURABILITY=log`,
    );
  return facts.replicas > 0 && !facts.needsReplicas
    ? [
        'Redis has replicas and min-replicas-to-write 0: a primary that was cut off goes on beside the promoted one; set it to 1',
      ]
    : [];
}

const identify = new RedisScript('identify-0.lua');

/** @throws UnfitServerError where scripts may not ask for INFO, which the gate's fence does */
export async function redisFacts(redis: RedisClient): Promise<RedisFacts> {
  const text = await identify.run(redis, [], []).catch((error: unknown) => {
    if (!/NOPERM|ACL failure|user executing the script|not allowed from script/.test(String(error)))
      throw error;
    throw new UnfitServerError(
      `REDIS_URL: a script may not call INFO, by which the gate notices a server that forgot; permit INFO to this user`,
    );
  });
  const own = infoFields(String(text));
  const fields = infoFields((await redis.info('memory')) + (await redis.info('persistence')));
  return {
    ...serverInfo(String(text)),
    maxmemoryPolicy: fields.get('maxmemory_policy') ?? '',
    appendOnly: fields.get('aof_enabled') === '1',
    replicas: Number(own.get('connected_slaves') ?? 0),
    needsReplicas: own.has('min_slaves_good_slaves'),
  };
}

/**
 * Judges the server of a connection, or all masters of a cluster, now; and again whenever a connection is made anew, or the client
 * finds another node: then another server may answer. The gate closes by itself where it must; the log says what is wrong.
 * @throws UnfitServerError where the server must not be used
 */
export async function requireFitRedis(client: RedisClient, durability: 'log' | 'gate'): Promise<void> {
  const wanted = isCluster(client) ? 'cluster' : 'standalone';
  const judge = async (): Promise<void> => {
    const facts = await Promise.all(primariesOf(client).map(redisFacts));
    const warnings = facts.flatMap((each) => judgeRedis(each, durability, wanted));
    for (const warning of new Set(warnings)) logger.warn(warning);
  };
  await judge();
  client.on(isCluster(client) ? '+node' : 'ready', () => {
    judge().catch((error: unknown) => {
      if (error instanceof UnfitServerError) logger.error(error.message);
    });
  });
}
