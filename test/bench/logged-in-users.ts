import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { RedisSessionStore } from '../../src/auth/adapters/session-store.redis.js';
import { SystemClock } from '../../src/common/clock.js';
import { accessToken, shopper, writeLines } from './tokens.js';

const SESSION_TTL_S = 86_400;
const AT_ONCE = 1_000;

/**
 * Shoppers who are logged in: each with a token, and with a session in Redis, because who is active is kept logged in, and
 * that costs something. Accounts in the database they have none: nothing on the way of a claim looks at them.
 */
export class LoggedInUsers {
  private readonly sessions: RedisSessionStore;
  private opened = 0;
  private files = 0;

  constructor(
    private readonly folder: string,
    redis: Redis,
    private readonly secret: string,
    private readonly ttlS: number,
  ) {
    this.sessions = new RedisSessionStore(redis, new SystemClock(0), {
      ttlS: SESSION_TTL_S,
      perUser: 100,
      graceS: 30,
    });
  }

  /**
   * A file of tokens of the first `count` shoppers, one a line.
   * @param times how often each shopper's token stands there, one after the other
   */
  async tokens(count: number, times = 1): Promise<string> {
    await this.open(count);
    const file = join(this.folder, `tokens-${this.files++}.txt`);
    const issuedAtS = Math.floor(Date.now() / 1_000);
    let token = '';
    await writeLines(file, count * times, (n) => {
      if (n % times === 0) token = accessToken(shopper(1, n / times), this.secret, issuedAtS, this.ttlS);
      return token;
    });
    return file;
  }

  private async open(count: number): Promise<void> {
    for (; this.opened < count; this.opened += AT_ONCE) {
      const from = this.opened;
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, i) => {
          const { userId, sessionId } = shopper(1, from + i);
          const refreshHash = randomBytes(32).toString('base64url');
          return this.sessions.open({
            id: sessionId,
            userId,
            address: '127.0.0.1',
            userAgent: 'bench',
            refreshHash,
          });
        }),
      );
    }
  }
}
