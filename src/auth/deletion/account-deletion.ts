import { Injectable, Logger } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { Problem } from '../../common/problems.js';
import { AuditLog, auditActor } from '../../database/audit-log.js';
import { Database } from '../../database/database.js';
import { MailOutbox } from '../../mail/index.js';
import { currentActor } from '../access.js';
import { Logins } from '../logins.js';
import { AccountTokens } from '../recovery/account-tokens.js';
import { StaffStore } from '../staff/staff.store.js';
import { User } from '../user.entity.js';
import { forgetNames } from '../user-names.js';

/**
 * The end of an account: its row goes, with name, e-mail, phone and password, its mailed links and mails, and all its sessions. Claims,
 * redemptions, stock and the audit log stay, with an id that leads to nobody any more: else the books of its vouchers would not add up.
 */
@Injectable()
export class AccountDeletion {
  private readonly logger = new Logger('Auth');

  constructor(
    private readonly db: Database,
    private readonly logins: Logins,
    private readonly tokens: AccountTokens,
    private readonly outbox: MailOutbox,
    private readonly staff: StaffStore,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Deletes the caller's account.
   * @throws Problem login_again where the session is no fresh proof; last_owner; unauthenticated, dependency_unavailable
   */
  async delete(): Promise<void> {
    const { userId, sessionId } = currentActor();
    await this.logins.requireFresh(sessionId);
    const user = await this.db.read.findOneBy(User, { id: userId });
    if (!user) throw new Problem('unauthenticated');
    await this.requireAnother(user, this.db.read);
    // The others first: with the session store away nothing is deleted. The own one last, so that the caller can ask again.
    await this.logins.endAllBut(sessionId, userId, 'account_deleted');
    await this.db.write((tx) => this.remove(tx, user));
    await this.logins.endAll(userId, sessionId, 'account_deleted');
    this.logger.log({ event: 'user_deleted', user: userId }, 'user deleted');
  }

  private async remove(tx: EntityManager, user: User): Promise<void> {
    await this.requireAnother(user, tx, this.db.forUpdate);
    await this.tokens.forget(tx, user.id);
    await this.outbox.forgetUser(tx, user.id);
    await forgetNames(tx, [user.id]);
    if (user.email !== null) {
      await tx.query('DELETE FROM password_reset_requests WHERE email = ?', [user.email]);
      await this.staff.forgetEmail(tx, user.email, this.clock.now());
    }
    // In the role that was judged: a merchant may have been handed over to this account meanwhile, which ended its sessions.
    const { id, role, merchantRole } = user;
    const { affected } = await tx.delete(User, { id, role, merchantRole: merchantRole ?? IsNull() });
    if (affected !== 1) throw new Problem('unauthenticated');
    const actor = auditActor(user.id, user.merchantId);
    await this.audit.record(tx, this.clock.now(), [
      { actor, action: 'user.deleted', objectType: 'user', objectId: user.id },
    ]);
  }

  /** A merchant keeps an owner, the installation an administrator. @param lock holds them against others who go at the same time */
  private async requireAnother(user: User, on: EntityManager, lock = ''): Promise<void> {
    const peers = peersOf(user);
    if (!peers) return;
    const [condition, values] = peers;
    const rows: { id: string }[] = await on.query(
      `SELECT id FROM users WHERE ${condition} ORDER BY id${lock}`,
      values,
    );
    if (rows.every(({ id }) => id === user.id)) throw new Problem('last_owner');
  }
}

/** Those who can do what only this user may be left to do; `undefined` where that is nothing. */
function peersOf({ role, merchantId, merchantRole }: User): [string, string[]] | undefined {
  if (role === 'admin') return ["role = 'admin' AND id NOT IN (SELECT id FROM disabled_accounts)", []];
  if (merchantId !== null && merchantRole === 'owner')
    return ["merchant_id = ? AND merchant_role = 'owner'", [merchantId]];
  return undefined;
}
