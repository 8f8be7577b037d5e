import { Injectable, Logger } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import {
  Customers,
  currentActor,
  DisabledAccounts,
  Logins,
  Merchant,
  PasswordResets,
  User,
  type Disabled,
} from '../auth/index.js';
import { Clock } from '../common/clock.js';
import { isId } from '../common/ids.js';
import { inLanes } from '../common/lanes.js';
import { inMode } from '../common/mode.js';
import { invalidField, Problem } from '../common/problems.js';
import { AuditLog, auditActor } from '../database/audit-log.js';
import { Database } from '../database/database.js';
import { nameBegins } from '../database/names.js';
import type { Language } from '../http/language.js';
import { MailPreferences } from '../mail/index.js';
import { TakeDowns } from '../voucher/index.js';

/** Whom an administrator looks at. */
export interface Found<T> {
  readonly account: T;
  readonly disabled: Disabled | undefined;
}

type Kind = 'user' | 'merchant';

/** Shown at once; whoever looks for somebody among more types more. */
export const FOUND_MAX = 50;
const PARALLEL = 10;

/** What administrators do with users and merchants: find them, help them back in, keep them out, let them in again. */
@Injectable()
export class AdminAccounts {
  private readonly logger = new Logger('Admin');

  constructor(
    private readonly db: Database,
    private readonly customers: Customers,
    private readonly logins: Logins,
    private readonly disabled: DisabledAccounts,
    private readonly resets: PasswordResets,
    private readonly preferences: MailPreferences,
    private readonly takeDowns: TakeDowns,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * By id, a test shopper's as well; people by whole e-mail or phone number in whatever spelling, or how the name begins.
   * @returns one more than FOUND_MAX where there are more
   * @throws Problem validation_failed where far too many fit
   */
  async users(text: string): Promise<readonly Found<User>[]> {
    const ids = isId('usr', text) ? [text] : await this.idsOf(text);
    const users = await this.db.read.findBy(User, { id: In(ids.slice(0, FOUND_MAX + 1)) });
    return this.withState(users);
  }

  /** By id, how the name begins, or one of its people, as `users` finds them */
  async merchants(text: string): Promise<readonly Found<Merchant>[]> {
    if (isId('mer', text)) return this.withState(await this.db.read.findBy(Merchant, { id: text }));
    const found = await this.customers.search(text, 'live');
    const people = await this.db.read.findBy(User, { id: In(found.kind === 'found' ? [...found.ids] : []) });
    const theirs = people.flatMap(({ merchantId }) => merchantId ?? []);
    const ids = [...new Set([...(await this.named(text)), ...theirs])].slice(0, FOUND_MAX + 1);
    return this.withState(await this.db.read.findBy(Merchant, { id: In(ids) }));
  }

  /** @throws Problem not_found */
  async user(id: string): Promise<Found<User>> {
    const [found] = await this.withState(await this.db.read.findBy(User, { id }));
    if (!found) throw new Problem('not_found');
    return found;
  }

  /** @throws Problem not_found */
  async merchant(id: string): Promise<Found<Merchant>> {
    const [found] = await this.withState(await this.db.read.findBy(Merchant, { id }));
    if (!found) throw new Problem('not_found');
    return found;
  }

  /**
   * Ends all sessions, and lets nobody in again. Doing it again changes nothing, and ends sessions that an earlier try could not.
   * @throws Problem not_found, validation_failed for oneself, last_owner for the last administrator; dependency_unavailable
   */
  async disableUser(id: string, reason: string): Promise<Found<User>> {
    const { account } = await this.user(id);
    if (id === currentActor().userId) throw invalidField('', 'own_account', 'is your own account');
    await this.disable('user', id, reason, async (tx) => {
      if (account.role === 'admin') await this.requireAnotherAdmin(tx, id);
    });
    await this.logins.endAllOf(id, 'account_disabled');
    return this.user(id);
  }

  /**
   * The same of all people of a merchant and its test shoppers; its API keys are refused, and its drops go.
   * @throws Problem not_found, dependency_unavailable
   */
  async disableMerchant(id: string, reason: string): Promise<Found<Merchant>> {
    await this.merchant(id);
    await this.disable('merchant', id, reason);
    const people: { id: string }[] = await this.db.read.query(
      'SELECT id FROM users WHERE merchant_id IN (?, ?)',
      [id, inMode(id, 'test')],
    );
    await inLanes(PARALLEL, people, ({ id: userId }) => this.logins.endAllOf(userId, 'account_disabled'));
    await this.takeDowns.followMerchants();
    return this.merchant(id);
  }

  /** @throws Problem not_found */
  async enableUser(id: string, reason: string): Promise<Found<User>> {
    await this.user(id);
    await this.enable('user', id, reason);
    return this.user(id);
  }

  /** @throws Problem not_found */
  async enableMerchant(id: string, reason: string): Promise<Found<Merchant>> {
    await this.merchant(id);
    await this.enable('merchant', id, reason);
    await this.takeDowns.followMerchants();
    return this.merchant(id);
  }

  /**
   * Mails a user a link for a new password, as if it had asked for one. The administrator sees neither the link nor the password.
   * @param language of the mail, where the user never chose one
   * @throws Problem not_found, validation_failed where there is no address or the account is disabled, mail_unavailable,
   * too_many_mails; dependency_unavailable
   */
  async sendPasswordReset(id: string, reason: string, language: Language): Promise<Found<User>> {
    const found = await this.user(id);
    const { email } = found.account;
    if (email === null) throw invalidField('', 'no_email', 'has no e-mail address');
    if (found.disabled) throw invalidField('', 'disabled', 'is disabled; enable it first');
    const chosen = (await this.preferences.of(id)).language ?? language;
    await this.resets.request(email, chosen, (tx) =>
      this.note(tx, 'user', 'password_reset_sent', id, reason),
    );
    return found;
  }

  private async disable(
    kind: Kind,
    id: string,
    reason: string,
    before?: (tx: EntityManager) => Promise<void>,
  ): Promise<void> {
    const { userId: by } = currentActor();
    const isNew = await this.db.write(async (tx) => {
      await before?.(tx);
      const changed = await this.disabled.disable(tx, id, reason, by);
      if (changed) await this.note(tx, kind, 'disabled', id, reason);
      return changed;
    });
    if (isNew) this.logger.warn({ event: `${kind}_disabled`, [kind]: id, by, reason }, `${kind} disabled`);
  }

  private async enable(kind: Kind, id: string, reason: string): Promise<void> {
    const { userId: by } = currentActor();
    const wasDisabled = await this.db.write(async (tx) => {
      const changed = await this.disabled.enable(tx, id);
      if (changed) await this.note(tx, kind, 'enabled', id, reason);
      return changed;
    });
    if (wasDisabled)
      this.logger.warn({ event: `${kind}_enabled`, [kind]: id, by, reason }, `${kind} enabled`);
  }

  /** In no merchant's log: who administers the installation is none of its matter. */
  private note(tx: EntityManager, kind: Kind, done: string, objectId: string, reason: string): Promise<void> {
    const actor = auditActor(currentActor().userId, null);
    const entry = { actor, action: `${kind}.${done}`, objectType: kind, objectId, details: { reason } };
    return this.audit.record(tx, this.clock.now(), [entry]);
  }

  /** Of two administrators who disable each other at once, one is left. */
  private async requireAnotherAdmin(tx: EntityManager, id: string): Promise<void> {
    const admins: { id: string }[] = await tx.query(
      `SELECT id FROM users WHERE role = 'admin' ORDER BY id${this.db.forUpdate}`,
    );
    const disabled = await this.disabled.of(
      admins.map((admin) => admin.id),
      tx,
    );
    if (admins.every((admin) => admin.id === id || disabled.has(admin.id))) throw new Problem('last_owner');
  }

  private async idsOf(text: string): Promise<readonly string[]> {
    const found = await this.customers.search(text, 'live');
    if (found.kind === 'found') return found.ids;
    throw invalidField('q', 'too_many', 'fits too many accounts; type more of the name');
  }

  private async named(text: string): Promise<string[]> {
    const [condition, values] = nameBegins(this.db.dialect, text);
    const rows: { id: string }[] = await this.db.read.query(
      `SELECT id FROM merchants WHERE ${condition} LIMIT ${FOUND_MAX + 1}`,
      values,
    );
    return rows.map(({ id }) => id);
  }

  private async withState<T extends User | Merchant>(accounts: readonly T[]): Promise<Found<T>[]> {
    const states = await this.disabled.of(accounts.map(({ id }) => id));
    return accounts
      .map((account) => ({ account, disabled: states.get(account.id) }))
      .sort((a, b) => b.account.createdAt - a.account.createdAt);
  }
}
