import { KEY_PREFIX, type RedisClient } from '../../redis/redis.js';
import { Problem } from '../../common/problems.js';
import { CaptchaStore, type OpenCaptcha } from '../ports/captcha-store.js';

/** Open captchas in Redis, shared by all instances. */
export class RedisCaptchaStore extends CaptchaStore {
  constructor(private readonly redis: RedisClient) {
    super();
  }

  async put(subject: string, { id, answerHash }: OpenCaptcha, ttlMs: number): Promise<void> {
    await reach(this.redis.set(key(subject), `${id}|${answerHash}`, 'PX', ttlMs));
  }

  async take(subject: string): Promise<OpenCaptcha | undefined> {
    const [id, answerHash] = (await reach(this.redis.getdel(key(subject))))?.split('|') ?? [];
    return id && answerHash ? { id, answerHash } : undefined;
  }
}

/** The braces make the whole subject the hash tag: captchas of one hot voucher spread over a cluster. */
const key = (subject: string): string => `${KEY_PREFIX}captcha:{${subject}}`;

async function reach<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (cause) {
    throw new Problem('dependency_unavailable', { cause });
  }
}
