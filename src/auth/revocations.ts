import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Broadcast } from '../broadcast/broadcast.js';
import { Metrics } from '../observability/metrics.js';
import { Clock } from '../common/clock.js';
import { REVOCATION_PAGE, RevocationLog } from './ports/revocation-log.js';

/** Why sessions were revoked, as the metric names it. */
export type RevocationReason =
  | 'logout'
  | 'account_deleted'
  | 'account_disabled'
  | 'ended_by_user'
  | 'password_changed'
  | 'refresh_reused'
  | 'role_changed';

const CHANNEL = 'sessions-revoked';

/** A token signed while its session was being revoked, by a clock a little ahead, dies before it is forgotten here. */
const MARGIN_MS = 60_000;

/** Beyond it the oldest, nearest to their end, are forgotten early: memory is bounded. */
const MAX_REMEMBERED = 500_000;

/** How long a revocation has to be kept, in milliseconds. */
export const revocationLifetimeMs = (config: Pick<Config, 'ACCESS_TOKEN_TTL_S'>): number =>
  config.ACCESS_TOKEN_TTL_S * 1_000 + MARGIN_MS;

/**
 * The sessions whose access tokens are refused, known in this process, so that a request is judged without a round trip.
 * A broadcast brings new ones to all instances at once; a look at the shared log several times a second brings those whose
 * message was lost; a new process reads what is there before it serves.
 */
@Injectable()
export class Revocations implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('Auth');
  /** Session id -> when it may be forgotten, on the monotonic clock; the oldest in front. */
  private readonly revoked = new Map<string, number>();
  private readonly lifetimeMs: number;
  private cursor: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private away = false;
  private readonly listeners: ((sessionIds: readonly string[]) => void)[] = [];

  constructor(
    private readonly log: RevocationLog,
    private readonly broadcast: Broadcast,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ACCESS_TOKEN_TTL_S' | 'REVOCATION_POLL_MS'>,
  ) {
    this.lifetimeMs = revocationLifetimeMs(config);
  }

  async onModuleInit(): Promise<void> {
    this.broadcast.subscribe(CHANNEL, (message) => this.remember(message.split(',')));
    await this.readOn();
    this.timer = setInterval(() => this.look(), this.config.REVOCATION_POLL_MS);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  has(sessionId: string): boolean {
    return this.revoked.has(sessionId);
  }

  /** @param listener called with each revocation that this process learns of, its own and those of others */
  onRevoked(listener: (sessionIds: readonly string[]) => void): void {
    this.listeners.push(listener);
  }

  /**
   * Refuses the access tokens of these sessions from now on, here at once and on all instances within a second.
   * @throws Problem dependency_unavailable where the log does not have them; who heard the broadcast refuses them all the same
   */
  async revoke(sessionIds: readonly string[], reason: RevocationReason): Promise<void> {
    if (sessionIds.length === 0) return;
    this.remember(sessionIds);
    this.metrics.sessionsRevoked.inc({ reason }, sessionIds.length);
    await this.broadcast.publish(CHANNEL, sessionIds.join(','));
    await this.log.add(sessionIds);
  }

  private look(): void {
    this.looking ??= this.readOn()
      .then(
        () => {
          this.away = false;
        },
        (error: unknown) => {
          if (!this.away)
            this.logger.warn({ err: error }, 'revocations cannot be read; those known still hold');
          this.away = true;
        },
      )
      .finally(() => (this.looking = undefined));
  }

  private async readOn(): Promise<void> {
    for (;;) {
      const { sessionIds, cursor } = await this.log.since(this.cursor);
      this.remember(sessionIds);
      this.cursor = cursor;
      if (sessionIds.length < REVOCATION_PAGE) return;
    }
  }

  private remember(sessionIds: readonly string[]): void {
    const now = this.clock.monotonic();
    for (const id of sessionIds) {
      this.revoked.delete(id);
      this.revoked.set(id, now + this.lifetimeMs);
    }
    for (const [id, until] of this.revoked) {
      if (until > now && this.revoked.size <= MAX_REMEMBERED) break;
      this.revoked.delete(id);
    }
    if (sessionIds.length > 0) for (const listener of this.listeners) listener(sessionIds);
  }
}
