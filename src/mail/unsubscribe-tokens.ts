import { createHmac, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { deriveKey } from '../common/derive-key.js';
import { Problem } from '../common/problems.js';
import { CONFIG, type Config } from '../config/index.js';

/** Kinds of mails that a person can end; each has a switch in the account, reminders one on each drop, mails of merchants one for each. */
const MAIL_LISTS = ['opens_soon', 'claim_issued', 'waiting_offer', 'sold_out', 'merchant_message'] as const;
export type MailList = (typeof MAIL_LISTS)[number];

export type Unsubscription =
  | { readonly userId: string; readonly list: Exclude<MailList, 'merchant_message'> }
  | { readonly userId: string; readonly list: 'merchant_message'; readonly merchantId: string };

/**
 * What stands in the links of mails by which one gets no more of them: signed, so that nobody ends those of others, and good as long as
 * the mail lies in a mailbox. It lets nobody in.
 */
@Injectable()
export class UnsubscribeTokens {
  private readonly key: Buffer;

  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'JWT_SECRET' | 'publicUrl'>) {
    this.key = deriveKey(config.JWT_SECRET, 'unsubscribe');
  }

  urlFor(whom: Unsubscription): string {
    const { userId, list } = whom;
    const named = `${userId}.${list}${'merchantId' in whom ? `.${whom.merchantId}` : ''}`;
    return `${this.config.publicUrl}/unsubscribe?token=${named}.${this.sign(named)}`;
  }

  /** @throws Problem invalid_link */
  read(token: string): Unsubscription {
    const end = token.lastIndexOf('.');
    const named = token.slice(0, Math.max(0, end));
    const [userId = '', name, merchantId] = named.split('.');
    const list = MAIL_LISTS.find((one) => one === name);
    const right = Buffer.from(this.sign(named));
    const given = Buffer.from(token.slice(end + 1));
    if (!list || given.length !== right.length || !timingSafeEqual(given, right))
      throw new Problem('invalid_link');
    if (list !== 'merchant_message') return { userId, list };
    if (merchantId === undefined) throw new Problem('invalid_link');
    return { userId, list, merchantId };
  }

  private sign(named: string): string {
    return createHmac('sha256', this.key).update(named).digest('base64url');
  }
}
