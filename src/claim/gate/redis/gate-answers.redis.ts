import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RedisClient } from '../../../redis/redis.js';
import { isCluster } from '../../../redis/cluster.js';
import { together, type Pipeline } from '../../../redis/pipeline.js';
import { evalsha } from '../../../redis/script-call.js';
import { ROOT } from '../../../common/root.js';
import { GateLostError, GateUnreachableError } from '../gate-errors.js';

export interface Script {
  readonly text: string;
  readonly sha: string;
}

/** A file of lua/ with `head` before its text; the SHA is of both. */
export function script(file: string, head = ''): Script {
  const text = head + readFileSync(join(ROOT, 'lua', file), 'utf8');
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** Why a server that answers does not serve us, by the code of its error. What it takes to mend it is part of the sentence. */
const REFUSALS: Readonly<Record<string, string>> = {
  OOM: 'Redis is out of memory: raise maxmemory',
  MISCONF: 'Redis refuses writes because it cannot write its snapshot: see its log',
  NOREPLICAS: 'Redis refuses writes because it lacks the replicas of min-replicas-to-write',
  LOADING: 'Redis is loading its data',
  BUSY: 'Redis is busy with a script',
  CLUSTERDOWN: 'the Redis cluster is down',
  TRYAGAIN: 'a slot of the Redis cluster is being moved',
  ASK: 'a slot of the Redis cluster is being moved',
  // The client of a cluster follows these by itself.
  MOVED: 'Redis is a node of a cluster: REDIS_URL must be redis+cluster://host:port,host:port/',
  CROSSSLOT: 'Redis is a node of a cluster: REDIS_URL must be redis+cluster://host:port,host:port/',
};

/** In the words of Redis 7.2 and later and Valkey, and of Redis 6 and 7.0. */
const NOT_PERMITTED = /^NOPERM|ACL failure|user executing the script can't run/;

/** Redis 6 wraps what stopped a script: `ERR Error running script (call to f_...): @user_script:1: -OOM command ...`. */
const codeOf = (message: string): string | undefined =>
  /^([A-Z]+)\b/.exec(/^ERR Error running script .*?: -([A-Z]+ .*)$/s.exec(message)?.[1] ?? message)?.[1];

/**
 * Waits for a command in the terms of the gate's port.
 * @throws GateLostError where the server has forgotten, or is a replica
 * @throws GateUnreachableError where it did not answer, or refuses for a while
 */
export async function answer<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw meaningOf(error as Error);
  }
}

/** The client did not send it, or masters of a cluster referred it to each other until it gave up. */
const NOTHING_DONE = /isn't writeable|isn't ready|connection is closed|too many cluster redirections/i;

function meaningOf(error: Error): Error {
  const { name, message } = error;
  if (name !== 'ReplyError') return new GateUnreachableError(!NOTHING_DONE.test(message), error);
  const code = codeOf(message);
  if (NOT_PERMITTED.test(message))
    return new GateUnreachableError(false, error, `Redis does not permit what the gate needs: ${message}`);
  if (code === 'NOSCRIPT') return new GateLostError('scripts');
  // A replica follows another server: what it holds may be older than what was answered.
  if (code === 'READONLY' || code === 'MASTERDOWN')
    return new GateLostError('history', 'the server has become a replica');
  const refusal = code === undefined ? undefined : REFUSALS[code];
  if (refusal !== undefined) return new GateUnreachableError(false, error, refusal);
  if (code === 'WRONGTYPE' || (code === 'ERR' && /script/i.test(message))) return new GateLostError('state');
  return error;
}

/** Items whose commands go out at once. */
const ITEMS_A_PIPELINE = 1_000;

/**
 * Sends commands for many items, as many at once as one round trip may take.
 * @returns all replies, in order
 * @throws as `answer`, what the first command that failed tells
 */
export async function pipelined<T>(
  redis: RedisClient,
  items: readonly T[],
  add: (pipeline: Pipeline, item: T) => unknown,
): Promise<unknown[]> {
  const replies: unknown[] = [];
  for (let from = 0; from < items.length; from += ITEMS_A_PIPELINE) {
    const some = items.slice(from, from + ITEMS_A_PIPELINE);
    const sent = together(redis, (pipeline) => {
      for (const item of some) add(pipeline, item);
    });
    for (const [error, reply] of await answer(sent)) {
      if (error) throw meaningOf(error);
      replies.push(reply);
    }
  }
  return replies;
}

/** Runs a script that is not part of the fence: one that Redis has forgotten did nothing, so its text is sent, which stays there. */
export async function runScript(
  redis: RedisClient,
  known: Script,
  keys: readonly string[],
  argv: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await answer(evalsha(redis, known.sha, keys, argv));
  } catch (error) {
    if (!(error instanceof GateLostError && error.reason === 'scripts')) throw error;
    return answer(redis.eval(known.text, keys.length, ...keys, ...argv));
  }
}

/**
 * Runs such a script for many items, as many at once as one round trip may take.
 * @param callOf keys and arguments for an item
 * @returns all replies, in order
 */
export async function runScripts<T>(
  redis: RedisClient,
  known: Script,
  items: readonly T[],
  callOf: (item: T) => { readonly keys: readonly string[]; readonly argv: readonly (string | number)[] },
): Promise<unknown[]> {
  if (isCluster(redis)) {
    const calls = items.map(callOf);
    return Promise.all(calls.map(({ keys, argv }) => runScript(redis, known, keys, argv)));
  }
  await answer(redis.script('LOAD', known.text));
  return pipelined(redis, items, (pipeline, item) => {
    const { keys, argv } = callOf(item);
    pipeline.evalsha(known.sha, keys.length, ...keys, ...argv);
  });
}
