import type { Cluster, Redis } from 'ioredis';

/** A client of one server, or of the masters of a cluster. Both speak the same commands; see `cluster.ts` for what differs. */
export type RedisClient = Redis | Cluster;
