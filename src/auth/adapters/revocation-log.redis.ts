import { reach } from '../../redis/reach.js';
import { KEY_PREFIX, type RedisClient } from '../../redis/redis.js';
import { RedisScript } from '../../redis/script.js';
import { REVOCATION_PAGE, RevocationLog, type Revoked } from '../ports/revocation-log.js';

const KEY = `${KEY_PREFIX}{revoked-sessions}`;

/** Entries kept at most, about: beyond it the oldest, nearest to their end, go early. */
const MAX_ENTRIES = 500_000;

/** Revocations of all instances, as a stream whose ids never go back. */
export class RedisRevocationLog extends RevocationLog {
  private readonly revokeScript = new RedisScript('revoke-1.lua');

  constructor(
    private readonly redis: RedisClient,
    private readonly lifetimeMs: number,
  ) {
    super();
  }

  async add(sessionIds: readonly string[]): Promise<void> {
    if (sessionIds.length === 0) return;
    const args = [this.lifetimeMs, MAX_ENTRIES, ...sessionIds];
    const written = Number(await reach(this.revokeScript.run(this.redis, [KEY], args)));
    if (written !== sessionIds.length) throw new Error(`revoke-1.lua answered ${written}`);
  }

  async since(cursor: string | undefined): Promise<Revoked> {
    const from = cursor === undefined ? '-' : `(${cursor}`;
    const entries = await reach(this.redis.xrange(KEY, from, '+', 'COUNT', REVOCATION_PAGE));
    return {
      sessionIds: entries.map(([, fields]) => fields[1] ?? ''),
      cursor: entries.at(-1)?.[0] ?? cursor ?? '0-0',
    };
  }
}
