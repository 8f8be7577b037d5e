import { reach } from '../../redis/reach.js';
import { KEY_PREFIX, type RedisClient } from '../../redis/redis.js';
import { RedisScript } from '../../redis/script.js';
import { Attempts, type AttemptPolicy } from '../ports/attempts.js';

/** Guesses counted for all instances together. */
export class RedisAttempts extends Attempts {
  private readonly takeScript = new RedisScript('attempt-1.lua');
  private readonly takeBackScript = new RedisScript('take-back-1.lua');

  constructor(private readonly redis: RedisClient) {
    super();
  }

  async take(policy: AttemptPolicy, subject: string): Promise<number> {
    const { freeTries, firstDelayMs, maxDelayMs, memoryMs } = policy;
    const args = [freeTries, firstDelayMs, maxDelayMs, memoryMs];
    const wait = Number(await reach(this.takeScript.run(this.redis, [keyOf(policy, subject)], args)));
    if (!(wait >= 0)) throw new Error(`attempt-1.lua answered ${wait}`);
    return wait;
  }

  async succeeded(policy: AttemptPolicy, subject: string): Promise<void> {
    const key = keyOf(policy, subject);
    if (policy.afterSuccess === 'forget') await reach(this.redis.del(key));
    else await reach(this.takeBackScript.run(this.redis, [key], [policy.freeTries]));
  }
}

const keyOf = (policy: AttemptPolicy, subject: string): string =>
  `${KEY_PREFIX}attempts:${policy.name}:{${subject}}`;
