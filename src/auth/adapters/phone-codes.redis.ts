import { meaningOf, reach, reachAll } from '../../redis/reach.js';
import { KEY_PREFIX, type RedisClient } from '../../redis/redis.js';
import { RedisScript } from '../../redis/script.js';
import { PhoneCodes, type CodeCheck } from '../ports/phone-codes.js';

/** Replies of lua/check-code-1.lua. */
const CHECKS: Readonly<Record<number, CodeCheck>> = { 1: 'right', 2: 'wrong', 3: 'none' };

/** One-time codes for all instances together. */
export class RedisPhoneCodes extends PhoneCodes {
  private readonly checkScript = new RedisScript('check-code-1.lua');

  constructor(
    private readonly redis: RedisClient,
    private readonly options: { readonly ttlS: number; readonly tries: number },
  ) {
    super();
  }

  async put(wayHash: string, codeHash: string): Promise<void> {
    const key = keyOf(wayHash);
    // One MULTI: a code without an expiry would stay for ever.
    await reachAll(
      this.redis
        .multi()
        .hset(key, { code: codeHash, tries: 0 })
        .pexpire(key, this.options.ttlS * 1_000)
        .exec(),
    );
  }

  async check(wayHash: string, codeHash: string): Promise<CodeCheck> {
    const reply = await reach(
      this.checkScript.run(this.redis, [keyOf(wayHash)], [codeHash, this.options.tries]),
    );
    return meaningOf(CHECKS, reply);
  }
}

const keyOf = (wayHash: string): string => `${KEY_PREFIX}phone-code:{${wayHash}}`;
