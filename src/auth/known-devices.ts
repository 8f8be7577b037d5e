import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Clock } from '../common/clock.js';
import { deriveKey } from '../common/derive-key.js';

const DAY_MS = 86_400_000;
/** A device that was not signed in for so long is one like any other. */
const KNOWN_MS = 365 * DAY_MS;
/** Accounts that one browser remembers to have been signed in to; the cookie stays short. */
export const ACCOUNTS_PER_DEVICE = 4;
const FORM = /^([0-9a-z]{1,9})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

/**
 * Proofs that somebody was signed in to an account on a device before: signed, stored nowhere, good for nothing but tries
 * of their own, so that strangers who guess do not delay the owner (OWASP, "device cookies").
 */
@Injectable()
export class KnownDevices {
  private readonly key: Buffer;

  constructor(
    @Inject(CONFIG) config: Pick<Config, 'JWT_SECRET'>,
    private readonly clock: Clock,
  ) {
    this.key = deriveKey(config.JWT_SECRET, 'known device');
  }

  /** @param account keyed hash of the name that is typed at a login */
  issue(account: string): string {
    const day = Math.floor(this.clock.now() / DAY_MS).toString(36);
    const nonce = randomBytes(16).toString('base64url');
    return `${day}.${nonce}.${this.seal(account, day, nonce)}`;
  }

  /**
   * @param tokens of the device, with `~` between them; whatever a client sends
   * @returns the id of the device, the same at each login, where one of its tokens is of this account
   */
  deviceOf(account: string, tokens: string | undefined): string | undefined {
    for (const token of (tokens ?? '').split('~', ACCOUNTS_PER_DEVICE)) {
      const [, day, nonce, seal] = FORM.exec(token) ?? [];
      if (day === undefined || nonce === undefined || seal === undefined) continue;
      if ((Number.parseInt(day, 36) + 1) * DAY_MS + KNOWN_MS < this.clock.now()) continue;
      if (timingSafeEqual(Buffer.from(seal), Buffer.from(this.seal(account, day, nonce)))) return nonce;
    }
    return undefined;
  }

  private seal(account: string, day: string, nonce: string): string {
    return createHmac('sha256', this.key).update(`${account}/${day}/${nonce}`).digest('base64url');
  }
}

/** The tokens of a device with a new one before those that it had. */
export const withToken = (token: string, tokens: string | undefined): string =>
  [token, ...(tokens ?? '').split('~').filter((other) => FORM.test(other))]
    .slice(0, ACCOUNTS_PER_DEVICE)
    .join('~');
