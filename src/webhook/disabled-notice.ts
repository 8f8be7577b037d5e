import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CONFIG, type Config } from '../config/index.js';
import type { Language } from '../http/language.js';
import { mailLanguage, MailOutbox } from '../mail/index.js';
import type { GivenUpReason, WebhookEndpoint } from './endpoint.store.js';

/** Whoever does not read it by then has found out otherwise. */
const LIFETIME_MS = 3 * 86_400_000;

interface Owner {
  readonly id: string;
  readonly email: string;
  readonly language: Language | null;
  readonly time_zone: string;
}

/** Mails to the owners of a merchant whose webhook was disabled without them. */
@Injectable()
export class DisabledNotice {
  private readonly logger = new Logger('Webhooks');

  constructor(
    private readonly outbox: MailOutbox,
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicUrl'>,
  ) {}

  /** In the transaction that disables it. Where no mail leaves here, log and audit log have to do. */
  async add(tx: EntityManager, endpoint: WebhookEndpoint, reason: GivenUpReason, at: number): Promise<void> {
    const { id: webhook, merchantId } = endpoint;
    if (!this.outbox.isAvailable) return;
    const owners: Owner[] = await tx.query(
      `SELECT u.id, u.email, p.language, m.time_zone FROM users u JOIN merchants m ON m.id = u.merchant_id
        LEFT JOIN mail_preferences p ON p.user_id = u.id
        WHERE u.merchant_id = ? AND u.merchant_role = 'owner' AND u.email IS NOT NULL`,
      [merchantId],
    );
    for (const { id: userId, email, language, time_zone: zone } of owners) {
      await this.outbox.add(tx, {
        kind: 'webhook_disabled',
        params: { webhook, reason, url: `${this.config.publicUrl}/console` },
        to: email,
        userId,
        language: mailLanguage(language, zone),
        lifetimeMs: LIFETIME_MS,
        once: `${webhook}:${at}:${userId}`,
      });
    }
    if (owners.length === 0) this.logger.warn({ webhook, merchantId }, 'no owner to be told of a webhook');
  }
}
