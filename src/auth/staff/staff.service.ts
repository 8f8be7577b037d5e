import { randomBytes } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { newId } from '../../common/ids.js';
import { invalidField, Problem } from '../../common/problems.js';
import { CONFIG, type Config } from '../../config/index.js';
import { AuditLog, auditActor } from '../../database/audit-log.js';
import { Database } from '../../database/database.js';
import type { NewestFirst } from '../../database/keyset.js';
import type { Language } from '../../http/language.js';
import { MailOutbox } from '../../mail/index.js';
import { currentActor, type MerchantActor } from '../access.js';
import { Logins } from '../logins.js';
import { fingerprint } from '../recovery/account-tokens.js';
import { MailCaps } from '../recovery/mail-caps.js';
import type { SessionAnswer } from '../schemas.js';
import { User } from '../user.entity.js';
import {
  StaffStore,
  type Invitation,
  type InvitedRole,
  type Member,
  type OpenInvitation,
} from './staff.store.js';

const DAY_MS = 86_400_000;
const INVITATION_DAYS = 7;
const LIFETIME_MS = INVITATION_DAYS * DAY_MS;
const KEEP_MS = 30 * DAY_MS;
/** Invitations of one merchant that are open at once. */
const OPEN_MAX = 50;
const TOKEN_BYTES = 32;

/**
 * Who works for a merchant. A merchant has one owner at any time: who hands over is an editor afterwards. A change of a role ends the
 * sessions of whom it concerns on all instances within a second, since access tokens say the role; and a session that is opened
 * meanwhile finds the change by itself (`Logins.open`).
 */
@Injectable()
export class Staff {
  private readonly logger = new Logger('Staff');

  constructor(
    private readonly db: Database,
    private readonly store: StaffStore,
    private readonly logins: Logins,
    private readonly caps: MailCaps,
    private readonly outbox: MailOutbox,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicUrl'>,
  ) {}

  /**
   * Mails a link that makes the account of an address the merchant's. It takes the place of one that is open for the address.
   * @throws Problem mail_unavailable, too_many_mails, too_many_invitations, validation_failed for somebody who works here
   */
  async invite(
    owner: MerchantActor,
    role: InvitedRole,
    email: string,
    language: Language,
  ): Promise<Invitation> {
    this.outbox.requireAvailable();
    const { merchantId, userId: createdBy } = owner;
    if (await this.store.worksFor(merchantId, email)) throw worksHere();
    await this.caps.take(email);
    await this.caps.takeUnproved(email);
    const now = this.clock.now();
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const ends = { acceptedAt: null, acceptedBy: null, withdrawnAt: null };
    const times = { createdAt: now, expiresAt: now + LIFETIME_MS };
    const invitation = { id: newId('inv', now), merchantId, role, email, createdBy, ...times, ...ends };
    await this.db.write(async (tx) => {
      await this.store.lock(tx, merchantId);
      await this.store.withdrawFrom(tx, email, now, merchantId);
      if ((await this.store.countOpen(tx, merchantId, now)) >= OPEN_MAX)
        throw new Problem('too_many_invitations', { detail: `At most ${OPEN_MAX} are open at once` });
      await this.store.insert(tx, invitation, fingerprint(token));
      await this.outbox.add(tx, {
        kind: 'staff_invitation',
        params: { url: `${this.config.publicUrl}/staff-invitation#${token}`, role, days: INVITATION_DAYS },
        to: email,
        userId: null,
        language,
        lifetimeMs: LIFETIME_MS,
      });
      await this.note(tx, owner, 'staff.invited', invitation.id, { role });
    });
    return invitation;
  }

  invitations(owner: MerchantActor, page: NewestFirst): Promise<Invitation[]> {
    return this.store.invitations(owner.merchantId, page);
  }

  /** @throws Problem not_found for one that is not open */
  async withdraw(owner: MerchantActor, id: string): Promise<void> {
    await this.db.write(async (tx) => {
      if (!(await this.store.withdraw(tx, owner.merchantId, id, this.clock.now())))
        throw new Problem('not_found', { detail: 'There is no open invitation with this ID' });
      await this.note(tx, owner, 'staff.invitation_withdrawn', id);
    });
  }

  /** @throws Problem invalid_link for a token that opens nothing, or no longer */
  async look(token: string): Promise<OpenInvitation> {
    const found = await this.store.openByHash(fingerprint(token), this.clock.now());
    if (!found) throw new Problem('invalid_link');
    return found;
  }

  /**
   * The caller works for the merchant from now on. The session is another one: access tokens say the role.
   * @throws Problem invalid_link, invitation_for_another, already_merchant
   */
  async accept(token: string): Promise<SessionAnswer> {
    const { userId, sessionId } = currentActor();
    const invitation = await this.look(token);
    const { merchantId, role, email } = invitation;
    const user = await this.requireUser(userId);
    if (email === null || user.email !== email) throw new Problem('invitation_for_another');
    await this.db.write(async (tx) => {
      if (!(await this.store.accept(tx, invitation.id, userId, this.clock.now())))
        throw new Problem('invalid_link');
      if (!(await this.store.join(tx, userId, email, invitation))) throw new Problem('already_merchant');
      await this.note(tx, { userId, merchantId }, 'staff.joined', userId, {
        role,
        invitation: invitation.id,
      });
    });
    this.logger.log({ event: 'staff_joined', user: userId, merchant: merchantId, role }, 'joined a merchant');
    const { answer } = await this.logins.open(await this.requireUser(userId));
    await this.logins.endOwn(sessionId, 'role_changed');
    return answer;
  }

  members(owner: MerchantActor, page: NewestFirst): Promise<Member[]> {
    return this.store.members(owner.merchantId, page);
  }

  /** @throws Problem not_found, last_owner */
  async changeRole(owner: MerchantActor, userId: string, role: InvitedRole): Promise<Member> {
    const member = await this.requireMember(owner, userId);
    if (member.role === 'owner') throw new Problem('last_owner');
    await this.endingSessions(userId, async (tx) => {
      if (!(await this.store.setRole(tx, owner.merchantId, userId, role))) throw meanwhile();
      await this.note(tx, owner, 'staff.role_changed', userId, { role });
    });
    return { ...member, role };
  }

  /** Somebody leaves: sent away by the owner, or by themselves. @throws Problem not_found, last_owner, forbidden */
  async remove(actor: MerchantActor, userId: string): Promise<void> {
    if (actor.merchantRole !== 'owner' && userId !== actor.userId) throw new Problem('forbidden');
    const { role } = await this.requireMember(actor, userId);
    if (role === 'owner') throw new Problem('last_owner');
    await this.endingSessions(userId, async (tx) => {
      if (!(await this.store.leave(tx, actor.merchantId, userId))) throw meanwhile();
      await this.note(tx, actor, 'staff.removed', userId);
    });
    this.logger.log({ event: 'staff_left', user: userId, merchant: actor.merchantId }, 'left a merchant');
  }

  /**
   * The other one is the owner from now on, the caller an editor in a session of its own.
   * @throws Problem login_again, not_found, last_owner for oneself, forbidden for who is no longer the owner
   */
  async handOver(owner: MerchantActor, userId: string): Promise<SessionAnswer> {
    await this.logins.requireFresh(owner.sessionId);
    const { merchantId } = owner;
    await this.requireMember(owner, userId);
    if (userId === owner.userId) throw new Problem('last_owner');
    await this.endingSessions(userId, async (tx) => {
      if (!(await this.store.handOver(tx, merchantId, owner.userId, userId))) throw new Problem('forbidden');
      await this.note(tx, owner, 'merchant.handed_over', merchantId, { to: userId });
    });
    await this.logins.endAll(owner.userId, owner.sessionId, 'role_changed');
    this.logger.log(
      { event: 'merchant_handed_over', merchant: merchantId, from: owner.userId, to: userId },
      'handed over',
    );
    return (await this.logins.open(await this.requireUser(owner.userId))).answer;
  }

  /** Forgets invitations that were over a month ago. */
  prune(): Promise<number> {
    return this.store.prune(this.clock.now() - KEEP_MS);
  }

  /**
   * Ends the sessions of a user before the change, so that with the session store away nothing is changed; and after it, for those
   * that were opened meanwhile.
   */
  private async endingSessions(userId: string, change: (tx: EntityManager) => Promise<void>): Promise<void> {
    await this.logins.endAllOf(userId, 'role_changed');
    await this.db.write(change);
    await this.logins.endAllOf(userId, 'role_changed');
  }

  private async requireUser(id: string): Promise<User> {
    const user = await this.db.read.findOneBy(User, { id });
    if (!user) throw new Problem('unauthenticated');
    return user;
  }

  private async requireMember(actor: MerchantActor, id: string): Promise<Member> {
    const member = await this.store.member(actor.merchantId, id);
    if (!member) throw new Problem('not_found', { detail: 'Nobody with this ID works here' });
    return member;
  }

  private note(
    tx: EntityManager,
    by: Pick<MerchantActor, 'userId' | 'merchantId'>,
    action: string,
    objectId: string,
    details?: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const objectType = action.startsWith('merchant.') ? 'merchant' : 'staff';
    const entry = { actor: auditActor(by.userId, by.merchantId), action, objectType, objectId };
    return this.audit.record(tx, this.clock.now(), [{ ...entry, ...(details ? { details } : {}) }]);
  }
}

const worksHere = (): Problem => invalidField('/email', 'already_staff', 'This person works for you already');
/** Whoever was looked up has left, or become the owner, since. */
const meanwhile = (): Problem =>
  new Problem('not_found', { detail: 'There is no account with this ID that can be changed' });
