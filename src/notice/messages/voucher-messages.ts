import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { MerchantActor } from '../../auth/index.js';
import { Clock } from '../../common/clock.js';
import { requireCursors } from '../../common/cursors.js';
import { firstIdOf, isId, newId } from '../../common/ids.js';
import { Problem } from '../../common/problems.js';
import { CONFIG, type Config } from '../../config/index.js';
import { AuditLog, auditActor } from '../../database/audit-log.js';
import { Database } from '../../database/database.js';
import type { NewestFirst } from '../../database/keyset.js';
import { pruneRows } from '../../database/prune.js';
import { MailOutbox, type BatchCounts } from '../../mail/index.js';
import type { VoucherView } from '../../voucher/index.js';
import type { MessageRequest } from './message.dto.js';
import { MESSAGES_OF_VOUCHER, readMessages, type SentMessage, type VoucherMessage } from './message-rows.js';

const DAY_MS = 86_400_000;

/** What merchants write to those who hold a voucher of theirs, without seeing who these are: `MessageMails` makes the mails. */
@Injectable()
export class VoucherMessages {
  constructor(
    private readonly db: Database,
    private readonly mails: MailOutbox,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    @Inject(CONFIG)
    private readonly config: Pick<Config, 'VOUCHER_MESSAGES_PER_DAY' | 'RETENTION_AUDIT_LOG_DAYS'>,
  ) {}

  /**
   * The voucher is the actor's. Of several at once no more than the day allows are taken.
   * @throws Problem taken_down, too_many_messages, mail_unavailable
   */
  async begin(actor: MerchantActor, voucher: VoucherView, asked: MessageRequest): Promise<SentMessage> {
    this.mails.requireAvailable();
    if (voucher.takenDownAt !== null) throw new Problem('taken_down');
    const now = this.clock.now();
    const { subject, text, statuses } = asked;
    const message: VoucherMessage = {
      id: newId('msg', now),
      voucherId: voucher.id,
      merchantId: actor.merchantId,
      subject,
      text,
      statuses,
      state: 'running',
      position: '',
      recipients: 0,
      createdAt: now,
      finishedAt: null,
    };
    await this.db.write(async (tx) => {
      await this.requireTurn(tx, voucher.id, now);
      await tx.query(
        `INSERT INTO voucher_messages (id, voucher_id, merchant_id, by_user, subject, body, statuses, state, created_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, 'running', ?)`,
        [message.id, voucher.id, actor.merchantId, actor.userId, subject, text, statuses.join(','), now],
      );
      await this.mails.openBatch(tx, message.id);
      await this.audit.record(tx, now, [
        {
          actor: auditActor(actor.userId, actor.merchantId),
          action: 'voucher.message_sent',
          objectType: 'voucher',
          objectId: voucher.id,
          details: { message: message.id, subject, statuses },
        },
      ]);
    });
    return { message, counts: NONE };
  }

  /** @throws Problem not_found */
  async find(voucherId: string, id: string): Promise<SentMessage> {
    const [message] = isId('msg', id)
      ? await readMessages(this.db.read, 'FROM voucher_messages WHERE id = ?', [id])
      : [];
    if (message?.voucherId !== voucherId) throw new Problem('not_found');
    return { message, counts: (await this.mails.batches([id])).get(id) ?? NONE };
  }

  /** Newest first; with `before` the other way round, and one more where there are more. @throws Problem validation_failed for an unknown cursor */
  async page(voucherId: string, page: NewestFirst): Promise<SentMessage[]> {
    await requireCursors(page, (id) => MESSAGES_OF_VOUCHER.holds(this.db.read, [voucherId], id));
    const [rest, values] = MESSAGES_OF_VOUCHER.newestFirst(this.db.dialect, [voucherId], page);
    const messages = await readMessages(this.db.read, rest, values);
    const counts = await this.mails.batches(messages.map(({ id }) => id));
    return messages.map((message) => ({ message, counts: counts.get(message.id) ?? NONE }));
  }

  /** Forgets messages that are older than the audit log reaches. */
  async prune(): Promise<void> {
    const before = firstIdOf('msg', this.clock.now() - this.config.RETENTION_AUDIT_LOG_DAYS * DAY_MS);
    await pruneRows(this.db, {
      table: 'voucher_messages',
      key: 'id',
      where: 'id < ?',
      values: [before],
      by: 'id',
    });
    await this.mails.pruneBatches(before);
  }

  /** The row of the voucher is held, so that those who come at once are counted one after the other. */
  private async requireTurn(tx: EntityManager, voucherId: string, now: number): Promise<void> {
    await tx.query(`SELECT id FROM vouchers WHERE id = ?${this.db.forUpdate}`, [voucherId]);
    const most = this.config.VOUCHER_MESSAGES_PER_DAY;
    const [rest, values] = MESSAGES_OF_VOUCHER.newestFirst(this.db.dialect, [voucherId], { limit: most - 1 });
    const latest = await readMessages(tx, rest, values);
    const waitMs = (latest[most - 1]?.createdAt ?? -DAY_MS) + DAY_MS - now;
    if (waitMs > 0) throw new Problem('too_many_messages', { retryAfterS: waitMs / 1_000 });
  }
}

const NONE: BatchCounts = { sent: 0, failed: 0 };
