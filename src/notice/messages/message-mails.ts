import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ClaimColumns, claimsByHolderAnywhere } from '../../claim/index.js';
import { Clock } from '../../common/clock.js';
import { CONFIG, type Config } from '../../config/index.js';
import { affectedRows, Database, inList } from '../../database/database.js';
import type { Language } from '../../http/language.js';
import { mailLanguage, MailOutbox, UnsubscribeTokens, type NewMail } from '../../mail/index.js';
import { namedVouchers, type NamedVoucher } from '../voucher-names.js';
import { readMessages, type VoucherMessage } from './message-rows.js';

/** Claims that one transaction looks at. */
const BATCH = 200;
/** Mails of messages that wait at once: the outbox stays small, and who unsubscribes meanwhile is spared. */
const WAITING_MAX = 1_000;
/** Messages that take turns, a batch each. */
const SIDE_BY_SIDE = 10;
/** A run ends after it, so that a process can stop; the next one goes on where this one was. */
const RUN_MS = 2_000;
/** What has not left by then is no news any more. */
const LIFETIME_MS = 3 * 86_400_000;
const HOLDER = new ClaimColumns('id', 'userId', 'ordinal');
const LAST_ORDINAL = Number.MAX_SAFE_INTEGER;

interface Reader {
  readonly id: string;
  readonly email: string;
  readonly language: Language | null;
}

/**
 * Makes the mails of messages that merchants write, a batch of holders at a time. The progress is written with the mails, so whoever
 * goes on after a death repeats nothing and leaves nobody out; of two that run at once, the second finds that its step was made. A
 * person who holds several claims gets one mail.
 */
@Injectable()
export class MessageMails {
  private readonly logger = new Logger('Messages');

  constructor(
    private readonly db: Database,
    private readonly mails: MailOutbox,
    private readonly unsubscribe: UnsubscribeTokens,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicUrl'>,
  ) {}

  /** The job. */
  async run(): Promise<void> {
    if (!this.mails.isAvailable) return;
    await this.withdrawForbidden();
    const started = this.clock.monotonic();
    for (let some = true; some;) {
      const messages = await readMessages(
        this.db.read,
        `FROM voucher_messages WHERE state = 'running' ORDER BY id LIMIT ${SIDE_BY_SIDE}`,
        [],
      );
      some = false;
      for (const message of messages) {
        if (this.clock.monotonic() - started > RUN_MS) return;
        if ((await this.mails.waiting('merchant_message', WAITING_MAX)) >= WAITING_MAX) return;
        some = (await this.step(message)) || some;
      }
    }
  }

  /** @returns whether something was done */
  private async step(message: VoucherMessage): Promise<boolean> {
    const expiresAt = message.createdAt + LIFETIME_MS;
    const isOver = this.clock.now() >= expiresAt || (await this.forbidden([message.id])).length > 0;
    const holders = isOver ? [] : await this.holdersAfter(message);
    const last = holders.at(-1);
    const voucher = (await namedVouchers(this.db.read, [message.voucherId])).get(message.voucherId);
    if (last === undefined || !voucher) return this.finish(message, isOver ? 'stopped' : 'done');
    return this.db.write(async (tx) => {
      // Before anything else, so that of two who are at it one waits here and finds the step made.
      const taken = await affectedRows(
        tx,
        `UPDATE voucher_messages SET position = ? WHERE id = ? AND state = 'running' AND position = ?`,
        [last, message.id, message.position],
      );
      if (taken === 0) return false;
      const readers = await this.readersOf(tx, message.merchantId, [...new Set(holders)]);
      const lifetimeMs = expiresAt - this.clock.now();
      await this.mails.addAll(
        tx,
        readers.map((reader) => this.mailOf(message, voucher, reader, lifetimeMs)),
      );
      await tx.query('UPDATE voucher_messages SET recipients = recipients + ? WHERE id = ?', [
        readers.length,
        message.id,
      ]);
      return true;
    });
  }

  /** Mails that were made and have not left stay here, also of messages whose last mail was made. */
  private async withdrawForbidden(): Promise<void> {
    const batches = await this.mails.waitingBatches('merchant_message', 2 * WAITING_MAX);
    for (const id of await this.forbidden(batches)) {
      const withdrawn = await this.db.write(async (tx) => {
        await tx.query(
          `UPDATE voucher_messages SET state = 'stopped', finished_at = COALESCE(finished_at, ?) WHERE id = ?`,
          [this.clock.now(), id],
        );
        return this.mails.withdraw(
          tx,
          'merchant_message',
          id,
          'taken down, or of a merchant that was disabled',
        );
      });
      this.logger.log({ message: id, withdrawn }, 'mails of a message that may not leave any more');
    }
  }

  /** Nothing more leaves for a voucher that was taken down, or of a merchant that was disabled. @returns ids of such messages */
  private async forbidden(messages: readonly string[]): Promise<string[]> {
    if (messages.length === 0) return [];
    const rows: { id: string }[] = await this.db.read.query(
      `SELECT m.id FROM voucher_messages m WHERE m.id IN (${inList(messages.length)})
        AND (EXISTS (SELECT 1 FROM vouchers v WHERE v.id = m.voucher_id AND v.taken_down_at IS NOT NULL)
          OR EXISTS (SELECT 1 FROM disabled_accounts d WHERE d.id = m.merchant_id))`,
      [...messages],
    );
    return rows.map(({ id }) => id);
  }

  /** Of the next claims; who holds several stands there several times, one after the other. Claims that came after the message are not meant. */
  private async holdersAfter({
    voucherId,
    position,
    statuses,
    createdAt,
  }: VoucherMessage): Promise<string[]> {
    const claims = await claimsByHolderAnywhere(this.db, HOLDER, {
      voucherId,
      after: { userId: position, ordinal: LAST_ORDINAL },
      limit: BATCH,
      only: { statuses, createdTo: createdAt },
    });
    return claims.map(({ userId }) => userId);
  }

  /** Whose address is proved, and who did not refuse the merchant. */
  private readersOf(tx: EntityManager, merchantId: string, users: readonly string[]): Promise<Reader[]> {
    return tx.query(
      `SELECT u.id, u.email, p.language FROM users u LEFT JOIN mail_preferences p ON p.user_id = u.id
        LEFT JOIN merchant_mail_refusals r ON r.user_id = u.id AND r.merchant_id = ?
        WHERE u.id IN (${inList(users.length)}) AND u.email IS NOT NULL AND u.email_verified_at IS NOT NULL
          AND r.user_id IS NULL`,
      [merchantId, ...users],
    );
  }

  private mailOf(
    { id, voucherId, merchantId, subject, text }: VoucherMessage,
    { title, merchant, merchantZone, contact }: NamedVoucher,
    { id: userId, email, language }: Reader,
    lifetimeMs: number,
  ): NewMail<'merchant_message'> {
    return {
      kind: 'merchant_message',
      params: {
        url: `${this.config.publicUrl}/drops/${voucherId}`,
        unsubscribeUrl: this.unsubscribe.urlFor({ userId, list: 'merchant_message', merchantId }),
        title,
        merchant,
        subject,
        text,
        contact,
      },
      to: email,
      userId,
      language: mailLanguage(language, merchantZone),
      lifetimeMs,
      once: `${id}/${userId}`,
      batch: id,
    };
  }

  private async finish({ id, position }: VoucherMessage, state: 'done' | 'stopped'): Promise<boolean> {
    const finished = await this.db.write((tx) =>
      affectedRows(
        tx,
        `UPDATE voucher_messages SET state = ?, finished_at = ? WHERE id = ? AND state = 'running' AND position = ?`,
        [state, this.clock.now(), id, position],
      ),
    );
    if (finished === 1) this.logger.log({ message: id, state }, 'all mails of a message are made');
    return finished === 1;
  }
}
