import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { CONFIG, type Config } from '../config/index.js';
import { affectedRows, Database, inList } from '../database/database.js';
import { inBatches, PRUNE_ROWS } from '../database/prune.js';
import type { Language } from '../http/language.js';
import { mailLanguage, MailOutbox, UnsubscribeTokens } from '../mail/index.js';
import { namedVouchers, type NamedVoucher } from './voucher-names.js';

/** How long before the opening people are told. */
export const REMIND_MS = 600_000;
/** Wishes that one transaction answers. */
const BATCH = 200;
/** Of one voucher in one run, before others and the next run have their turn. */
const ROUND_MAX = 5_000;

interface Opening {
  readonly id: string;
  readonly opens_at: number | string;
}

interface Wish {
  readonly user_id: string;
  readonly email: string | null;
  readonly proved: number | string | null;
  readonly language: Language | null;
}

/** "Opens in 10 minutes": who asked for it on the page of a drop is mailed once before each opening of it, also one that was moved. */
@Injectable()
export class OpeningMails {
  constructor(
    private readonly db: Database,
    private readonly mails: MailOutbox,
    private readonly unsubscribe: UnsubscribeTokens,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicUrl'>,
  ) {}

  /** The job: vouchers that open within 10 minutes. Of several processes that look at the same wish one writes its mail. */
  async run(): Promise<void> {
    if (!this.mails.isAvailable) return;
    const now = this.clock.now();
    const openings: Opening[] = await this.db.read.query(
      `SELECT id, opens_at FROM vouchers WHERE status = 'scheduled' AND opens_at > ? AND opens_at <= ?`,
      [now, now + REMIND_MS],
    );
    if (openings.length === 0) return;
    const named = await namedVouchers(
      this.db.read,
      openings.map(({ id }) => id),
    );
    for (const { id, opens_at: opensAt } of openings) {
      const voucher = named.get(id);
      if (!voucher) continue;
      let after: string | undefined = '';
      for (let told = 0; after !== undefined && told < ROUND_MAX; told += BATCH)
        after = await this.tell(voucher, Number(opensAt), after);
    }
  }

  /** Forgets wishes of vouchers whose window is over. @returns how many */
  prune(): Promise<number> {
    return inBatches(async () => {
      const over: { voucher_id: string; user_id: string }[] = await this.db.read.query(
        `SELECT w.voucher_id, w.user_id FROM mail_wishes w LEFT JOIN vouchers v ON v.id = w.voucher_id
          WHERE v.id IS NULL OR v.closes_at < ? OR v.status IN ('ended', 'archived') LIMIT ${PRUNE_ROWS}`,
        [this.clock.now()],
      );
      const vouchers = [...new Set(over.map(({ voucher_id: id }) => id))];
      await this.db.write(async (tx) => {
        for (const id of vouchers) {
          const users = over.filter((wish) => wish.voucher_id === id).map(({ user_id: user }) => user);
          await tx.query(
            `DELETE FROM mail_wishes WHERE voucher_id = ? AND user_id IN (${inList(users.length)})`,
            [id, ...users],
          );
        }
      });
      return over.length;
    });
  }

  /** @param after user up to whom it has been done @returns the last one of these; `undefined` where there are no more */
  private async tell(voucher: NamedVoucher, opensAt: number, after: string): Promise<string | undefined> {
    const wishes: Wish[] = await this.db.read.query(
      `SELECT w.user_id, u.email, u.email_verified_at AS proved, p.language FROM mail_wishes w
        LEFT JOIN users u ON u.id = w.user_id LEFT JOIN mail_preferences p ON p.user_id = w.user_id
        WHERE w.voucher_id = ? AND w.user_id > ? AND w.told_of <> ? ORDER BY w.user_id LIMIT ${BATCH}`,
      [voucher.id, after, opensAt],
    );
    await this.db.write(async (tx) => {
      const mails = [];
      for (const wish of wishes) {
        const taken = await affectedRows(
          tx,
          'UPDATE mail_wishes SET told_of = ? WHERE voucher_id = ? AND user_id = ? AND told_of <> ?',
          [opensAt, voucher.id, wish.user_id, opensAt],
        );
        // Another process has taken it, or the account is gone or without a proved address.
        if (taken === 1 && wish.email !== null && wish.proved !== null)
          mails.push(this.mailOf(voucher, opensAt, { ...wish, email: wish.email }));
      }
      await this.mails.addAll(tx, mails);
    });
    return wishes.length < BATCH ? undefined : wishes.at(-1)?.user_id;
  }

  private mailOf(voucher: NamedVoucher, opensAt: number, wish: Wish & { readonly email: string }) {
    const { id, title, merchant, zone, merchantZone } = voucher;
    const { user_id: userId, email, language } = wish;
    return {
      kind: 'opens_soon',
      params: {
        url: `${this.config.publicUrl}/drops/${id}`,
        unsubscribeUrl: this.unsubscribe.urlFor({ userId, list: 'opens_soon' }),
        title,
        merchant,
        opensAt,
        zone,
      },
      to: email,
      userId,
      language: mailLanguage(language, merchantZone),
      lifetimeMs: Math.max(0, opensAt - this.clock.now()),
      once: `${id}/${userId}/${opensAt}`,
    } as const;
  }
}
