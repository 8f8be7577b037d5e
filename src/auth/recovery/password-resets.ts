import { Inject, Injectable, Logger } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { newId } from '../../common/ids.js';
import { inLanes } from '../../common/lanes.js';
import { Problem } from '../../common/problems.js';
import { CONFIG, type Config } from '../../config/index.js';
import { AuditLog, auditActor } from '../../database/audit-log.js';
import { affectedRows, Database } from '../../database/database.js';
import type { Language } from '../../http/language.js';
import { MailOutbox } from '../../mail/index.js';
import { Logins } from '../logins.js';
import { PasswordHasher } from '../password.js';
import { User } from '../user.entity.js';
import { AccountTokens, fingerprint, type AccountToken } from './account-tokens.js';
import { MailCaps } from './mail-caps.js';

export const RESET_MINUTES = 30;
const LIFETIME_MS = RESET_MINUTES * 60_000;
const BATCH = 100;
const PARALLEL = 4;

interface Request {
  readonly id: string;
  readonly email: string;
  readonly language: Language;
  readonly created_at: number | string;
}

/**
 * A new password by a mailed link. Asking writes the same row for every address, known or not; a job finds the account and mails the
 * link. So neither the answer nor its time tells which accounts exist.
 */
@Injectable()
export class PasswordResets {
  private readonly logger = new Logger('Auth');

  constructor(
    private readonly db: Database,
    private readonly tokens: AccountTokens,
    private readonly caps: MailCaps,
    private readonly outbox: MailOutbox,
    private readonly passwords: PasswordHasher,
    private readonly logins: Logins,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicUrl'>,
  ) {}

  /**
   * @param also written with it, or not at all
   * @throws Problem mail_unavailable, too_many_mails
   */
  async request(
    email: string,
    language: Language,
    also?: (tx: EntityManager) => Promise<void>,
  ): Promise<void> {
    this.outbox.requireAvailable();
    await this.caps.take(email);
    const now = this.clock.now();
    await this.db.write(async (tx) => {
      await tx.query(
        'INSERT INTO password_reset_requests (id, email, language, created_at) VALUES (?, ?, ?, ?)',
        [newId('rst', now), email, language, now],
      );
      await also?.(tx);
    });
  }

  /** Mails the links that were asked for: of any number of processes, one for each request. */
  async run(): Promise<void> {
    if (!this.outbox.isAvailable) return;
    for (;;) {
      const requests: Request[] = await this.db.read.query(
        `SELECT id, email, language, created_at FROM password_reset_requests ORDER BY id LIMIT ${BATCH}`,
      );
      await inLanes(PARALLEL, requests, (request) => this.mail(request));
      if (requests.length < BATCH) return;
    }
  }

  /**
   * Sets the password, ends all sessions, and proves the address: whoever comes with the link reads its mail.
   * @throws Problem invalid_link, overloaded, dependency_unavailable
   */
  async confirm(secret: string, password: string): Promise<void> {
    const token = await this.tokens.find('password_reset', secret);
    const user = token && (await this.db.read.findOneBy(User, { id: token.userId }));
    if (!user || !isStillOf(token, user)) throw new Problem('invalid_link');
    const passwordHash = await this.passwords.hash(password);
    // Before the change, so that with the session store away nothing is changed and the link stays good; and after it, because
    // somebody may have logged in with the old password meanwhile.
    await this.logins.endAllBut(undefined, user.id, 'password_changed');
    await this.change(token, user, passwordHash);
    await this.logins.endAllBut(undefined, user.id, 'password_changed');
    this.logger.log({ event: 'password_reset', user: user.id }, 'password set by a mailed link');
  }

  /** Silently: whoever asked must not learn by it whether there is an account, or whose address is proved. */
  private async mayMail(email: string): Promise<boolean> {
    const user = await this.db.read.findOneBy(User, { email });
    if (user?.emailVerifiedAt !== null) return true;
    try {
      await this.caps.takeUnproved(email);
      return true;
    } catch (error) {
      if (error instanceof Problem && error.code === 'too_many_mails') return false;
      throw error;
    }
  }

  private async change(token: AccountToken, user: User, passwordHash: string): Promise<void> {
    const now = this.clock.now();
    const before = {
      id: user.id,
      email: token.email,
      passwordHash: user.passwordHash ?? IsNull(),
    };
    await this.db.write(async (tx) => {
      const isFirst = await this.tokens.spend(tx, token);
      const { affected } = await tx.update(User, before, { passwordHash, emailVerifiedAt: now });
      if (!isFirst || affected !== 1) throw new Problem('invalid_link');
      await this.tokens.forget(tx, user.id, 'password_reset');
      const actor = auditActor(user.id, user.merchantId);
      await this.audit.record(tx, now, [
        { actor, action: 'user.password_reset', objectType: 'user', objectId: user.id },
      ]);
    });
  }

  private async mail({ id, email, language, created_at }: Request): Promise<void> {
    const mayMail = await this.mayMail(email);
    await this.db.write(async (tx) => {
      const taken = await affectedRows(tx, 'DELETE FROM password_reset_requests WHERE id = ?', [id]);
      if (taken !== 1) return; // another process did it
      const leftMs = Number(created_at) + LIFETIME_MS - this.clock.now();
      const user = await tx.findOneBy(User, { email });
      if (!user || leftMs <= 0 || !mayMail) return;
      const boundTo = boundToPassword(user);
      const token = { purpose: 'password_reset', userId: user.id, email, boundTo } as const;
      const secret = await this.tokens.create(tx, token, leftMs);
      await this.outbox.add(tx, {
        kind: 'password_reset',
        params: { url: `${this.config.publicUrl}/password-reset#${secret}`, minutes: RESET_MINUTES },
        to: email,
        userId: user.id,
        language,
        lifetimeMs: leftMs,
      });
    });
  }
}

/** A password that is changed in whatever way ends the links that were mailed before. */
const boundToPassword = ({ passwordHash }: User): string => fingerprint(passwordHash ?? '');

const isStillOf = (token: AccountToken, user: User): boolean =>
  user.email === token.email && token.boundTo === boundToPassword(user);
