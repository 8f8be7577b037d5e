import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ProvenAddresses } from '../../auth/index.js';
import { Clock } from '../../common/clock.js';
import { mailboxOf } from '../../common/mailbox.js';
import { Database, inList, placeholders } from '../../database/database.js';

export interface ProvenUser {
  readonly userId: string;
  readonly proven: ProvenAddresses;
}

interface Row {
  readonly person: string;
  readonly user_id: string;
}

/**
 * By which account a person takes part in a voucher that counts persons: the first one that asked for a unit with the mailbox or the
 * number. The primary key of the table decides among those who come at once; from then on the gate's limit per user is the person's.
 */
@Injectable()
export class PersonAccounts {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** @returns those whose mailbox or number takes part by another account */
  async settle(voucherId: string, users: readonly ProvenUser[]): Promise<ReadonlySet<string>> {
    const persons = new Map(users.map(({ userId, proven }) => [userId, keysOf(voucherId, proven)]));
    const keys = [...new Set([...persons.values()].flat())];
    const before = await this.find(voucherId, keys);
    // Who is refused leaves no trace, so that another of their addresses stays free.
    const free = [...persons].filter(([userId, own]) => own.every((key) => isOf(before, key, userId)));
    const missing = free.flatMap(([userId, own]) =>
      own.filter((key) => !before.has(key)).map((key) => ({ key, userId })),
    );
    if (missing.length > 0) await this.insert(voucherId, missing);
    const settled = missing.length > 0 ? await this.find(voucherId, keys) : before;
    return new Set(
      [...persons]
        .filter(([userId, own]) => !own.every((key) => isOf(settled, key, userId)))
        .map(([id]) => id),
    );
  }

  /** @returns accounts by person */
  private async find(voucherId: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (keys.length === 0) return new Map();
    const rows: Row[] = await this.db.read.query(
      `SELECT person, user_id FROM voucher_people WHERE voucher_id = ? AND person IN (${inList(keys.length)})`,
      [voucherId, ...keys],
    );
    return new Map(rows.map(({ person, user_id }) => [person, user_id]));
  }

  /** Whoever comes second changes nothing. In one order, so that processes that insert at once do not wait for each other in a circle. */
  private async insert(
    voucherId: string,
    rows: readonly { readonly key: string; readonly userId: string }[],
  ): Promise<void> {
    const now = this.clock.now();
    const ordered = [...rows].sort((a, b) => (a.key < b.key ? -1 : 1));
    await this.db.write((tx) =>
      tx.query(
        `${this.db.insertIgnore} voucher_people (voucher_id, person, user_id, created_at) VALUES ${placeholders(ordered.length, 4)}`,
        ordered.flatMap(({ key, userId }) => [voucherId, key, userId, now]),
      ),
    );
  }
}

const isOf = (accounts: ReadonlyMap<string, string>, key: string, userId: string): boolean =>
  (accounts.get(key) ?? userId) === userId;

/** The voucher is part of it: nobody can tell by the table in which vouchers somebody took part. */
function keysOf(voucherId: string, { email, phone }: ProvenAddresses): readonly string[] {
  const named = [
    email === null ? null : `mailto:${mailboxOf(email)}`,
    phone === null ? null : `tel:${phone}`,
  ];
  return named
    .filter((name) => name !== null)
    .map((name) => createHash('sha256').update(`${voucherId}\n${name}`).digest('hex'));
}
