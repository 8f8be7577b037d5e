import { createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Metrics } from '../observability/metrics.js';
import { clientKey } from '../common/address.js';
import { deriveKey } from '../common/derive-key.js';
import { context } from '../common/request-context.js';
import { Problem } from '../common/problems.js';
import { Attempts, type AttemptPolicy } from './ports/attempts.js';

/** Whose secret is guessed: by how the account is named, known or not. */
export type AccountName = { readonly email: string } | { readonly phone: string };

/** A guess that may be judged now. */
export interface Guess {
  /** It was right. @throws Problem dependency_unavailable */
  succeeded(): Promise<void>;
}

/**
 * Brute-force protection of passwords and codes. A guess is counted for the client's address and for the account before it
 * is judged. Unknown accounts are counted like known ones, so a delay does not tell which exist.
 */
@Injectable()
export class Guesses {
  private readonly hashKey: Buffer;
  private readonly account: AttemptPolicy;
  private readonly address: AttemptPolicy;

  constructor(
    private readonly attempts: Attempts,
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
      afterSuccess: 'forget',
    };
    this.address = {
      ...common,
      name: 'address',
      freeTries: config.LOGIN_FREE_TRIES_ADDRESS,
      maxDelayMs: config.LOGIN_MAX_DELAY_ADDRESS_MS,
      // Only its own try: else a guesser's login to an account of their own would wipe the slate.
      afterSuccess: 'take-back',
    };
  }

  /**
   * @throws Problem too_many_attempts, dependency_unavailable
   */
  async count(name: AccountName): Promise<Guess> {
    const account = this.hash('email' in name ? `email:${name.email}` : `phone:${name.phone}`);
    const address = this.hash(`address:${clientKey(context.address() ?? 'unknown')}`);
    // The address first: one that has to wait must not use up the tries of the account's owner.
    await this.take(this.address, address);
    try {
      await this.take(this.account, account);
    } catch (error) {
      // Not judged, so not counted: one impatient person must not slow down all who share the address.
      await this.attempts.succeeded(this.address, address);
      throw error;
    }
    return {
      succeeded: async () => {
        await this.attempts.succeeded(this.account, account);
        await this.attempts.succeeded(this.address, address);
      },
    };
  }

  private async take(policy: AttemptPolicy, subject: string): Promise<void> {
    const waitMs = await this.attempts.take(policy, subject);
    if (waitMs === 0) return;
    this.metrics.logins.inc({ outcome: `delayed_${policy.name}` });
    throw new Problem('too_many_attempts', { retryAfterS: waitMs / 1_000 });
  }

  private hash(text: string): string {
    return createHmac('sha256', this.hashKey).update(text).digest('base64url');
  }
}
