import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { affectedRows, Database, inList } from '../database/database.js';
import { Clock } from '../common/clock.js';
import { inMode } from '../common/mode.js';
import { Problem } from '../common/problems.js';
import type { User } from './user.entity.js';

/** Why somebody is kept out, by whom and since when (ms since 1970). */
export interface Disabled {
  readonly reason: string;
  readonly at: number;
  readonly by: string;
}

/** Users and merchants that administrators keep out. */
@Injectable()
export class DisabledAccounts {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
  ) {}

  /** Of those users and merchants that are. */
  async of(ids: readonly string[], on: EntityManager = this.db.read): Promise<ReadonlyMap<string, Disabled>> {
    if (ids.length === 0) return new Map();
    const rows: { id: string; reason: string; disabled_at: number | string; disabled_by: string }[] =
      await on.query(
        `SELECT id, reason, disabled_at, disabled_by FROM disabled_accounts WHERE id IN (${inList(ids.length)})`,
        [...ids],
      );
    return new Map(
      rows.map(({ id, reason, disabled_at: at, disabled_by: by }) => [id, { reason, at: Number(at), by }]),
    );
  }

  /** @throws Problem account_disabled for a user that is, or whose merchant is: a test shopper's as well */
  async requireEnabled({ id, merchantId }: Pick<User, 'id' | 'merchantId'>): Promise<void> {
    const found = await this.of(merchantId === null ? [id] : [id, inMode(merchantId, 'live')]);
    if (found.size > 0) throw new Problem('account_disabled');
  }

  /** @returns whether it was not already */
  async disable(tx: EntityManager, id: string, reason: string, by: string): Promise<boolean> {
    const sql = `${this.db.insertIgnore} disabled_accounts (id, reason, disabled_at, disabled_by) VALUES (?, ?, ?, ?)`;
    return (await affectedRows(tx, sql, [id, reason, this.clock.now(), by])) === 1;
  }

  /** @returns whether it was disabled */
  async enable(tx: EntityManager, id: string): Promise<boolean> {
    return (await affectedRows(tx, 'DELETE FROM disabled_accounts WHERE id = ?', [id])) === 1;
  }
}
