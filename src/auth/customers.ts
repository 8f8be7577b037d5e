import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Database } from '../database/database.js';
import { normalEmail } from '../common/email.js';
import { firstTestId, type Mode } from '../common/mode.js';
import { maskedPhone, toE164 } from './phone.js';
import { User } from './user.entity.js';
import { usersNamed } from './user-names.js';

/** What a merchant is shown of somebody who claims: enough to greet and to recognise, not enough to write or to call. */
export interface Customer {
  readonly id: string;
  readonly name: string;
  /** E-mail or phone number, mostly hidden; `null` where there is neither. */
  readonly contact: string | null;
}

/** By what somebody can be told from others; `email` and `phone` are those of `addresses`. */
export interface ProvenAddresses {
  /** E-mail address and phone number that were proved to be theirs, each in its one form. */
  readonly addresses: readonly string[];
  readonly hasUnprovenEmail: boolean;
  readonly email: string | null;
  readonly phone: string | null;
}

export type CustomerSearch =
  { readonly kind: 'found'; readonly ids: readonly string[] } | { readonly kind: 'too-many' };

/** Accounts of one search; with more it names nobody in particular. */
const MAX_FOUND = 500;

/** Shoppers as merchants meet them. */
@Injectable()
export class Customers {
  constructor(private readonly db: Database) {}

  async describe(ids: readonly string[]): Promise<ReadonlyMap<string, Customer>> {
    if (ids.length === 0) return new Map();
    const users = await this.db.read.find(User, {
      select: { id: true, name: true, email: true, phone: true },
      where: { id: In([...new Set(ids)]) },
    });
    return new Map(
      users.map((user) => [user.id, { id: user.id, name: user.name, contact: contactOf(user) }]),
    );
  }

  /** A phone number has been proved by a code: the one that made the account, or the one that added it. */
  async proven(ids: readonly string[]): Promise<ReadonlyMap<string, ProvenAddresses>> {
    const users = await this.db.read.find(User, {
      select: { id: true, email: true, emailVerifiedAt: true, phone: true },
      where: { id: In([...new Set(ids)]) },
    });
    return new Map(
      users.map(({ id, email, emailVerifiedAt, phone }) => {
        const proven = emailVerifiedAt === null ? null : email;
        const addresses = [proven, phone].filter((address) => address !== null);
        const hasUnprovenEmail = email !== null && emailVerifiedAt === null;
        return [id, { addresses, hasUnprovenEmail, email: proven, phone }];
      }),
    );
  }

  /**
   * Accounts by what somebody at a counter says of themselves: the whole e-mail or phone number, or how words of the name begin.
   * Never by a part of e-mail or number, by which a stranger's could be guessed bit by bit.
   * @param mode whose accounts: people's, or test shoppers'
   */
  async search(text: string, mode: Mode): Promise<CustomerSearch> {
    const by = (condition: string, values: readonly string[]) => this.by(mode, condition, values);
    if (text.includes('@')) return by('email = ?', [normalEmail(text) ?? text.toLowerCase()]);
    const phone = toE164(text);
    if (phone !== undefined) return by('phone = ?', [phone]);
    return found(await usersNamed(this.db, text, mode, MAX_FOUND + 1));
  }

  private async by(mode: Mode, condition: string, values: readonly string[]): Promise<CustomerSearch> {
    const rows: { id: string }[] = await this.db.read.query(
      `SELECT id FROM users WHERE ${condition} AND id ${mode === 'live' ? '<' : '>='} ? LIMIT ${MAX_FOUND + 1}`,
      [...values, firstTestId('usr')],
    );
    return found(rows.map(({ id }) => id));
  }
}

const found = (ids: readonly string[]): CustomerSearch =>
  ids.length > MAX_FOUND ? { kind: 'too-many' } : { kind: 'found', ids };

function contactOf({ email, phone }: Pick<User, 'email' | 'phone'>): string | null {
  if (email !== null) return maskedEmail(email);
  return phone === null ? null : maskedPhone(phone);
}

/** `l***@example.com` */
function maskedEmail(email: string): string {
  const at = email.lastIndexOf('@');
  return `${email.slice(0, 1)}***${email.slice(at)}`;
}
