import type { Clock } from '../../common/clock.js';
import { REVOCATION_PAGE, RevocationLog, type Revoked } from '../ports/revocation-log.js';

interface Entry {
  readonly sequence: number;
  readonly sessionId: string;
  readonly endsAt: number;
}

/** Beyond it the oldest, nearest to their end, go early: memory is bounded. */
const MAX_ENTRIES = 500_000;

/** Revocations of this one process, for embedded mode. */
export class EmbeddedRevocationLog extends RevocationLog {
  private entries: Entry[] = [];
  private sequence = 0;

  constructor(
    private readonly clock: Clock,
    private readonly lifetimeMs: number,
  ) {
    super();
  }

  async add(sessionIds: readonly string[]): Promise<void> {
    const now = this.clock.monotonic();
    const alive = this.entries.filter(({ endsAt }) => endsAt > now);
    const added = sessionIds.map((sessionId) => ({
      sequence: ++this.sequence,
      sessionId,
      endsAt: now + this.lifetimeMs,
    }));
    this.entries = [...alive, ...added].slice(-MAX_ENTRIES);
  }

  async since(cursor: string | undefined): Promise<Revoked> {
    const from = Number(cursor ?? 0);
    const found = this.entries.filter(({ sequence }) => sequence > from).slice(0, REVOCATION_PAGE);
    return {
      sessionIds: found.map(({ sessionId }) => sessionId),
      cursor: String(found.at(-1)?.sequence ?? from),
    };
  }
}
