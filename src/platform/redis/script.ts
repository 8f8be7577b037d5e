import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../../shared/problems.js';
import { ROOT } from '../../shared/root.js';
import type { RedisClient } from './redis.js';

/**
 * A script of `lua/` that needs no state but its keys: where the server has forgotten it, it has done nothing, so it is
 * loaded and called again. Never for the claim script, where a forgotten script means forgotten claims.
 */
export class RedisScript {
  private readonly source: string;
  private readonly sha: string;

  /** @param name file in `lua/`, `<verb>-<number of keys>.lua` */
  constructor(private readonly name: string) {
    this.source = readFileSync(join(ROOT, 'lua', name), 'utf8');
    this.sha = createHash('sha1').update(this.source).digest('hex');
  }

  /** @throws Problem dependency_unavailable; whether the call had its effect is then unknown */
  async run(
    redis: RedisClient,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const call = () => redis.evalsha(this.sha, keys.length, ...keys, ...args);
    return reach(
      call().catch(async (error: unknown) => {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        await redis.script('LOAD', this.source);
        return call();
      }),
    );
  }

  /**
   * A numeric reply in the terms of `meanings`.
   * @throws Error for a reply that the table does not know
   */
  meaning<T>(meanings: Readonly<Record<number, T>>, reply: unknown): T {
    const known = meanings[Number(reply)];
    if (known === undefined) throw new Error(`${this.name} answered ${String(reply)}`);
    return known;
  }
}

/** Waits for a command. @throws Problem dependency_unavailable where it failed or had no answer in time */
export async function reach<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (cause) {
    throw new Problem('dependency_unavailable', { cause });
  }
}

/** The replies of a MULTI. @throws Problem dependency_unavailable where it, or one of its commands, failed */
export async function reachAll(exec: Promise<[Error | null, unknown][] | null>): Promise<unknown[]> {
  const replies = await reach(exec);
  const failed = replies?.find(([error]) => error !== null)?.[0];
  if (failed || !replies) throw new Problem('dependency_unavailable', { cause: failed });
  return replies.map(([, reply]) => reply);
}
