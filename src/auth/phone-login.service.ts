import { createHmac, randomBytes, randomInt } from 'node:crypto';
import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Database, isDuplicateKey } from '../database/database.js';
import { Metrics } from '../observability/metrics.js';
import { clientKey } from '../common/address.js';
import { deriveKey } from '../common/derive-key.js';
import { Clock } from '../common/clock.js';
import { context } from '../common/request-context.js';
import { newId } from '../common/ids.js';
import { Problem } from '../common/problems.js';
import { Guesses } from './guesses.js';
import { Logins } from './logins.js';
import { maskedPhone } from './phone.js';
import { PhoneCodeCaps, type CodeAsker } from './phone-code-caps.js';
import { CodeSender } from './ports/code-sender.js';
import { PhoneCodes } from './ports/phone-codes.js';
import type { PhoneCodeAnswer, PhoneCodeBody, PhoneLoginBody, SessionAnswer } from './schemas.js';
import { User } from './user.entity.js';

/** Codes on their way to phones at once: beyond it the gateway hangs, and one more would come too late. */
const MAX_SENDING = 1_000;

/** Login by phone with a one-time code. */
@Injectable()
export class PhoneLogin implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Auth');
  private readonly hashKey: Buffer;
  private readonly sending = new Set<Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly codes: PhoneCodes,
    @Inject(CodeSender) private readonly sender: CodeSender | undefined,
    private readonly caps: PhoneCodeCaps,
    private readonly guesses: Guesses,
    private readonly logins: Logins,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.hashKey = deriveKey(config.JWT_SECRET, 'phone code');
  }

  /**
   * Makes a code and sends it, without waiting for the delivery: known, unknown and unreachable numbers get the same answer
   * in the same time.
   *
   * The code belongs to this request: it is used with the id that is answered, or without one from the same address. So who
   * asks for a code of somebody else's number neither replaces the owner's nor uses up its tries.
   * @param device the proofs of the client's device, from the body or its cookie
   * @throws Problem phone_login_unavailable, captcha_required, captcha_failed, too_many_codes, overloaded,
   *   dependency_unavailable
   */
  async requestCode(body: PhoneCodeBody, device: string | undefined): Promise<PhoneCodeAnswer> {
    const { phone, captcha_id: captchaId, captcha_answer: answer } = body;
    const sender = this.requireSender();
    if (this.sending.size >= MAX_SENDING) throw new Problem('overloaded');
    const address = clientKey(context.address() ?? 'unknown');
    await this.capped({
      number: this.hash(phone),
      address,
      known: await this.guesses.isKnown({ phone }, device),
      captcha: captchaId === undefined || answer === undefined ? undefined : { captchaId, answer },
    });
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    const id = randomBytes(16).toString('base64url');
    const codeHash = this.hash(`${phone}/${code}`);
    // Each way to the code has tries of its own; by whichever it is used, it is used up for both.
    const ways = [byId(phone, id), byAddress(phone, address), once(codeHash)];
    await Promise.all(ways.map((way) => this.codes.put(this.hash(way), codeHash)));
    this.metrics.phoneCodes.inc({ outcome: 'requested' });
    this.deliver(sender, phone, code);
    return { object: 'phone_code', id, expires_in: this.config.PHONE_CODE_TTL_S };
  }

  /**
   * Logs in; the first login of a number creates its account.
   * @param device the proofs of the client's device, from the body or its cookie
   * @throws Problem invalid_code, too_many_attempts, phone_login_unavailable, dependency_unavailable
   */
  async login(
    { phone, code, request_id: id }: PhoneLoginBody,
    device: string | undefined,
  ): Promise<SessionAnswer> {
    this.requireSender();
    const way =
      id === undefined ? byAddress(phone, clientKey(context.address() ?? 'unknown')) : byId(phone, id);
    const judged = await this.guesses.judge({ name: { phone }, device, own: way }, async () => {
      // Read before the code is used up: with the database away, the client can try again with the same code.
      const known = await this.find(phone);
      return (await this.isRight(way, this.hash(`${phone}/${code}`))) ? { known } : undefined;
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

  private async isRight(way: string, codeHash: string): Promise<boolean> {
    if ((await this.codes.check(this.hash(way), codeHash)) !== 'right') return false;
    return (await this.codes.check(this.hash(once(codeHash)), codeHash)) === 'right';
  }

  private async capped(asker: CodeAsker): Promise<void> {
    await this.caps.take(asker).catch((error: unknown) => {
      if (error instanceof Problem && error.code !== 'dependency_unavailable')
        this.metrics.phoneCodes.inc({ outcome: 'capped' });
      throw error;
    });
  }

  private requireSender(): CodeSender {
    if (!this.sender) throw new Problem('phone_login_unavailable');
    return this.sender;
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

/** Where the code of a request is looked up: subjects of `PhoneCodes`, hashed. */
const byId = (phone: string, id: string): string => `request/${phone}/${id}`;
const byAddress = (phone: string, address: string): string => `address/${phone}/${address}`;
const once = (codeHash: string): string => `once/${codeHash}`;
