import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { inLanes } from '../common/lanes.js';
import { CONFIG, type Config } from '../config/index.js';
import { Metrics } from '../observability/metrics.js';
import { MailOutbox, type WaitingMail } from './mail-outbox.js';
import { Mailer, MailRefused, MailServerAway } from './ports/mailer.js';
import { pauseAfter, serverPause } from './retry-schedule.js';
import { renderMail } from './templates/render.js';
import { wordsOf } from './templates/templates.js';

const BATCH = 50;
/** Connections to the mail server at once. */
const PARALLEL = 5;
const LEASE_MARGIN_MS = 30_000;
const KEEP_MS = 7 * 86_400_000;

/**
 * Sends the mails that are due. A mail is tried by one process at a time, until it has left, was refused for good, or is of no use any
 * more. While the server is away this process leaves it alone for longer and longer, and the mails wait.
 *
 * "Once" has one exception that no client of SMTP can close: a process that dies, or a connection that breaks, after the server took
 * the mail and before that is written here. Then it goes out again under the same `Message-ID`.
 */
@Injectable()
export class MailRelay implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Mail');
  private failures = 0;
  /** On the monotonic clock. */
  private awayUntil = 0;
  private stopped = false;

  constructor(
    private readonly outbox: MailOutbox,
    @Inject(Mailer) private readonly mailer: Mailer | undefined,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    @Inject(CONFIG) private readonly config: Pick<Config, 'MAIL_TIMEOUT_MS'>,
  ) {}

  async run(): Promise<void> {
    const { mailer } = this;
    if (mailer) while (this.mayTry() && (await this.relay(mailer)));
    const { waiting, oldestAt } = await this.outbox.backlog();
    this.metrics.mailsWaiting.set(waiting);
    this.metrics.mailsOldest.set(oldestAt === undefined ? 0 : (this.clock.now() - oldestAt) / 1_000);
  }

  /** Forgets mails that ended a week ago. */
  prune(): Promise<number> {
    return this.outbox.prune(this.clock.now() - KEEP_MS);
  }

  beforeApplicationShutdown(): void {
    this.stopped = true;
  }

  private mayTry(): boolean {
    return !this.stopped && this.clock.monotonic() >= this.awayUntil;
  }

  /** @returns whether there may be more */
  private async relay(mailer: Mailer): Promise<boolean> {
    const batch = await this.outbox.due(BATCH);
    await inLanes(PARALLEL, batch, async (mail) => {
      if (this.mayTry() && (await this.outbox.take(mail, this.config.MAIL_TIMEOUT_MS + LEASE_MARGIN_MS)))
        await this.attempt(mailer, mail);
    });
    return batch.length === BATCH;
  }

  private async attempt(mailer: Mailer, mail: WaitingMail): Promise<void> {
    const { id, to, kind, params, language } = mail;
    if (this.clock.now() >= mail.expiresAt) return this.bury(mail, 'not sent in time');
    if (!params) return this.bury(mail, 'sealed with another JWT_SECRET');
    try {
      await mailer.send({ id, to, language, ...renderMail(wordsOf(kind, params, language), language) });
    } catch (error) {
      return this.failed(mail, error as Error);
    }
    this.failures = 0;
    await this.outbox.sent(mail);
    this.metrics.mails.inc({ outcome: 'sent' });
  }

  private async failed(mail: WaitingMail, error: Error): Promise<void> {
    if (error instanceof MailRefused) return this.bury(mail, error.message);
    if (error instanceof MailServerAway) this.leaveAlone(error);
    else this.failures = 0;
    const { attempts, createdAt, expiresAt } = mail;
    const pause = pauseAfter(attempts + 1, expiresAt - createdAt, Math.random());
    // At the end it is tried, or given up, in time to be told.
    const left = Math.max(0, expiresAt - this.clock.now());
    await this.outbox.postpone(mail, Math.min(pause, left), error.message);
    this.metrics.mails.inc({ outcome: 'postponed' });
  }

  private leaveAlone(error: Error): void {
    if (!this.mayTry()) return; // those that were under way met the same failure
    this.failures += 1;
    const pause = serverPause(this.failures);
    this.awayUntil = this.clock.monotonic() + pause;
    this.logger.warn({ err: error, pause_ms: pause }, 'the mail server takes no mails; they wait');
  }

  /** Loud, and kept for a week with its reason: a mail that somebody waits for. */
  private async bury(mail: WaitingMail, reason: string): Promise<void> {
    await this.outbox.dead(mail, reason);
    this.metrics.mails.inc({ outcome: 'dead' });
    this.logger.warn(
      { event: 'mail_dead', mail: mail.id, kind: mail.kind, attempts: mail.attempts, reason },
      'a mail will never leave',
    );
  }
}
