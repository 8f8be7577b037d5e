import { createHmac, randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Metrics } from '../observability/metrics.js';
import { clientKey } from '../common/address.js';
import { Clock } from '../common/clock.js';
import { deriveKey } from '../common/derive-key.js';
import { context } from '../common/request-context.js';
import { Problem } from '../common/problems.js';
import { KnownDevices } from './known-devices.js';
import { Attempts, type AttemptOutcome, type AttemptPolicy, type AttemptSubject } from './ports/attempts.js';
import { KnownPlaces } from './ports/known-places.js';

/** Whose secret is guessed: by how the account is named, known or not. */
export type AccountName = { readonly email: string } | { readonly phone: string };

/** Who guesses, besides the address of the request. */
export interface Guesser {
  readonly name: AccountName;
  /** The proofs that the client's device has. */
  readonly device?: string | undefined;
  /** What the guesser alone can guess at, which then has tries of its own. */
  readonly own?: string | undefined;
}

/** A try waits so long for others of its account or address that are being judged. */
const BUSY_WAIT_MS = 5_000;
/** Tries of this process that wait so; one more is refused. */
const MAX_WAITING = 500;
const POLLS_MS = [20, 40, 80, 160] as const;

/**
 * Brute-force protection of passwords and codes. A try counts when it was wrong: for the client's address, and for the
 * account. How many are judged at once is bounded as well, so that parallel guesses get no further than others. Unknown
 * accounts are counted like known ones, so a delay does not tell which exist.
 *
 * Where the account was signed in to before, from this device or address, its tries are counted apart from those of
 * strangers: they cannot keep the owner out.
 */
@Injectable()
export class Guesses {
  private readonly logger = new Logger('Auth');
  private readonly hashKey: Buffer;
  private readonly account: AttemptPolicy;
  private readonly address: AttemptPolicy;
  private waiting = 0;

  constructor(
    private readonly attempts: Attempts,
    private readonly places: KnownPlaces,
    private readonly devices: KnownDevices,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    @Inject(CONFIG) config: Config,
  ) {
    this.hashKey = deriveKey(config.JWT_SECRET, 'guessed accounts');
    const common = {
      firstDelayMs: config.LOGIN_FIRST_DELAY_MS,
      memoryMs: config.LOGIN_TRIES_MEMORY_S * 1_000,
    };
    this.account = {
      ...common,
      name: 'account',
      freeTries: config.LOGIN_FREE_TRIES_ACCOUNT,
      maxDelayMs: config.LOGIN_MAX_DELAY_ACCOUNT_MS,
      atOnce: 1,
      afterSuccess: 'forget',
    };
    this.address = {
      ...common,
      name: 'address',
      freeTries: config.LOGIN_FREE_TRIES_ADDRESS,
      maxDelayMs: config.LOGIN_MAX_DELAY_ADDRESS_MS,
      atOnce: config.LOGIN_AT_ONCE_ADDRESS,
      // Else a guesser's login to an account of their own would wipe the slate.
      afterSuccess: 'keep',
    };
  }

  /**
   * Judges one try, when it may be judged.
   * @param check `undefined` where the secret was wrong; what it throws counts as nothing
   * @returns what `check` does
   * @throws Problem too_many_attempts, dependency_unavailable
   */
  async judge<T>(guesser: Guesser, check: () => Promise<T | undefined>): Promise<T | undefined> {
    const counts = await this.countsOf(guesser);
    const id = randomUUID();
    await this.begin(counts, id);
    let outcome: AttemptOutcome = 'unjudged';
    try {
      const judged = await check();
      outcome = judged === undefined ? 'wrong' : 'right';
      return judged;
    } finally {
      await this.end(counts, id, outcome);
    }
  }

  /**
   * By what the account was signed in to before: the device of this request, which others at its address are not, or the address
   * alone. `undefined`: by neither.
   */
  async knownBy(
    name: AccountName,
    device: string | undefined,
  ): Promise<{ readonly device: string | undefined } | undefined> {
    const account = this.accountOf(name);
    const known = this.devices.deviceOf(account, device);
    return known !== undefined || (await this.places.knows(account, this.place()))
      ? { device: known }
      : undefined;
  }

  /**
   * Somebody was let in: the address is known from now on, and so is the device that keeps the token.
   * @returns the token of the device
   */
  async remember(name: AccountName): Promise<string> {
    const account = this.accountOf(name);
    await this.places.remember(account, this.place()).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'the address of a login is not remembered');
    });
    return this.devices.issue(account);
  }

  /** The address first: one that has to wait must not use up the tries of the account's owner. */
  private async countsOf({ name, device, own }: Guesser): Promise<readonly AttemptSubject[]> {
    const account = this.accountOf(name);
    const place = this.place();
    const known = this.devices.deviceOf(account, device);
    if (known !== undefined) return [this.of(this.account, `${account}/device/${known}`)];
    const address = { policy: this.address, subject: place };
    if (own !== undefined) return [address, this.of(this.account, `${account}/own/${own}`)];
    if (await this.places.knows(account, place))
      return [address, this.of(this.account, `${account}/place/${place}`)];
    return [address, { policy: this.account, subject: account }];
  }

  private of(policy: AttemptPolicy, text: string): AttemptSubject {
    return { policy, subject: this.hash(text) };
  }

  private async begin(counts: readonly AttemptSubject[], id: string): Promise<void> {
    for (const [index, whose] of counts.entries()) {
      try {
        await this.turnOf(whose, id);
      } catch (error) {
        await this.end(counts.slice(0, index), id, 'unjudged');
        throw error;
      }
    }
  }

  private async end(counts: readonly AttemptSubject[], id: string, outcome: AttemptOutcome): Promise<void> {
    await Promise.all(counts.map((whose) => this.attempts.end(whose, id, outcome)));
  }

  /** @throws Problem too_many_attempts */
  private async turnOf(whose: AttemptSubject, id: string): Promise<void> {
    const deadline = this.clock.monotonic() + BUSY_WAIT_MS;
    for (let poll = 0; ; poll += 1) {
      const turn = await this.attempts.begin(whose, id);
      if (turn === 'judge') return;
      const delayed = turn !== 'busy';
      if (delayed || this.waiting >= MAX_WAITING || this.clock.monotonic() > deadline) {
        this.metrics.logins.inc({ outcome: `delayed_${whose.policy.name}` });
        throw new Problem('too_many_attempts', { retryAfterS: delayed ? turn.waitMs / 1_000 : 1 });
      }
      this.waiting += 1;
      const pollMs = POLLS_MS[Math.min(poll, POLLS_MS.length - 1)] ?? 0;
      await this.clock.sleep(pollMs * (0.5 + Math.random())).finally(() => (this.waiting -= 1));
    }
  }

  private place(): string {
    return this.hash(`address:${clientKey(context.address() ?? 'unknown')}`);
  }

  private accountOf(name: AccountName): string {
    return this.hash('email' in name ? `email:${name.email}` : `phone:${name.phone}`);
  }

  private hash(text: string): string {
    return createHmac('sha256', this.hashKey).update(text).digest('base64url');
  }
}
