import { createHmac, randomBytes, randomInt } from 'node:crypto';
import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Metrics } from '../observability/metrics.js';
import { clientKey } from '../common/address.js';
import { deriveKey } from '../common/derive-key.js';
import { context } from '../common/request-context.js';
import { Problem } from '../common/problems.js';
import { Guesses } from './guesses.js';
import { maskedPhone } from './phone.js';
import { PhoneCodeCaps, type CodeAsker } from './phone-code-caps.js';
import { CodeSender, type CodePurpose } from './ports/code-sender.js';
import { PhoneCodes } from './ports/phone-codes.js';
import type { PhoneCodeAnswer, PhoneCodeBody } from './schemas.js';

/** Codes on their way to phones at once: beyond it the gateway hangs, and one more would come too late. */
const MAX_SENDING = 1_000;

/** What a code is good for: a login, or the proof that the number is of an account. A code for one is none for another. */
export type CodeUse = { readonly purpose: 'login' } | { readonly purpose: 'proof'; readonly userId: string };

/** A code as somebody typed it. Without the id of its request it is one that was asked for from this address. */
export interface TypedCode {
  readonly phone: string;
  readonly code: string;
  readonly requestId: string | undefined;
}

/** One-time codes to phones: made, sent, and judged. */
@Injectable()
export class PhoneCodeDesk implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Auth');
  private readonly hashKey: Buffer;
  private readonly sending = new Set<Promise<void>>();

  constructor(
    private readonly codes: PhoneCodes,
    @Inject(CodeSender) private readonly sender: CodeSender | undefined,
    private readonly caps: PhoneCodeCaps,
    private readonly guesses: Guesses,
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
  async send(use: CodeUse, body: PhoneCodeBody, device: string | undefined): Promise<PhoneCodeAnswer> {
    const { phone, captcha_id: captchaId, captcha_answer: answer } = body;
    const sender = this.requireSender();
    if (this.sending.size >= MAX_SENDING) throw new Problem('overloaded');
    const address = clientKey(context.address() ?? 'unknown');
    const known = await this.guesses.knownBy({ phone }, device);
    await this.capped({
      number: this.hash(phone),
      address,
      known: known !== undefined,
      device: known?.device,
      captcha: captchaId === undefined || answer === undefined ? undefined : { captchaId, answer },
    });
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    const id = randomBytes(16).toString('base64url');
    const codeHash = this.codeHash(use, phone, code);
    // Each way to the code has tries of its own; by whichever it is used, it is used up for both.
    const ways = [byId(use, phone, id), byAddress(use, phone, address), once(codeHash)];
    await Promise.all(ways.map((way) => this.codes.put(this.hash(way), codeHash)));
    this.metrics.phoneCodes.inc({ outcome: 'requested' });
    this.deliver(sender, phone, code, use.purpose);
    return { object: 'phone_code', id, expires_in: this.config.PHONE_CODE_TTL_S };
  }

  /**
   * Judges a typed code, and uses it up where it is right.
   * @param prepare runs before that: what it throws leaves the code good
   * @returns what `prepare` found
   * @throws Problem invalid_code, too_many_attempts, phone_login_unavailable, dependency_unavailable
   */
  async judge<T>(
    use: CodeUse,
    { phone, code, requestId }: TypedCode,
    device: string | undefined,
    prepare: () => Promise<T>,
  ): Promise<T> {
    this.requireSender();
    const way =
      requestId === undefined
        ? byAddress(use, phone, clientKey(context.address() ?? 'unknown'))
        : byId(use, phone, requestId);
    const judged = await this.guesses.judge({ name: { phone }, device, own: way }, async () => {
      const prepared = await prepare();
      return (await this.isRight(way, this.codeHash(use, phone, code))) ? { prepared } : undefined;
    });
    if (!judged) throw new Problem('invalid_code');
    return judged.prepared;
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

  private deliver(sender: CodeSender, phone: string, code: string, purpose: CodePurpose): void {
    const sent = sender.send(phone, code, this.config.PHONE_CODE_TTL_S, purpose).then(
      () => this.metrics.phoneCodes.inc({ outcome: 'sent' }),
      (error: unknown) => {
        this.metrics.phoneCodes.inc({ outcome: 'failed' });
        this.logger.warn({ phone: maskedPhone(phone), err: error }, 'a code could not be sent to a phone');
      },
    );
    this.sending.add(sent);
    void sent.finally(() => this.sending.delete(sent));
  }

  private codeHash(use: CodeUse, phone: string, code: string): string {
    return this.hash(`${scopeOf(use)}${phone}/${code}`);
  }

  /** Keyed: six digits, or eleven, are soon guessed from a plain hash. */
  private hash(text: string): string {
    return createHmac('sha256', this.hashKey).update(text).digest('base64url');
  }
}

/** A number begins with `+`, so the scope of one use is never that of another. */
const scopeOf = (use: CodeUse): string => (use.purpose === 'login' ? '' : `proof/${use.userId}/`);

/** Where the code of a request is looked up: subjects of `PhoneCodes`, hashed. */
const byId = (use: CodeUse, phone: string, id: string): string => `request/${scopeOf(use)}${phone}/${id}`;
const byAddress = (use: CodeUse, phone: string, address: string): string =>
  `address/${scopeOf(use)}${phone}/${address}`;
const once = (codeHash: string): string => `once/${codeHash}`;
