import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { AuditLog, auditActor } from '../database/audit-log.js';
import { Database } from '../database/database.js';
import { Clock } from '../common/clock.js';
import { context } from '../common/request-context.js';
import { newId } from '../common/ids.js';
import { Problem } from '../common/problems.js';
import { DisabledAccounts } from './disabled-accounts.js';
import { SessionStore, type Session } from './ports/session-store.js';
import { Revocations, type RevocationReason } from './revocations.js';
import type { SessionAnswer, UserAnswer } from './schemas.js';
import { Tokens } from './tokens.js';
import { User } from './user.entity.js';

const USER_AGENT_MAX = 256;
/** How long a login counts as a proof that its owner is there. */
const FRESH_MINUTES = 10;

/** A session just opened. */
export interface Login {
  readonly sessionId: string;
  readonly answer: SessionAnswer;
}

/** Opens sessions, lists them, and ends them together with their access tokens. */
@Injectable()
export class Logins {
  private readonly logger = new Logger('Auth');

  constructor(
    private readonly sessions: SessionStore,
    private readonly revocations: Revocations,
    private readonly tokens: Tokens,
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly disabled: DisabledAccounts,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * @param isNew the account is being made: it is its making that stands in the audit log
   * @throws Problem account_disabled, unauthenticated
   */
  async open(user: User, isNew = false): Promise<Login> {
    const sessionId = newId('ses', this.clock.now());
    const refresh = this.tokens.refresh(sessionId);
    await this.sessions.open({
      id: sessionId,
      userId: user.id,
      address: context.address() ?? null,
      userAgent: context.userAgent()?.slice(0, USER_AGENT_MAX) ?? null,
      refreshHash: refresh.hash,
    });
    if (!isNew) await this.requireEnabled(user, sessionId);
    if (user.role !== 'shopper' && !isNew) {
      await this.requireSameRole(user, sessionId);
      await this.noteStaff(user, sessionId);
    }
    return { sessionId, answer: this.answer(user, sessionId, refresh.token) };
  }

  /** After the session is open: whoever is disabled meanwhile has it ended, or finds it here. */
  private async requireEnabled(user: User, sessionId: string): Promise<void> {
    try {
      await this.disabled.requireEnabled(user);
    } catch (error) {
      await this.sessions.end(sessionId).catch(() => undefined);
      throw error;
    }
  }

  /**
   * A role that changes while somebody logs in ends the sessions that it finds; this finds the one that it could not see yet.
   * @throws Problem unauthenticated
   */
  private async requireSameRole(user: User, sessionId: string): Promise<void> {
    const now = await this.database.read.findOneBy(User, { id: user.id });
    const { role, merchantId, merchantRole } = user;
    if (now?.role === role && now.merchantId === merchantId && now.merchantRole === merchantRole) return;
    await this.sessions.end(sessionId).catch(() => undefined);
    throw new Problem('unauthenticated', { detail: 'The role of the account was changed in the meantime' });
  }

  /** Sign-ins of merchants' people and administrators. Without the entry nobody has the tokens. */
  private async noteStaff(user: User, sessionId: string): Promise<void> {
    const entry = {
      actor: auditActor(user.id, user.merchantId),
      action: 'user.signed_in',
      objectType: 'user',
      objectId: user.id,
      details: { session: sessionId, user_agent: context.userAgent()?.slice(0, USER_AGENT_MAX) ?? null },
    };
    await this.database.write((tx) => this.audit.record(tx, this.clock.now(), [entry]));
  }

  /** For what cannot be undone. @throws Problem login_again where the session is no fresh proof that its owner is there */
  async requireFresh(sessionId: string): Promise<void> {
    const session = await this.sessions.find(sessionId);
    const age = session && this.clock.now() - session.createdAt;
    if (age === undefined || age > FRESH_MINUTES * 60_000) throw new Problem('login_again');
  }

  /** Nobody has its tokens yet: what was to become a login is given up. */
  async giveUp({ sessionId }: Login): Promise<void> {
    await this.sessions.end(sessionId).catch(() => undefined); // else it ends by itself
  }

  answer(user: User, sessionId: string, refreshToken: string): SessionAnswer {
    const accessToken = this.tokens.access({
      userId: user.id,
      sessionId,
      role: user.role,
      ...(user.merchantId === null ? {} : { merchantId: user.merchantId }),
      ...(user.merchantRole === null ? {} : { merchantRole: user.merchantRole }),
    });
    return {
      object: 'session',
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: this.config.ACCESS_TOKEN_TTL_S,
      refresh_token: refreshToken,
      user: userAnswer(user),
    };
  }

  /** The latest login first. */
  ofUser(userId: string): Promise<Session[]> {
    return this.sessions.ofUser(userId);
  }

  /**
   * Ends the caller's own session. The session first: when the second step fails, the caller can still ask again.
   * @throws Problem dependency_unavailable
   */
  async endOwn(sessionId: string, reason: RevocationReason): Promise<void> {
    await this.sessions.end(sessionId);
    await this.revocations.revoke([sessionId], reason);
  }

  /**
   * Ends another session of the caller. The tokens first: when the second step fails, the session is still listed.
   * @throws Problem dependency_unavailable
   */
  async endOthers(sessionIds: readonly string[], reason: RevocationReason): Promise<void> {
    await this.revocations.revoke(sessionIds, reason);
    await Promise.all(sessionIds.map((id) => this.sessions.end(id)));
  }

  /** Ends all sessions of a user, the caller's own last. @throws Problem dependency_unavailable */
  async endAll(userId: string, own: string, reason: RevocationReason): Promise<void> {
    await this.endAllBut(own, userId, reason);
    await this.endOwn(own, reason);
  }

  /** @param own the session that stays; `undefined` where the caller has none. @throws Problem dependency_unavailable */
  async endAllBut(own: string | undefined, userId: string, reason: RevocationReason): Promise<void> {
    const sessions = await this.sessions.ofUser(userId);
    const others = sessions.map(({ id }) => id).filter((id) => id !== own);
    await this.endOthers(others, reason);
  }

  /** Ends all sessions of somebody else. @throws Problem dependency_unavailable */
  async endAllOf(userId: string, reason: RevocationReason): Promise<void> {
    const sessions = await this.sessions.ofUser(userId);
    await this.endOthers(
      sessions.map(({ id }) => id),
      reason,
    );
  }

  /** The session is gone already, ended by the store; its access tokens follow. Never rejects. */
  async endedByReuse(userId: string, sessionId: string): Promise<void> {
    this.logger.warn(
      { event: 'refresh_token_reused', user: userId, session: sessionId },
      'a refresh token was used twice; the session is ended',
    );
    await this.revocations.revoke([sessionId], 'refresh_reused').catch((error: unknown) => {
      this.logger.warn({ session: sessionId, err: error }, 'a revocation was told to those who listen only');
    });
  }
}

export const userAnswer = (user: User): UserAnswer => ({
  object: 'user',
  id: user.id,
  name: user.name,
  email: user.email,
  email_verified: user.emailVerifiedAt !== null,
  phone: user.phone,
  roles: user.merchantRole === null ? [user.role] : [user.role, user.merchantRole],
});
