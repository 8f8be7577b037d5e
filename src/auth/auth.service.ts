import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CONFIG, type Config } from '../config/index.js';
import { Database, isDuplicateKey } from '../platform/database/database.js';
import { Metrics } from '../platform/ops/metrics.js';
import { Clock } from '../shared/clock.js';
import { newId } from '../shared/ids.js';
import { Problem } from '../shared/problems.js';
import { currentActor } from './access.js';
import { Merchant } from './merchant.entity.js';
import { PasswordHasher } from './password.js';
import { SessionStore } from './ports/session-store.js';
import type {
  LoginBody,
  MerchantAnswer,
  MerchantBody,
  PatchMeBody,
  RegisterBody,
  SessionAnswer,
  UserAnswer,
} from './schemas.js';
import { Tokens } from './tokens.js';
import { User } from './user.entity.js';

/** Accounts and logins. */
@Injectable()
export class AuthService {
  private readonly logger = new Logger('Auth');

  constructor(
    private readonly database: Database,
    private readonly sessions: SessionStore,
    private readonly passwords: PasswordHasher,
    private readonly tokens: Tokens,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws Problem email_taken */
  async register(body: RegisterBody): Promise<SessionAnswer> {
    const user = await this.newUser(body, { role: 'shopper' });
    const session = await this.createAccount(user, async (tx) => {
      await tx.insert(User, user);
    });
    this.logger.log({ event: 'user_registered', user: user.id }, 'user registered');
    return session;
  }

  /** A merchant and its owner, both or neither. @throws Problem email_taken */
  async registerMerchant(body: MerchantBody): Promise<MerchantAnswer> {
    const now = this.clock.now();
    const merchant: Merchant = {
      id: newId('mer', now),
      name: body.name,
      timeZone: body.time_zone,
      createdAt: now,
    };
    const owner = await this.newUser(body.owner, {
      role: 'merchant',
      merchantId: merchant.id,
      merchantRole: 'owner',
    });
    const session = await this.createAccount(owner, async (tx) => {
      await tx.insert(Merchant, merchant);
      await tx.insert(User, owner);
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

  /** @throws Problem invalid_credentials, the same and as slow for an unknown e-mail as for a wrong password */
  async login(body: LoginBody): Promise<SessionAnswer> {
    const user = await this.database.read.findOneBy(User, { email: body.email });
    const check = await this.passwords.check(body.password, user?.passwordHash);
    if (!user || check === 'wrong') {
      this.metrics.logins.inc({ outcome: 'refused' });
      throw new Problem('invalid_credentials');
    }
    if (check === 'right-but-outdated') await this.rehash(user, body.password);
    const session = await this.openSession(user);
    this.metrics.logins.inc({ outcome: 'ok' });
    this.logger.log({ event: 'user_logged_in', user: user.id }, 'user logged in');
    return session;
  }

  /** @throws Problem invalid_refresh_token; refresh_token_reused, which has ended the session */
  async refresh(refreshToken: string): Promise<SessionAnswer> {
    const presented = this.tokens.parseRefresh(refreshToken);
    const session = presented && (await this.sessions.find(presented.sessionId));
    // The user is read before the token is spent: with the database away, the client can try again with the same token.
    const user = session && (await this.database.read.findOneBy(User, { id: session.userId }));
    if (!presented || !user) throw this.refusedRefresh();
    const next = this.tokens.refresh(presented.sessionId);
    const rotation = await this.sessions.rotate(presented.sessionId, presented.hash, next.hash);
    switch (rotation) {
      case 'rotated':
        this.metrics.logins.inc({ outcome: 'refreshed' });
        return this.sessionAnswer(user, presented.sessionId, next.token);
      case 'reused':
        this.metrics.logins.inc({ outcome: 'refresh_reused' });
        this.logger.warn(
          { event: 'refresh_token_reused', user: user.id, session: presented.sessionId },
          'a refresh token was used twice; the session is ended',
        );
        throw new Problem('refresh_token_reused');
      case 'ended':
        throw this.refusedRefresh();
    }
  }

  /** Ends the caller's session: its refresh token is dead now, its access token when its time is over. */
  async logout(): Promise<void> {
    const { userId, sessionId } = currentActor();
    await this.sessions.end(sessionId);
    this.logger.log({ event: 'user_logged_out', user: userId }, 'user logged out');
  }

  async me(): Promise<UserAnswer> {
    return userAnswer(await this.currentUser());
  }

  async changeMe(body: PatchMeBody): Promise<UserAnswer> {
    const user = await this.currentUser();
    await this.database.write((tx) => tx.update(User, { id: user.id }, { name: body.name }));
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
    const base = { id: newId('usr', now), email, phone: null, name, passwordHash, createdAt: now };
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
    const sessionId = newId('ses', this.clock.now());
    const session = await this.openSession(user, sessionId);
    try {
      await this.database.write(insert);
    } catch (error) {
      await this.sessions.end(sessionId).catch(() => undefined); // it ends by itself, and its tokens went to nobody
      throw isDuplicateKey(error) ? new Problem('email_taken', { cause: error }) : error;
    }
    this.metrics.logins.inc({ outcome: 'registered' });
    return session;
  }

  private async openSession(user: User, sessionId = newId('ses', this.clock.now())): Promise<SessionAnswer> {
    const refresh = this.tokens.refresh(sessionId);
    await this.sessions.open({ id: sessionId, userId: user.id, refreshHash: refresh.hash });
    return this.sessionAnswer(user, sessionId, refresh.token);
  }

  private sessionAnswer(user: User, sessionId: string, refreshToken: string): SessionAnswer {
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

  private refusedRefresh(): Problem {
    this.metrics.logins.inc({ outcome: 'refresh_refused' });
    return new Problem('invalid_refresh_token');
  }

  /** Only while the hash is the one that was verified: a password changed meanwhile stays changed. */
  private async rehash(user: User, password: string): Promise<void> {
    try {
      const passwordHash = await this.passwords.hash(password);
      const unchanged = { id: user.id, passwordHash: user.passwordHash ?? '' };
      await this.database.write((tx) => tx.update(User, unchanged, { passwordHash }));
    } catch (error) {
      this.logger.warn({ user: user.id, err: error }, 'password not rehashed; the next login tries again');
    }
  }
}

export const userAnswer = (user: User): UserAnswer => ({
  object: 'user',
  id: user.id,
  name: user.name,
  email: user.email,
  phone: user.phone,
  roles: user.merchantRole === null ? [user.role] : [user.role, user.merchantRole],
});
