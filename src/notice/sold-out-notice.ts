import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { CONFIG, type Config } from '../config/index.js';
import { affectedRows, Database, inList } from '../database/database.js';
import type { Language } from '../http/language.js';
import { mailLanguage, MailOutbox, UnsubscribeTokens } from '../mail/index.js';
import { namedVouchers, type NamedVoucher } from './voucher-names.js';

/** Whoever does not read it by then has seen the board. */
const LIFETIME_MS = 86_400_000;

interface StaffMember {
  readonly id: string;
  readonly email: string;
  readonly email_verified_at: number | string | null;
  readonly language: Language | null;
}

/**
 * Mails to the owners and editors of a merchant whose voucher has no unit left in the books. One for each total: units that come back
 * and go again are no news, units that were added and went are.
 */
@Injectable()
export class SoldOutNotice {
  constructor(
    private readonly db: Database,
    private readonly mails: MailOutbox,
    private readonly unsubscribe: UnsubscribeTokens,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicUrl'>,
  ) {}

  /** Of vouchers of which units were issued, those that are sold out now. */
  async add(tx: EntityManager, voucherIds: readonly string[]): Promise<void> {
    if (voucherIds.length === 0) return;
    const gone: { voucher_id: string; total: number | string }[] = await tx.query(
      `SELECT voucher_id, total FROM voucher_stock WHERE voucher_id IN (${inList(voucherIds.length)}) AND issued >= total`,
      [...voucherIds],
    );
    for (const { voucher_id: id, total } of gone) {
      const told = await affectedRows(
        tx,
        `${this.db.insertIgnore} sold_out_mails (voucher_id, total, created_at) VALUES (?, ?, ?)`,
        [id, Number(total), this.clock.now()],
      );
      const voucher = told === 1 ? (await namedVouchers(tx, [id])).get(id) : undefined;
      if (voucher) await this.tell(tx, voucher);
    }
  }

  private async tell(
    tx: EntityManager,
    { id, title, merchantId, merchantZone }: NamedVoucher,
  ): Promise<void> {
    const staff: StaffMember[] = await tx.query(
      `SELECT u.id, u.email, u.email_verified_at, p.language FROM users u LEFT JOIN mail_preferences p ON p.user_id = u.id
        WHERE u.merchant_id = ? AND u.merchant_role IN ('owner', 'editor') AND u.email IS NOT NULL
          AND (p.sold_out IS NULL OR p.sold_out = 1)`,
      [merchantId],
    );
    await this.mails.addAll(
      tx,
      staff.map(({ id: userId, email, email_verified_at: provedAt, language }) => ({
        kind: 'sold_out',
        params: {
          url: `${this.config.publicUrl}/console/vouchers/${id}`,
          unsubscribeUrl: this.unsubscribe.urlFor({ userId, list: 'sold_out' }),
          title: provedAt === null ? null : title,
        },
        to: email,
        userId,
        language: mailLanguage(language, merchantZone),
        lifetimeMs: LIFETIME_MS,
      })),
    );
  }
}
