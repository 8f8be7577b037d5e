import { createHmac, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { deriveKey } from '../common/derive-key.js';
import { Problem } from '../common/problems.js';
import { CONFIG, type Config } from '../config/index.js';
import { sessionSecrets, type SessionSecrets } from '../config/secrets.js';

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
  /** The first signs; mails that were signed by the one before lie in mailboxes. */
  private readonly keys: readonly Buffer[];

  constructor(@Inject(CONFIG) private readonly config: SessionSecrets & Pick<Config, 'publicUrl'>) {
    this.keys = sessionSecrets(config).map((secret) => deriveKey(secret, 'unsubscribe'));
  }

  urlFor(whom: Unsubscription): string {
    const { userId, list } = whom;
    const named = `${userId}.${list}${'merchantId' in whom ? `.${whom.merchantId}` : ''}`;
    return `${this.config.publicUrl}/unsubscribe?token=${named}.${this.signatures(named)[0]}`;
  }

  /** @throws Problem invalid_link */
  read(token: string): Unsubscription {
    const end = token.lastIndexOf('.');
    const named = token.slice(0, Math.max(0, end));
    const [userId = '', name, merchantId] = named.split('.');
    const list = MAIL_LISTS.find((one) => one === name);
    const given = Buffer.from(token.slice(end + 1));
    const isOurs = this.signatures(named)
      .map((signature) => Buffer.from(signature))
      .some((right) => given.length === right.length && timingSafeEqual(given, right));
    if (!list || !isOurs) throw new Problem('invalid_link');
    if (list !== 'merchant_message') return { userId, list };
    if (merchantId === undefined) throw new Problem('invalid_link');
    return { userId, list, merchantId };
  }

  private signatures(named: string): string[] {
    return this.keys.map((key) => createHmac('sha256', key).update(named).digest('base64url'));
  }
}
