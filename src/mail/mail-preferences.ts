import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../common/clock.js';
import { Database, inList } from '../database/database.js';
import type { Language } from '../http/language.js';
import type { MailList, Unsubscription } from './unsubscribe-tokens.js';

/** Which mails a user gets. */
export interface MailChoices {
  /** `null` while nobody has chosen one. */
  readonly language: Language | null;
  readonly claim_issued: boolean;
  readonly waiting_offer: boolean;
  readonly sold_out: boolean;
}

/** A merchant whose mails a user refused. */
export interface RefusedMerchant {
  readonly id: string;
  readonly name: string;
}

/** What is left out stays. */
type MailChanges = { readonly [K in keyof MailChoices]?: MailChoices[K] | undefined };
const COLUMNS = ['language', 'claim_issued', 'waiting_offer', 'sold_out'] as const;

/** Of who never chose. News of one's own claims is asked for; an offer is lost where nobody hears of it. */
const DEFAULTS: MailChoices = { language: null, claim_issued: false, waiting_offer: true, sold_out: true };

interface Row {
  readonly language: Language | null;
  readonly claim_issued: number;
  readonly waiting_offer: number;
  readonly sold_out: number;
}

/** Where a merchant works tells in which language its mails are, and those about it, to who never chose one. */
const CHINESE_ZONES = /^(Asia\/(Shanghai|Chongqing|Harbin|Urumqi|Kashgar|Hong_Kong|Macau|Taipei)|PRC|ROC)$/;

/** @param chosen by the user @param zone of the merchant, an IANA name */
export const mailLanguage = (chosen: Language | null, zone: string): Language =>
  chosen ?? (CHINESE_ZONES.test(zone) ? 'zh' : 'en');

/** Which mails people want, and in which language: a row for each who ever said so. */
@Injectable()
export class MailPreferences {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  async of(userId: string): Promise<MailChoices> {
    const [row] = await this.db.read.query<Row[]>(
      'SELECT language, claim_issued, waiting_offer, sold_out FROM mail_preferences WHERE user_id = ?',
      [userId],
    );
    if (!row) return DEFAULTS;
    return {
      language: row.language,
      claim_issued: Number(row.claim_issued) === 1,
      waiting_offer: Number(row.waiting_offer) === 1,
      sold_out: Number(row.sold_out) === 1,
    };
  }

  /** Of an account that is there; of one that is gone nothing is kept. */
  async change(userId: string, changes: MailChanges): Promise<void> {
    const columns = COLUMNS.filter((name) => changes[name] !== undefined);
    const set = [...columns, 'updated_at'].map((name) => `${name} = ?`).join(', ');
    const values = columns.map((name) => (name === 'language' ? changes[name] : Number(changes[name])));
    await this.db.write(async (tx) => {
      await this.begin(tx, userId);
      await tx.query(`UPDATE mail_preferences SET ${set} WHERE user_id = ?`, [
        ...values,
        this.clock.now(),
        userId,
      ]);
    });
  }

  /** The language of somebody's page, for those who never chose one. */
  async suggest(tx: EntityManager, userId: string, language: Language): Promise<void> {
    await this.begin(tx, userId);
    await tx.query('UPDATE mail_preferences SET language = ? WHERE user_id = ? AND language IS NULL', [
      language,
      userId,
    ]);
  }

  /** By name. */
  refusedMerchants(userId: string): Promise<RefusedMerchant[]> {
    return this.db.read.query(
      `SELECT m.id, m.name FROM merchant_mail_refusals r JOIN merchants m ON m.id = r.merchant_id
        WHERE r.user_id = ? ORDER BY m.name, m.id`,
      [userId],
    );
  }

  /** Merchants may write to the user again. Where one was not refused, nothing changes. */
  async allowMerchants(userId: string, merchantIds: readonly string[]): Promise<void> {
    if (merchantIds.length === 0) return;
    await this.db.write((tx) =>
      tx.query(
        `DELETE FROM merchant_mail_refusals WHERE user_id = ? AND merchant_id IN (${inList(merchantIds.length)})`,
        [userId, ...merchantIds],
      ),
    );
  }

  /** No more mails of a list. Doing it again, or for an account that is gone, changes nothing. */
  async unsubscribe(whom: Unsubscription): Promise<void> {
    const { userId, list } = whom;
    if (list === 'merchant_message') return this.refuseMerchant(userId, whom.merchantId);
    if (list !== 'opens_soon') return this.change(userId, SWITCHED_OFF[list]);
    await this.db.write((tx) => tx.query('DELETE FROM mail_wishes WHERE user_id = ?', [userId]));
  }

  private async refuseMerchant(userId: string, merchantId: string): Promise<void> {
    await this.db.write((tx) =>
      tx.query(
        `${this.db.insertIgnore} merchant_mail_refusals (user_id, merchant_id, created_at)
          SELECT u.id, m.id, ? FROM users u, merchants m WHERE u.id = ? AND m.id = ?`,
        [this.clock.now(), userId, merchantId],
      ),
    );
  }

  private async begin(tx: EntityManager, userId: string): Promise<void> {
    const { claim_issued: claims, waiting_offer: offers, sold_out: soldOut } = DEFAULTS;
    await tx.query(
      `${this.db.insertIgnore} mail_preferences (user_id, language, claim_issued, waiting_offer, sold_out, updated_at)
        SELECT id, NULL, ${Number(claims)}, ${Number(offers)}, ${Number(soldOut)}, ? FROM users WHERE id = ?`,
      [this.clock.now(), userId],
    );
  }
}

const SWITCHED_OFF = {
  claim_issued: { claim_issued: false },
  waiting_offer: { waiting_offer: false },
  sold_out: { sold_out: false },
} as const satisfies Record<Exclude<MailList, 'opens_soon' | 'merchant_message'>, MailChanges>;
