import { Injectable, Logger } from '@nestjs/common';
import { Database, isDuplicateKey } from '../database/database.js';
import { Metrics } from '../observability/metrics.js';
import { Clock } from '../common/clock.js';
import { newId } from '../common/ids.js';
import { Problem } from '../common/problems.js';
import { Guesses } from './guesses.js';
import { Logins } from './logins.js';
import { PhoneCodeDesk } from './phone-code-desk.js';
import type { PhoneCodeAnswer, PhoneCodeBody, PhoneLoginBody, SessionAnswer } from './schemas.js';
import { User } from './user.entity.js';
import { insertUser } from './user-names.js';

const LOGIN = { purpose: 'login' } as const;

/** Login by phone with a one-time code. */
@Injectable()
export class PhoneLogin {
  private readonly logger = new Logger('Auth');

  constructor(
    private readonly database: Database,
    private readonly desk: PhoneCodeDesk,
    private readonly guesses: Guesses,
    private readonly logins: Logins,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /** @throws Problem as `PhoneCodeDesk.send` */
  requestCode(body: PhoneCodeBody, device: string | undefined): Promise<PhoneCodeAnswer> {
    return this.desk.send(LOGIN, body, device);
  }

  /**
   * Logs in; the first login of a number creates its account.
   * @param device the proofs of the client's device, from the body or its cookie
   * @throws Problem invalid_code, too_many_attempts, phone_login_unavailable, dependency_unavailable
   */
  async login(
    { phone, code, request_id: requestId }: PhoneLoginBody,
    device: string | undefined,
  ): Promise<SessionAnswer> {
    // Read before the code is used up: with the database away, the client can try again with the same code.
    const known = await this.desk
      .judge(LOGIN, { phone, code, requestId }, device, () => this.find(phone))
      .catch((error: unknown) => {
        if (error instanceof Problem && error.code === 'invalid_code')
          this.metrics.logins.inc({ outcome: 'refused' });
        throw error;
      });
    const user = known ?? (await this.create(phone));
    const { answer } = await this.logins.open(user);
    this.metrics.logins.inc({ outcome: known ? 'ok' : 'registered' });
    this.logger.log({ event: 'user_logged_in', user: user.id, by: 'phone' }, 'user logged in');
    return { ...answer, device_token: await this.guesses.remember({ phone }) };
  }

  private async create(phone: string): Promise<User> {
    const now = this.clock.now();
    const user: User = {
      id: newId('usr', now),
      email: null,
      emailVerifiedAt: null,
      phone,
      name: `Shopper ${phone.slice(-4)}`,
      passwordHash: null,
      role: 'shopper',
      merchantId: null,
      merchantRole: null,
      createdAt: now,
    };
    try {
      await this.database.write((tx) => insertUser(this.database, tx, user));
    } catch (error) {
      const other = isDuplicateKey(error) ? await this.find(phone) : null;
      if (!other) throw error;
      return other; // two codes of one new number, used at once
    }
    this.logger.log({ event: 'user_registered', user: user.id, by: 'phone' }, 'user registered');
    return user;
  }

  private find(phone: string): Promise<User | null> {
    return this.database.read.findOneBy(User, { phone });
  }
}
