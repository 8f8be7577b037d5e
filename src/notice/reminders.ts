import { Injectable } from '@nestjs/common';
import { User } from '../auth/index.js';
import { Clock } from '../common/clock.js';
import { Problem } from '../common/problems.js';
import { Database } from '../database/database.js';
import type { Language } from '../http/language.js';
import { MailOutbox, MailPreferences } from '../mail/index.js';
import { VoucherCatalogue, type VoucherView } from '../voucher/index.js';
import { REMIND_MS } from './opening-mails.js';

/** Whether somebody is told before a voucher opens. */
export interface Reminder {
  readonly voucherId: string;
  readonly state: 'on' | 'off' | 'unavailable';
  /** Ms since 1970. */
  readonly at: number;
}

/** Who asks for a mail before a voucher opens: `OpeningMails` sends it. */
@Injectable()
export class Reminders {
  constructor(
    private readonly db: Database,
    private readonly vouchers: VoucherCatalogue,
    private readonly mails: MailOutbox,
    private readonly preferences: MailPreferences,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem not_found */
  async find(userId: string, voucherId: string): Promise<Reminder> {
    const voucher = await this.voucher(voucherId);
    if (!this.mails.isAvailable) return reminder(voucher, 'unavailable');
    const rows: unknown[] = await this.db.read.query(
      'SELECT told_of FROM mail_wishes WHERE voucher_id = ? AND user_id = ?',
      [voucherId, userId],
    );
    return reminder(voucher, rows.length === 0 ? 'off' : 'on');
  }

  /**
   * Asking again changes nothing.
   * @param language of the page, for who never chose one
   * @throws Problem not_found, mail_unavailable, email_unverified; already_open, voucher_ended
   */
  async ask(userId: string, voucherId: string, language: Language): Promise<Reminder> {
    const voucher = await this.voucher(voucherId);
    if (voucher.status === 'ended') throw new Problem('voucher_ended');
    if (voucher.status !== 'scheduled') throw new Problem('already_open');
    this.mails.requireAvailable();
    const user = await this.db.read.findOneBy(User, { id: userId });
    if (!user) throw new Problem('unauthenticated');
    if (user.email === null || user.emailVerifiedAt === null) throw new Problem('email_unverified');
    await this.db.write(async (tx) => {
      await this.preferences.suggest(tx, userId, language);
      await tx.query(
        `${this.db.insertIgnore} mail_wishes (voucher_id, user_id, told_of, created_at) VALUES (?, ?, 0, ?)`,
        [voucherId, userId, this.clock.now()],
      );
    });
    return reminder(voucher, 'on');
  }

  /** Taking back what nobody asked for changes nothing. */
  async takeBack(userId: string, voucherId: string): Promise<void> {
    await this.db.write((tx) =>
      tx.query('DELETE FROM mail_wishes WHERE voucher_id = ? AND user_id = ?', [voucherId, userId]),
    );
  }

  private async voucher(id: string): Promise<VoucherView> {
    const voucher = await this.vouchers.findPublic(id);
    if (!voucher) throw new Problem('not_found');
    return voucher;
  }
}

const reminder = ({ id, opensAt }: VoucherView, state: Reminder['state']): Reminder => ({
  voucherId: id,
  state,
  at: opensAt - REMIND_MS,
});
