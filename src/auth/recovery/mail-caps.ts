import { createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { clientKey } from '../../common/address.js';
import { deriveKey } from '../../common/derive-key.js';
import { mailboxOf } from '../../common/mailbox.js';
import { Problem } from '../../common/problems.js';
import { context } from '../../common/request-context.js';
import { CONFIG, type Config } from '../../config/index.js';
import { RateLimiter, type RateLimitRule } from '../../rate-limit/index.js';

const HOUR_MS = 3_600_000;

/** What all addresses of one mailbox get that nobody has proved, against what one address gets. */
const BY_ALL_ADDRESSES = 3;

/**
 * How many mails strangers can have sent to an address, and one client to any. Addresses without an account count like others, so a
 * refusal does not tell which exist. An address refills faster than its links expire: whoever uses its share up fills it with
 * links that are good for its owner.
 *
 * A mailbox has as many addresses as somebody can think of tags, and an account can be made with each. So addresses that nobody has
 * proved share what their mailbox gets; one that was proved does not, so that strangers keep no owner out.
 */
@Injectable()
export class MailCaps {
  private readonly hashKey: Buffer;
  private readonly client: RateLimitRule;
  private readonly address: RateLimitRule;
  private readonly mailbox: RateLimitRule;

  constructor(
    private readonly limiter: RateLimiter,
    @Inject(CONFIG)
    config: Pick<Config, 'JWT_SECRET' | 'ACCOUNT_MAILS_PER_MAILBOX' | 'ACCOUNT_MAILS_PER_ADDRESS_PER_DAY'>,
  ) {
    this.hashKey = deriveKey(config.JWT_SECRET, 'mailboxes');
    const bucket = { algorithm: 'token-bucket', scope: 'shared', whenAway: 'refuse' } as const;
    this.client = {
      ...bucket,
      name: 'account-mails-address',
      limit: config.ACCOUNT_MAILS_PER_ADDRESS_PER_DAY,
      windowMs: 24 * HOUR_MS,
    };
    const some = { ...bucket, windowMs: 4 * HOUR_MS };
    const limit = config.ACCOUNT_MAILS_PER_MAILBOX;
    this.address = { ...some, name: 'account-mails-mailbox', limit };
    this.mailbox = { ...some, name: 'account-mails-unproved', limit: limit * BY_ALL_ADDRESSES };
  }

  /** Counts a mail to `email`. @throws Problem too_many_mails */
  async take(email: string): Promise<void> {
    // The client first: one that had its share must not use up that of a mailbox.
    await this.count(this.client, clientKey(context.address() ?? 'unknown'));
    await this.count(this.address, this.hash(email));
  }

  /** Counts a mail to an address that may be anybody's, for all addresses of its mailbox. @throws Problem too_many_mails */
  async takeUnproved(email: string): Promise<void> {
    await this.count(this.mailbox, this.hash(mailboxOf(email)));
  }

  private hash(text: string): string {
    return createHmac('sha256', this.hashKey).update(text).digest('base64url');
  }

  private async count(rule: RateLimitRule, subject: string): Promise<void> {
    const { allowed, retryAfterMs } = await this.limiter.take(rule, subject);
    if (!allowed) throw new Problem('too_many_mails', { retryAfterS: retryAfterMs / 1_000 });
  }
}
