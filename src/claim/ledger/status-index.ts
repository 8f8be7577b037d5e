import { Column, Entity, PrimaryColumn, type EntityManager } from 'typeorm';
import { inList, placeholders, type Database } from '../../database/database.js';
import { epochMs } from '../../database/epoch-ms.js';
import { Keyset } from '../../database/keyset.js';
import type { ClaimStatus } from '../domain/claim-move.js';
import { CLAIM_PLACES } from './claim-archive.js';
import type { ClaimEntity } from './claim.entity.js';

/** Of a voucher nearly all claims are one of these, and which of the two its `redeem_until` says: they need no index by status. */
const UNLISTED = ['issued', 'expired'] as const;
/** Those that have an entry. */
export const LISTED_STATUSES = [
  'held',
  'rejected',
  'released',
  'cancelled',
  'redeemed',
] as const satisfies readonly Exclude<ClaimStatus, (typeof UNLISTED)[number]>[];
const ROWS = 500;
/** Numbers of the line that one transaction of a repair goes through. */
const REPAIR_STEP = 1_000;

/** SQL: claims that have an entry. */
export const LISTED = `status NOT IN (${UNLISTED.map((status) => `'${status}'`).join(', ')})`;

export const isListed = (status: string): boolean => !(UNLISTED as readonly string[]).includes(status);

/**
 * An entry of the partial index of `claims` by status (docs/adr/0077). Neither MariaDB nor MySQL has partial indexes, so it is a table.
 * A claim has an entry exactly as long as its row's status is listed: whoever changes the status changes it in the same transaction.
 * Entries of claims that are moved to the archive stay.
 */
@Entity('claim_status_index')
export class StatusIndexEntry {
  @PrimaryColumn({ name: 'claim_id', type: 'varchar', length: 64 })
  claimId!: string;

  @Column({ name: 'voucher_id', type: 'varchar', length: 64 })
  voucherId!: string;

  @Column({ name: 'user_id', type: 'varchar', length: 64 })
  userId!: string;

  @Column({ type: 'varchar', length: 16 })
  status!: ClaimStatus;

  @Column({ type: 'bigint', transformer: epochMs })
  sequence!: number;

  @Column({ name: 'created_at', type: 'bigint', transformer: epochMs })
  createdAt!: number;

  /** No column: where a query joins it. */
  claim?: ClaimEntity | null;
}

export const STATUS_OF_VOUCHER = new Keyset({
  table: 'claim_status_index',
  index: 'claim_status_of_voucher',
  within: ['voucher_id', 'status'],
  by: ['sequence', 'claim_id'],
});

export const STATUS_OF_USER = new Keyset({
  table: 'claim_status_index',
  index: 'claim_status_of_user',
  within: ['user_id', 'status'],
  by: ['created_at', 'claim_id'],
});

/** What an entry has of its claim. */
export interface IndexedClaim {
  readonly id: string;
  readonly voucherId: string;
  readonly userId: string;
  readonly sequence: number;
  readonly createdAt: number;
  readonly status: ClaimStatus;
}

/** Claims that are rows now, in the same transaction. Those of an unlisted status cost nothing. */
export const insertInStatusIndex = (tx: EntityManager, claims: readonly IndexedClaim[]): Promise<void> =>
  writeEntries(tx, 'INSERT', claims);

/** `REPLACE` takes what an older version of the program left there, for less than a deletion before each insertion. */
async function writeEntries(
  tx: EntityManager,
  how: 'INSERT' | 'REPLACE',
  claims: readonly IndexedClaim[],
): Promise<void> {
  const listed = claims.filter(({ status }) => isListed(status));
  for (let from = 0; from < listed.length; from += ROWS) {
    const chunk = listed.slice(from, from + ROWS);
    await tx.query(
      `${how} INTO claim_status_index (claim_id, voucher_id, user_id, status, sequence, created_at) VALUES ${placeholders(chunk.length, 6)}`,
      chunk.flatMap((one) => [one.id, one.voucherId, one.userId, one.status, one.sequence, one.createdAt]),
    );
  }
}

/** Claims that moved from one status, whose rows are held, in the same transaction. @param claims as they are now, all of one status */
export async function moveInStatusIndex(
  tx: EntityManager,
  from: ClaimStatus,
  claims: readonly IndexedClaim[],
): Promise<void> {
  if (claims.some(({ status }) => isListed(status))) return writeEntries(tx, 'REPLACE', claims);
  if (!isListed(from)) return;
  await removeFromStatusIndex(
    tx,
    claims.map(({ id }) => id),
  );
}

async function removeFromStatusIndex(tx: EntityManager, claimIds: readonly string[]): Promise<void> {
  for (let from = 0; from < claimIds.length; from += ROWS) {
    const chunk = claimIds.slice(from, from + ROWS);
    await tx.query(`DELETE FROM claim_status_index WHERE claim_id IN (${inList(chunk.length)})`, chunk);
  }
}

/**
 * Writes the entries of a voucher anew, for a database whose claims were changed by something that knows no index: an older version
 * that ran on after the migration, or a hand. Claims go on meanwhile: each step holds the rows that it reads.
 */
export async function rebuildStatusIndex(db: Database, voucherId: string): Promise<void> {
  for (const place of CLAIM_PLACES) {
    const [last]: { sequence: number | string | null }[] = await db.read.query(
      `SELECT MAX(sequence) AS sequence FROM ${place.table} WHERE voucher_id = ?`,
      [voucherId],
    );
    for (let from = -1; from < Number(last?.sequence ?? -1); from += REPAIR_STEP)
      await db.write((tx) => rebuildStep(db, tx, place, { voucherId, from }));
  }
  await db.write((tx) =>
    tx.query(
      `DELETE FROM claim_status_index WHERE voucher_id = ?
        AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.id = claim_status_index.claim_id)
        AND NOT EXISTS (SELECT 1 FROM claims_archive a WHERE a.id = claim_status_index.claim_id)`,
      [voucherId],
    ),
  );
}

async function rebuildStep(
  { dialect, forUpdate }: Database,
  tx: EntityManager,
  { bySequence }: (typeof CLAIM_PLACES)[number],
  { voucherId, from }: { readonly voucherId: string; readonly from: number },
): Promise<void> {
  const rows: (Omit<IndexedClaim, 'sequence' | 'createdAt'> & Record<'sequence' | 'createdAt', unknown>)[] =
    await tx.query(
      `SELECT id, voucher_id AS voucherId, user_id AS userId, sequence, created_at AS createdAt, status
         FROM ${bySequence.from({ dialect })}
        WHERE ${bySequence.list({ dialect })} AND sequence > ? AND sequence <= ?${forUpdate}`,
      [voucherId, from, from + REPAIR_STEP],
    );
  await removeFromStatusIndex(
    tx,
    rows.map(({ id }) => id),
  );
  await insertInStatusIndex(
    tx,
    rows.map((row) => ({ ...row, sequence: Number(row.sequence), createdAt: Number(row.createdAt) })),
  );
}
