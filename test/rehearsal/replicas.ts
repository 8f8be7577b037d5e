import { join } from 'node:path';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { Redis } from 'ioredis';
import { infoFields } from '../../src/redis/server-info.js';
import {
  countClaims,
  databaseCaughtUp,
  followDatabase,
  holdReplication,
  promoteDatabase,
  readOnly,
} from '../harness/database-replication.js';
import { caughtUp, follow, promote } from '../harness/replication.js';
import { PlainError } from '../harness/programs.js';
import { MariaDbServer, RedisServer, type ServerProcess } from '../harness/servers.js';
import { accepted } from './history.js';
import { until, type Fault, type FaultContext, type FaultServers } from './fault-context.js';
import { TcpProxy, through } from './tcp-proxy.js';

/** So many claims are taken that the replica never hears of. */
const UNSEEN = 50;

/** The second servers, in the folder of the stack: any call finds them again. */
const redisReplica = ({ stack }: Pick<FaultServers, 'stack'>): RedisServer =>
  new RedisServer(join(stack.dir, 'redis-replica'));
const databaseReplica = ({ stack }: Pick<FaultServers, 'stack'>): MariaDbServer =>
  new MariaDbServer(join(stack.dir, 'mariadb-replica'), readOnly(2));

/** The replication that `database-replication.ts` sets up is MariaDB's. @throws PlainError on another database */
function mariaDbOf({ stack: { database } }: Pick<FaultServers, 'stack'>): MariaDbServer {
  if (database instanceof MariaDbServer) return database;
  throw new PlainError(`this fault is rehearsed on MariaDB, not on ${database.name}`);
}

/** Ends the replicas that still run. */
export async function stopReplicas(servers: Pick<FaultServers, 'stack'>): Promise<void> {
  await Promise.all([redisReplica(servers), databaseReplica(servers)].map((one) => one.stop('SIGKILL')));
}

async function start(server: ServerProcess): Promise<void> {
  await server.start();
  await server.waitReady();
}

/** New connections lead to `server`, and there are no others. */
function lead(line: TcpProxy, server: ServerProcess): void {
  line.retarget(server.port);
  line.cut();
}

/** Until the gate is open on the history that this server has now: the first replica begins a new one. */
async function opensOn({ stack, databaseLine }: FaultServers, server: RedisServer): Promise<void> {
  const redis = new Redis(server.url, { maxRetriesPerRequest: 2 });
  const database = await createConnection(
    through(stack.database.url, databaseLine).replace(/^mariadb:/, 'mysql:'),
  );
  try {
    await until('the gate is open on the history of its Redis', async () => {
      const history = infoFields(await redis.info('replication')).get('master_replid');
      const [rows] = await database.query<RowDataPacket[]>('SELECT state, history FROM gate_epoch');
      return rows[0]?.['state'] === 'open' && String(rows[0]['history']).includes(history ?? 'none');
    });
  } finally {
    redis.disconnect();
    await database.end();
  }
}

const acceptedClaims = ({ workload }: FaultContext): number =>
  workload.history.intents.filter(({ sends }) => sends.some(accepted)).length;

async function takesMore(context: FaultContext): Promise<void> {
  const before = acceptedClaims(context);
  await until('claims are taken that the replica does not hear of', () => {
    return acceptedClaims(context) >= before + UNSEEN;
  });
}

/** Until the group has committed what the log has now: then nobody reads it again of their own accord. */
async function untilConsumed({ kafka, claimTopic, groupId }: FaultContext): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const ends = new Map(
      (await admin.fetchTopicOffsets(claimTopic)).map(({ partition, high }) => [partition, BigInt(high)]),
    );
    await until('the claims are consumed, and their offsets committed', async () => {
      const [group] = await admin.fetchOffsets({ groupId, topics: [claimTopic] });
      const committed = new Map(
        group?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]),
      );
      return [...ends].every(([partition, end]) => end === 0n || (committed.get(partition) ?? 0n) >= end);
    });
  } finally {
    await admin.disconnect();
  }
}

async function attachRedis(servers: FaultServers, port?: number): Promise<void> {
  const replica = redisReplica(servers);
  await replica.stop('SIGKILL');
  replica.wipe();
  await start(replica);
  await follow(replica, servers.stack.redis, port);
  await opensOn(servers, servers.stack.redis);
}

/** Back to one server, which begins empty where another one stood in for it. */
async function detachRedis(servers: FaultServers): Promise<void> {
  const { stack, redisLine } = servers;
  if (stack.redis.pid === undefined) {
    stack.redis.wipe();
    await start(stack.redis);
  }
  lead(redisLine, stack.redis);
  await redisReplica(servers).stop('SIGKILL');
  await opensOn(servers, stack.redis);
}

/** @param line between the replica and its primary; silent, it makes the replica lag */
function redisPromoted(name: string, lags: boolean): Fault {
  let line: TcpProxy | undefined;
  return {
    name,
    quick: false,
    async prepare(servers) {
      if (lags) line = await TcpProxy.open(servers.stack.redis.port);
      await attachRedis(servers, line?.port);
    },
    async strike(context) {
      const { stack, redisLine } = context;
      const replica = redisReplica(context);
      if (line) {
        line.hush(true);
        await takesMore(context);
      }
      await stack.redis.stop('SIGKILL');
      await promote(replica);
      lead(redisLine, replica);
    },
    async restore(servers) {
      await detachRedis(servers);
      await line?.close();
      line = undefined;
    },
  };
}

export const REDIS_REPLICAS: readonly Fault[] = [
  redisPromoted('Redis killed, its replica promoted', false),
  redisPromoted('Redis killed, a replica that lags promoted', true),
  {
    name: 'Redis demoted and promoted again, without what it took meanwhile',
    quick: false,
    prepare: attachRedis,
    async strike(context) {
      const { redis } = context.stack;
      const replica = redisReplica(context);
      await caughtUp(replica, redis);
      await promote(replica);
      await takesMore(context);
      await follow(redis, replica);
      await promote(redis);
    },
    restore: detachRedis,
  },
];

export const DATABASE_REPLICAS: readonly Fault[] = [
  {
    name: 'MariaDB killed, a replica without its last rows promoted',
    quick: false,
    units: 4_000,
    async prepare(servers) {
      const replica = databaseReplica(servers);
      await start(replica);
      await followDatabase(replica, mariaDbOf(servers));
    },
    async strike(context) {
      const mariadb = mariaDbOf(context);
      const replica = databaseReplica(context);
      await databaseCaughtUp(replica, mariadb);
      await holdReplication(replica);
      await takesMore(context);
      await untilConsumed(context);
      const lost = (await countClaims(mariadb)) - (await countClaims(replica));
      if (lost < UNSEEN) throw new Error(`the replica lacks ${lost} rows only`);
      await mariadb.stop('SIGKILL');
      await promoteDatabase(replica);
      lead(context.databaseLine, replica);
    },
    async restore(servers) {
      const mariadb = mariaDbOf(servers);
      const replica = databaseReplica(servers);
      await Promise.all([mariadb.stop('SIGKILL'), replica.stop()]);
      mariadb.takeData(replica);
      await start(mariadb);
      lead(servers.databaseLine, mariadb);
    },
  },
];
