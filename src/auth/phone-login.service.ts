import { createHmac, randomInt } from 'node:crypto';
import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Database, isDuplicateKey } from '../database/database.js';
import { Metrics } from '../observability/metrics.js';
import { RateLimiter, type RateLimitRule } from '../rate-limit/index.js';
import { clientKey } from '../common/address.js';
import { deriveKey } from '../common/derive-key.js';
import { Clock } from '../common/clock.js';
import { context } from '../common/request-context.js';
import { newId } from '../common/ids.js';
import { Problem } from '../common/problems.js';
import { Guesses } from './guesses.js';
import { Logins } from './logins.js';
import { maskedPhone } from './phone.js';
import { CodeSender } from './ports/code-sender.js';
import { PhoneCodes } from './ports/phone-codes.js';
import type { PhoneCodeAnswer, PhoneLoginBody, SessionAnswer } from './schemas.js';
import { User } from './user.entity.js';

const DAY_MS = 86_400_000;

/** Codes on their way to phones at once: beyond it the gateway hangs, and one more would come too late. */
const MAX_SENDING = 1_000;

/** Login by phone with a one-time code. */
@Injectable()
export class PhoneLogin implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Auth');
  private readonly hashKey: Buffer;
  private readonly caps: Readonly<Record<'address' | 'number', RateLimitRule>>;
  private readonly sending = new Set<Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly codes: PhoneCodes,
    @Inject(CodeSender) private readonly sender: CodeSender | undefined,
    private readonly limiter: RateLimiter,
    private readonly guesses: Guesses,
    private readonly logins: Logins,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.hashKey = deriveKey(config.JWT_SECRET, 'phone code');
    // With the counts away nothing is sent: messages cost money. A bucket, and not a window: whoever is out of codes, perhaps by
    // a stranger's doing, waits for the next one and not for a day.
    const daily = {
      algorithm: 'token-bucket',
      windowMs: DAY_MS,
      scope: 'shared',
      whenAway: 'refuse',
    } as const;
    this.caps = {
      address: { ...daily, name: 'phone-codes-address', limit: config.PHONE_CODES_PER_ADDRESS_PER_DAY },
      number: { ...daily, name: 'phone-codes-number', limit: config.PHONE_CODES_PER_NUMBER_PER_DAY },
    };
  }

  /**
   * Makes a code and sends it, without waiting for the delivery: known, unknown and unreachable numbers get the same answer
   * in the same time.
   * @param phone E.164
   * @throws Problem phone_login_unavailable, too_many_codes, overloaded, dependency_unavailable
   */
  async requestCode(phone: string): Promise<PhoneCodeAnswer> {
    const sender = this.requireSender();
    if (this.sending.size >= MAX_SENDING) throw new Problem('overloaded');
    // The address first: one that had its share must not use up that of a number.
    await this.take(this.caps.address, clientKey(context.address() ?? 'unknown'));
    await this.take(this.caps.number, this.hash(phone));
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    await this.codes.put(this.hash(phone), this.hash(`${phone}/${code}`));
    this.metrics.phoneCodes.inc({ outcome: 'requested' });
    this.deliver(sender, phone, code);
    return { object: 'phone_code', expires_in: this.config.PHONE_CODE_TTL_S };
  }

  /**
   * Logs in; the first login of a number creates its account.
   * @param device the proofs of the client's device, from the body or its cookie
   * @throws Problem invalid_code, too_many_attempts, phone_login_unavailable, dependency_unavailable
   */
  async login({ phone, code }: PhoneLoginBody, device: string | undefined): Promise<SessionAnswer> {
    this.requireSender();
    const judged = await this.guesses.judge({ name: { phone }, device }, async () => {
      // Read before the code is used up: with the database away, the client can try again with the same code.
      const known = await this.find(phone);
      const check = await this.codes.check(this.hash(phone), this.hash(`${phone}/${code}`));
      return check === 'right' ? { known } : undefined;
    });
    if (!judged) {
      this.metrics.logins.inc({ outcome: 'refused' });
      throw new Problem('invalid_code');
    }
    const { known } = judged;
    const user = known ?? (await this.create(phone));
    const { answer } = await this.logins.open(user);
    this.metrics.logins.inc({ outcome: known ? 'ok' : 'registered' });
    this.logger.log({ event: 'user_logged_in', user: user.id, by: 'phone' }, 'user logged in');
    return { ...answer, device_token: await this.guesses.remember({ phone }) };
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.sending);
  }

  private requireSender(): CodeSender {
    if (!this.sender) throw new Problem('phone_login_unavailable');
    return this.sender;
  }

  private async take(rule: RateLimitRule, subject: string): Promise<void> {
    const { allowed, retryAfterMs } = await this.limiter.take(rule, subject);
    if (allowed) return;
    this.metrics.phoneCodes.inc({ outcome: 'capped' });
    throw new Problem('too_many_codes', { retryAfterS: retryAfterMs / 1_000 });
  }

  private deliver(sender: CodeSender, phone: string, code: string): void {
    const sent = sender.send(phone, code, this.config.PHONE_CODE_TTL_S).then(
      () => this.metrics.phoneCodes.inc({ outcome: 'sent' }),
      (error: unknown) => {
        this.metrics.phoneCodes.inc({ outcome: 'failed' });
        this.logger.warn({ phone: maskedPhone(phone), err: error }, 'a login code could not be sent');
      },
    );
    this.sending.add(sent);
    void sent.finally(() => this.sending.delete(sent));
  }

  private async create(phone: string): Promise<User> {
    const now = this.clock.now();
    const user: User = {
      id: newId('usr', now),
      email: null,
      phone,
      name: `Shopper ${phone.slice(-4)}`,
      passwordHash: null,
      role: 'shopper',
      merchantId: null,
      merchantRole: null,
      createdAt: now,
    };
    try {
      await this.database.write((tx) => tx.insert(User, user));
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

  /** Keyed: six digits, or eleven, are soon guessed from a plain hash. */
  private hash(text: string): string {
    return createHmac('sha256', this.hashKey).update(text).digest('base64url');
  }
}
