import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { requireCursors } from '../../common/cursors.js';
import type { MerchantRole } from '../../common/request-context.js';
import { affectedRows, Database } from '../../database/database.js';
import { pruneRows } from '../../database/prune.js';
import { Keyset, type NewestFirst } from '../../database/keyset.js';

export type InvitedRole = Exclude<MerchantRole, 'owner'>;

/** An invitation as it is stored. Times in ms since 1970. */
export interface Invitation {
  readonly id: string;
  readonly merchantId: string;
  readonly role: InvitedRole;
  /** Whose account alone may accept it; `null` once that account is deleted. */
  readonly email: string | null;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number;
  readonly acceptedAt: number | null;
  readonly acceptedBy: string | null;
  readonly withdrawnAt: number | null;
}

/** One that a link opened. */
export interface OpenInvitation extends Invitation {
  readonly merchantName: string;
}

/** Somebody who works for a merchant. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly role: MerchantRole;
}

interface Row {
  readonly id: string;
  readonly merchant_id: string;
  readonly role: InvitedRole;
  readonly email: string | null;
  readonly created_at: number | string;
  readonly created_by: string;
  readonly expires_at: number | string;
  readonly accepted_at: number | string | null;
  readonly accepted_by: string | null;
  readonly withdrawn_at: number | string | null;
}

const COLUMNS =
  'id, merchant_id, role, email, created_at, created_by, expires_at, accepted_at, accepted_by, withdrawn_at';
const OPEN = 'accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > ?';
const MEMBER = 'id, name, email, merchant_role AS role';

const INVITATIONS = new Keyset({
  table: 'staff_invitations',
  index: 'staff_invitations_by_merchant',
  within: ['merchant_id'],
  by: ['id'],
});
const MEMBERS = new Keyset({
  table: 'users',
  index: 'users_by_merchant',
  within: ['merchant_id'],
  by: ['id'],
});

/** Who works for which merchant, and who is invited to. */
@Injectable()
export class StaffStore {
  constructor(private readonly db: Database) {}

  async insert(tx: EntityManager, invitation: Invitation, tokenHash: string): Promise<void> {
    const { id, merchantId, role, email, createdAt, createdBy, expiresAt } = invitation;
    await tx.query(
      `INSERT INTO staff_invitations (id, merchant_id, role, email, token_hash, created_at, created_by, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      [id, merchantId, role, email, tokenHash, createdAt, createdBy, expiresAt],
    );
  }

  /** Until the end of the transaction nobody else invites for this merchant. */
  async lock(tx: EntityManager, merchantId: string): Promise<void> {
    await tx.query(`SELECT id FROM merchants WHERE id = ?${this.db.forUpdate}`, [merchantId]);
  }

  async countOpen(tx: EntityManager, merchantId: string, now: number): Promise<number> {
    const rows: { n: number | string }[] = await tx.query(
      `SELECT COUNT(*) AS n FROM staff_invitations WHERE merchant_id = ? AND ${OPEN}`,
      [merchantId, now],
    );
    return Number(rows[0]?.n ?? 0);
  }

  /** The invitation that a token opens now, with the name of its merchant. */
  async openByHash(hash: string, now: number): Promise<OpenInvitation | undefined> {
    const columns = COLUMNS.split(', ').map((name) => `i.${name}`);
    const rows: (Row & { merchant_name: string })[] = await this.db.read.query(
      `SELECT ${columns.join(', ')}, m.name AS merchant_name
         FROM staff_invitations i JOIN merchants m ON m.id = i.merchant_id WHERE i.token_hash = ? AND ${OPEN}`,
      [hash, now],
    );
    return rows.map((row) => ({ ...invitationOf(row), merchantName: row.merchant_name }))[0];
  }

  /** @returns whether it was open: of any number at once one is told so */
  async accept(tx: EntityManager, id: string, userId: string, now: number): Promise<boolean> {
    const sql = `UPDATE staff_invitations SET accepted_at = ?, accepted_by = ? WHERE id = ? AND ${OPEN}`;
    return (await affectedRows(tx, sql, [now, userId, id, now])) === 1;
  }

  /** @returns whether it was open */
  async withdraw(tx: EntityManager, merchantId: string, id: string, now: number): Promise<boolean> {
    const sql = `UPDATE staff_invitations SET withdrawn_at = ? WHERE id = ? AND merchant_id = ? AND ${OPEN}`;
    return (await affectedRows(tx, sql, [now, id, merchantId, now])) === 1;
  }

  /** Ends those of an address that are open: with all merchants where none is named. */
  async withdrawFrom(tx: EntityManager, email: string, now: number, merchantId?: string): Promise<void> {
    const only = merchantId === undefined ? '' : ' AND merchant_id = ?';
    await tx.query(`UPDATE staff_invitations SET withdrawn_at = ? WHERE email = ? AND ${OPEN}${only}`, [
      now,
      email,
      now,
      ...(merchantId === undefined ? [] : [merchantId]),
    ]);
  }

  /** The account of an address goes: nothing names it any more. */
  async forgetEmail(tx: EntityManager, email: string, now: number): Promise<void> {
    await this.withdrawFrom(tx, email, now);
    await tx.query('UPDATE staff_invitations SET email = NULL WHERE email = ?', [email]);
  }

  /** Forgets those that were over before a time. */
  prune(before: number): Promise<number> {
    return pruneRows(this.db, {
      table: 'staff_invitations',
      key: 'id',
      where: 'expires_at < ?',
      values: [before],
      by: 'expires_at',
    });
  }

  /** Newest first; one row more than `limit` where there are more. @throws Problem validation_failed for an unknown cursor */
  async invitations(merchantId: string, page: NewestFirst): Promise<Invitation[]> {
    await requireCursors(page, (id) => INVITATIONS.holds(this.db.read, [merchantId], id));
    const [sql, values] = INVITATIONS.newestFirst(this.db.dialect, [merchantId], page);
    const rows: Row[] = await this.db.read.query(`SELECT ${COLUMNS} ${sql}`, values);
    return rows.map(invitationOf);
  }

  /** The latest account first; as `invitations`. */
  async members(merchantId: string, page: NewestFirst): Promise<Member[]> {
    await requireCursors(page, (id) => MEMBERS.holds(this.db.read, [merchantId], id));
    const [sql, values] = MEMBERS.newestFirst(this.db.dialect, [merchantId], page);
    return this.db.read.query(`SELECT ${MEMBER} ${sql}`, values);
  }

  async member(merchantId: string, id: string): Promise<Member | undefined> {
    const rows: Member[] = await this.db.read.query(
      `SELECT ${MEMBER} FROM users WHERE id = ? AND merchant_id = ?`,
      [id, merchantId],
    );
    return rows[0];
  }

  async worksFor(merchantId: string, email: string): Promise<boolean> {
    const rows: unknown[] = await this.db.read.query(
      'SELECT 1 AS found FROM users WHERE email = ? AND merchant_id = ?',
      [email, merchantId],
    );
    return rows.length > 0;
  }

  /** @returns whether the account was a shopper's, of that address and of no merchant */
  async join(
    tx: EntityManager,
    userId: string,
    email: string,
    { merchantId, role }: Pick<Invitation, 'merchantId' | 'role'>,
  ): Promise<boolean> {
    const sql = `UPDATE users SET role = 'merchant', merchant_id = ?, merchant_role = ?
      WHERE id = ? AND email = ? AND role = 'shopper' AND merchant_id IS NULL`;
    return (await affectedRows(tx, sql, [merchantId, role, userId, email])) === 1;
  }

  /** @returns whether it was somebody of this merchant, and not its owner */
  async setRole(tx: EntityManager, merchantId: string, userId: string, role: InvitedRole): Promise<boolean> {
    const sql = `UPDATE users SET merchant_role = ? WHERE id = ? AND merchant_id = ? AND merchant_role <> 'owner'`;
    return (await affectedRows(tx, sql, [role, userId, merchantId])) === 1;
  }

  /** @returns whether one was the owner and the other worked for the same merchant; else the transaction has to be given up */
  async handOver(tx: EntityManager, merchantId: string, from: string, to: string): Promise<boolean> {
    const sql = 'UPDATE users SET merchant_role = ? WHERE id = ? AND merchant_id = ? AND merchant_role';
    const stepsDown = await affectedRows(tx, `${sql} = 'owner'`, ['editor', from, merchantId]);
    if (stepsDown !== 1) return false;
    return (await affectedRows(tx, `${sql} <> 'owner'`, ['owner', to, merchantId])) === 1;
  }

  /** The account is a shopper's again. @returns whether it was one of this merchant, and not its owner's */
  async leave(tx: EntityManager, merchantId: string, userId: string): Promise<boolean> {
    const sql = `UPDATE users SET role = 'shopper', merchant_id = NULL, merchant_role = NULL
      WHERE id = ? AND merchant_id = ? AND merchant_role <> 'owner'`;
    return (await affectedRows(tx, sql, [userId, merchantId])) === 1;
  }
}

const numberOrNull = (value: number | string | null): number | null =>
  value === null ? null : Number(value);

const invitationOf = (row: Row): Invitation => ({
  id: row.id,
  merchantId: row.merchant_id,
  role: row.role,
  email: row.email,
  createdAt: Number(row.created_at),
  createdBy: row.created_by,
  expiresAt: Number(row.expires_at),
  acceptedAt: numberOrNull(row.accepted_at),
  acceptedBy: row.accepted_by,
  withdrawnAt: numberOrNull(row.withdrawn_at),
});
