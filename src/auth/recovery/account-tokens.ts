import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { affectedRows, Database } from '../../database/database.js';
import { pruneRows } from '../../database/prune.js';

export type TokenPurpose = 'password_reset' | 'email_proof';

/** What a mailed link is good for. */
export interface AccountToken {
  readonly hash: string;
  readonly purpose: TokenPurpose;
  readonly userId: string;
  /** Where it was mailed to. */
  readonly email: string;
  /** Fingerprint of what has to be as it was; `null` where nothing has. */
  readonly boundTo: string | null;
}

interface Row {
  readonly hash: string;
  readonly purpose: TokenPurpose;
  readonly user_id: string;
  readonly email: string;
  readonly bound_to: string | null;
}

const SECRET_BYTES = 32;
/** Of the secrets that we make; anything else is not looked for. */
const SECRET = /^[\w-]{43}$/;

export const fingerprint = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** Secrets of mailed links, good once and for a time. The database sees their hashes alone: they are 256 random bits each. */
@Injectable()
export class AccountTokens {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** @returns the secret, for the mail and nobody else */
  async create(tx: EntityManager, token: Omit<AccountToken, 'hash'>, lifetimeMs: number): Promise<string> {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const now = this.clock.now();
    await tx.query(
      `INSERT INTO account_tokens (hash, purpose, user_id, email, bound_to, expires_at, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)`,
      [fingerprint(secret), token.purpose, token.userId, token.email, token.boundTo, now + lifetimeMs, now],
    );
    return secret;
  }

  /** One that is not used and not over. */
  async find(purpose: TokenPurpose, secret: string): Promise<AccountToken | undefined> {
    if (!SECRET.test(secret)) return undefined;
    const rows: Row[] = await this.db.read.query(
      `SELECT hash, purpose, user_id, email, bound_to FROM account_tokens
        WHERE hash = ? AND purpose = ? AND expires_at > ?`,
      [fingerprint(secret), purpose, this.clock.now()],
    );
    return rows.map(({ hash, user_id, email, bound_to }) => ({
      hash,
      purpose,
      userId: user_id,
      email,
      boundTo: bound_to,
    }))[0];
  }

  /** Uses a token up. @returns whether it was there: of any number of calls, for one alone */
  async spend(tx: EntityManager, { hash }: AccountToken): Promise<boolean> {
    return (await affectedRows(tx, 'DELETE FROM account_tokens WHERE hash = ?', [hash])) === 1;
  }

  /** Those of an account. @param purpose `undefined`: all */
  async forget(tx: EntityManager, userId: string, purpose?: TokenPurpose): Promise<void> {
    const only = purpose === undefined ? '' : ' AND purpose = ?';
    const values = purpose === undefined ? [userId] : [userId, purpose];
    await tx.query(`DELETE FROM account_tokens WHERE user_id = ?${only}`, values);
  }

  /** Removes those that are over. */
  prune(): Promise<number> {
    return pruneRows(this.db, {
      table: 'account_tokens',
      key: 'hash',
      where: 'expires_at <= ?',
      values: [this.clock.now()],
      by: 'expires_at',
    });
  }
}
