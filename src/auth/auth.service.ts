import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database, isDuplicateKey } from '../database/database.js';
import { Metrics } from '../observability/metrics.js';
import { Clock } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { Problem } from '../common/problems.js';
import { currentActor } from './access.js';
import { Merchant, newMerchant } from './merchant.entity.js';
import { PasswordHasher } from './password.js';
import { Guesses } from './guesses.js';
import { Logins, userAnswer, type Login } from './logins.js';
import { SessionStore } from './ports/session-store.js';
import type {
  LoginBody,
  MerchantAnswer,
  MerchantBody,
  PasswordBody,
  PatchMeBody,
  RegisterBody,
  SessionAnswer,
  UserAnswer,
} from './schemas.js';
import { Tokens } from './tokens.js';
import { User } from './user.entity.js';
import { insertUser, renameUser } from './user-names.js';

/** Accounts and logins. */
@Injectable()
export class AuthService {
  private readonly logger = new Logger('Auth');

  constructor(
    private readonly database: Database,
    private readonly sessions: SessionStore,
    private readonly logins: Logins,
    private readonly guesses: Guesses,
    private readonly passwords: PasswordHasher,
    private readonly tokens: Tokens,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /** @throws Problem email_taken */
  async register(body: RegisterBody): Promise<SessionAnswer> {
    const user = await this.newUser(body, { role: 'shopper' });
    const session = await this.createAccount(user, async (tx) => {
      await insertUser(this.database, tx, user);
    });
    this.logger.log({ event: 'user_registered', user: user.id }, 'user registered');
    return session;
  }

  /** A merchant and its owner, both or neither. @throws Problem email_taken */
  async registerMerchant(body: MerchantBody & { readonly owner: RegisterBody }): Promise<MerchantAnswer> {
    const now = this.clock.now();
    const merchant = newMerchant(newId('mer', now), body.name, body.time_zone, now);
    const owner = await this.newUser(body.owner, {
      role: 'merchant',
      merchantId: merchant.id,
      merchantRole: 'owner',
    });
    const session = await this.createAccount(owner, async (tx) => {
      await tx.insert(Merchant, merchant);
      await insertUser(this.database, tx, owner);
    });
    this.logger.log(
      { event: 'merchant_registered', merchant: merchant.id, user: owner.id },
      'merchant registered',
    );
    return {
      object: 'merchant',
      id: merchant.id,
      name: merchant.name,
      time_zone: merchant.timeZone,
      session,
    };
  }

  /**
   * @throws Problem invalid_credentials, the same and as slow for an unknown e-mail as for a wrong password;
   * too_many_attempts, for both alike
   * @param device the proofs of the client's device, from the body or its cookie
   */
  async login({ email, password }: LoginBody, device: string | undefined): Promise<SessionAnswer> {
    const judged = await this.guesses.judge({ name: { email }, device }, async () => {
      const user = await this.database.read.findOneBy(User, { email });
      const check = await this.passwords.check(password, user?.passwordHash);
      return user && check !== 'wrong' ? { user, check } : undefined;
    });
    if (!judged) throw this.refusedLogin();
    const { user, check } = judged;
    const verified = check === 'right-but-outdated' ? await this.rehash(user, password) : user;
    const login = await this.logins.open(verified);
    await this.requireSamePassword(verified, login);
    this.metrics.logins.inc({ outcome: 'ok' });
    this.logger.log({ event: 'user_logged_in', user: user.id }, 'user logged in');
    return { ...login.answer, device_token: await this.guesses.remember({ email }) };
  }

  /**
   * The same token is exchanged for the same successor for REFRESH_GRACE_S: an answer may be lost, and tabs ask at once.
   * @throws Problem invalid_refresh_token; refresh_token_reused, which has ended the session
   */
  async refresh(refreshToken: string): Promise<SessionAnswer> {
    const presented = this.tokens.parseRefresh(refreshToken);
    const session = presented && (await this.sessions.find(presented.sessionId));
    // The user is read before the token is spent: with the database away, the client can try again with the same token.
    const user = session && (await this.database.read.findOneBy(User, { id: session.userId }));
    if (!presented || !user) throw this.refusedRefresh();
    const next = this.tokens.successor(presented.sessionId, refreshToken);
    const rotation = await this.sessions.rotate(presented.sessionId, presented.hash, next.hash);
    switch (rotation) {
      case 'rotated':
      case 'repeated':
        this.metrics.logins.inc({ outcome: 'refreshed' });
        return this.logins.answer(user, presented.sessionId, next.token);
      case 'reused':
        this.metrics.logins.inc({ outcome: 'refresh_reused' });
        await this.logins.endedByReuse(user.id, presented.sessionId);
        throw new Problem('refresh_token_reused');
      case 'ended':
        throw this.refusedRefresh();
    }
  }

  /** Ends the caller's session: refresh token and access token are dead. @throws Problem dependency_unavailable */
  async logout(): Promise<void> {
    const { userId, sessionId } = currentActor();
    await this.logins.endOwn(sessionId, 'logout');
    this.logger.log({ event: 'user_logged_out', user: userId }, 'user logged out');
  }

  /**
   * Changes the caller's password and ends all sessions; the answer is a new one.
   * @throws Problem invalid_credentials, where the account has no password too; too_many_attempts, dependency_unavailable
   */
  async changePassword(body: PasswordBody): Promise<SessionAnswer> {
    const { sessionId } = currentActor();
    const user = await this.currentUser();
    // Counted under the name that logins are counted under: one budget for one secret.
    const name = user.email === null ? { phone: user.phone ?? user.id } : { email: user.email };
    const right = await this.guesses.judge({ name }, async () => {
      const check = await this.passwords.check(body.current_password, user.passwordHash);
      return check === 'wrong' ? undefined : true;
    });
    if (!right) throw this.refusedLogin('The current password is wrong');
    const passwordHash = await this.passwords.hash(body.new_password);
    // Before the change, so that with the session store away nothing is changed; and after it, because somebody may have
    // logged in with the old password meanwhile.
    await this.logins.endAll(user.id, sessionId, 'password_changed');
    if (!(await this.replaceHash(user, passwordHash)))
      throw this.refusedLogin('The password was changed meanwhile');
    await this.logins.endAll(user.id, sessionId, 'password_changed');
    this.logger.log({ event: 'password_changed', user: user.id }, 'password changed');
    return (await this.logins.open({ ...user, passwordHash })).answer;
  }

  async me(): Promise<UserAnswer> {
    return userAnswer(await this.currentUser());
  }

  async changeMe(body: PatchMeBody): Promise<UserAnswer> {
    const user = await this.currentUser();
    await this.database.write((tx) => renameUser(this.database, tx, user.id, body.name));
    return userAnswer({ ...user, name: body.name });
  }

  /** @throws Problem unauthenticated where the account of a valid token is gone */
  private async currentUser(): Promise<User> {
    const user = await this.database.read.findOneBy(User, { id: currentActor().userId });
    if (!user) throw new Problem('unauthenticated');
    return user;
  }

  private async newUser(
    { email, password, name }: RegisterBody,
    kind: Pick<User, 'role'> & Partial<Pick<User, 'merchantId' | 'merchantRole'>>,
  ): Promise<User> {
    const passwordHash = await this.passwords.hash(password);
    const now = this.clock.now();
    const base = {
      id: newId('usr', now),
      email,
      emailVerifiedAt: null,
      phone: null,
      name,
      passwordHash,
      createdAt: now,
    };
    return { ...base, merchantId: null, merchantRole: null, ...kind };
  }

  /**
   * The session comes first: when the session store is away nothing is written, and a retry does not meet its own
   * half-made account as email_taken.
   */
  private async createAccount(
    user: User,
    insert: (tx: EntityManager) => Promise<void>,
  ): Promise<SessionAnswer> {
    const login = await this.logins.open(user, true);
    try {
      await this.database.write(insert);
    } catch (error) {
      await this.logins.giveUp(login);
      throw isDuplicateKey(error) ? new Problem('email_taken', { cause: error }) : error;
    }
    this.metrics.logins.inc({ outcome: 'registered' });
    if (user.email === null) return login.answer;
    return { ...login.answer, device_token: await this.guesses.remember({ email: user.email }) };
  }

  private refusedRefresh(): Problem {
    this.metrics.logins.inc({ outcome: 'refresh_refused' });
    return new Problem('invalid_refresh_token');
  }

  private refusedLogin(detail?: string): Problem {
    this.metrics.logins.inc({ outcome: 'refused' });
    return new Problem('invalid_credentials', detail === undefined ? {} : { detail });
  }

  /**
   * A password that is changed while somebody logs in with the old one ends the sessions that it finds; this finds the one
   * that it could not see yet.
   */
  private async requireSamePassword(user: User, login: Login): Promise<void> {
    const now = await this.database.read.findOneBy(User, { id: user.id });
    if (now?.passwordHash === user.passwordHash) return;
    await this.logins.giveUp(login);
    throw this.refusedLogin();
  }

  /** @returns the user with the hash that counts from now on */
  private async rehash(user: User, password: string): Promise<User> {
    try {
      const passwordHash = await this.passwords.hash(password);
      if (await this.replaceHash(user, passwordHash)) return { ...user, passwordHash };
    } catch (error) {
      this.logger.warn({ user: user.id, err: error }, 'password not rehashed; the next login tries again');
    }
    return user;
  }

  /** Only while the hash is the one that was verified: a password changed meanwhile stays changed. @returns whether it was */
  private async replaceHash(user: User, passwordHash: string): Promise<boolean> {
    const unchanged = { id: user.id, passwordHash: user.passwordHash ?? '' };
    const { affected } = await this.database.write((tx) => tx.update(User, unchanged, { passwordHash }));
    return affected === 1;
  }
}
