import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { invalidField, Problem } from '../../common/problems.js';
import { CONFIG, type Config } from '../../config/index.js';
import { AuditLog, auditActor } from '../../database/audit-log.js';
import { Database, isDuplicateKey } from '../../database/database.js';
import type { Language } from '../../http/language.js';
import { MailOutbox, MailPreferences } from '../../mail/index.js';
import { currentActor } from '../access.js';
import { userAnswer } from '../logins.js';
import type { UserAnswer } from '../schemas.js';
import { User } from '../user.entity.js';
import { AccountTokens } from './account-tokens.js';
import { MailCaps } from './mail-caps.js';

export const PROOF_HOURS = 24;
const LIFETIME_MS = PROOF_HOURS * 3_600_000;

/**
 * Proof that an account's owner reads the mail of an address: a link, which counts in a session of that account alone. Else a
 * stranger's press on a link that somebody else asked for would prove the address for that somebody.
 */
@Injectable()
export class EmailProofs {
  constructor(
    private readonly db: Database,
    private readonly tokens: AccountTokens,
    private readonly caps: MailCaps,
    private readonly outbox: MailOutbox,
    private readonly preferences: MailPreferences,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicUrl'>,
  ) {}

  /**
   * Mails a link to the account's address, or to the first one of an account that has none.
   * @throws Problem mail_unavailable, too_many_mails, validation_failed for another address than the account's
   */
  async request(email: string, language: Language): Promise<void> {
    this.outbox.requireAvailable();
    const user = await this.currentUser();
    if (user.email !== null && user.email !== email) throw anotherAddress();
    await this.caps.take(email);
    if (user.emailVerifiedAt === null) await this.caps.takeUnproved(email);
    await this.db.write(async (tx) => {
      const token = { purpose: 'email_proof', userId: user.id, email, boundTo: null } as const;
      await this.preferences.suggest(tx, user.id, language);
      const secret = await this.tokens.create(tx, token, LIFETIME_MS);
      await this.outbox.add(tx, {
        kind: 'email_proof',
        params: { url: `${this.config.publicUrl}/email-proof#${secret}`, hours: PROOF_HOURS },
        to: email,
        userId: user.id,
        language,
        lifetimeMs: LIFETIME_MS,
      });
    });
  }

  /**
   * @returns the account, its address proved
   * @throws Problem invalid_link; email_taken where an account without an address proves that of another
   */
  async confirm(secret: string): Promise<UserAnswer> {
    const user = await this.currentUser();
    const token = await this.tokens.find('email_proof', secret);
    if (!token || token.userId !== user.id || (user.email !== null && user.email !== token.email))
      throw new Problem('invalid_link');
    const now = this.clock.now();
    try {
      await this.db.write(async (tx) => {
        if (!(await this.tokens.spend(tx, token))) throw new Problem('invalid_link');
        await tx.update(User, { id: user.id }, { email: token.email, emailVerifiedAt: now });
        await this.tokens.forget(tx, user.id, 'email_proof');
        const actor = auditActor(user.id, user.merchantId);
        await this.audit.record(tx, now, [
          { actor, action: 'user.email_proved', objectType: 'user', objectId: user.id },
        ]);
      });
    } catch (error) {
      throw isDuplicateKey(error) ? new Problem('email_taken', { cause: error }) : error;
    }
    return userAnswer({ ...user, email: token.email, emailVerifiedAt: now });
  }

  private async currentUser(): Promise<User> {
    const user = await this.db.read.findOneBy(User, { id: currentActor().userId });
    if (!user) throw new Problem('unauthenticated');
    return user;
  }
}

const anotherAddress = (): Problem =>
  invalidField('/email', 'not_yours', 'The account has another e-mail address');
