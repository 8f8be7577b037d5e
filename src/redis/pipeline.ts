import type { Cluster } from 'ioredis';
import type { RedisClient } from './client.js';
import { isCluster } from './cluster.js';

export type Pipeline = ReturnType<RedisClient['pipeline']>;

export type PipelineReplies = [Error | null, unknown][];

/**
 * Sends commands together, and waits for all of their replies, in order. To a cluster each goes by itself: a pipeline takes keys of
 * one master only, and commands of different keys have no order there.
 * @throws Error where none could be sent
 */
export async function together(
  redis: RedisClient,
  add: (pipeline: Pipeline) => void,
): Promise<PipelineReplies> {
  if (isCluster(redis)) return oneByOne(redis, add);
  const pipeline = redis.pipeline();
  add(pipeline);
  return (await pipeline.exec()) ?? [];
}

async function oneByOne(cluster: Cluster, add: (pipeline: Pipeline) => void): Promise<PipelineReplies> {
  const replies: Promise<PipelineReplies[number]>[] = [];
  const pipeline: Pipeline = new Proxy({} as Pipeline, {
    get:
      (_none, command) =>
      (...args: unknown[]) => {
        const send = Reflect.get(cluster, command) as (...sent: unknown[]) => Promise<unknown>;
        const reply = send.apply(cluster, args);
        replies.push(
          reply.then(
            (value) => [null, value],
            (error: unknown) => [error instanceof Error ? error : new Error(String(error)), undefined],
          ),
        );
        return pipeline;
      },
  });
  add(pipeline);
  return Promise.all(replies);
}
