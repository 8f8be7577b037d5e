import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../common/root.js';
import type { RedisClient } from './redis.js';

/**
 * A script of lua/ that needs no state but its keys. Called by SHA; where Redis has forgotten it, it has done nothing, so its
 * text is sent, which goes to the server of its keys and stays there. Not for the claim script, for which forgotten means lost.
 */
export class RedisScript {
  private readonly source: string;
  private readonly sha: string;

  /** @param name of the file, `<verb>-<number of keys>.lua` */
  constructor(name: string) {
    this.source = readFileSync(join(ROOT, 'lua', name), 'utf8');
    this.sha = createHash('sha1').update(this.source).digest('hex');
  }

  async run(
    redis: RedisClient,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await redis.evalsha(this.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(this.source, keys.length, ...keys, ...args);
    }
  }
}
