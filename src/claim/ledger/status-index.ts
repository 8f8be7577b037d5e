import { Column, Entity, PrimaryColumn, type EntityManager } from 'typeorm';
import { inList, placeholders, type Database } from '../../database/database.js';
import { epochMs } from '../../database/epoch-ms.js';
import { Keyset, type Direction } from '../../database/keyset.js';
import type { ClaimStatus } from '../domain/claim-move.js';
import type { ClaimRecord } from '../domain/claim-record.js';
import { isListed } from '../domain/listed-claims.js';
import { ClaimColumns } from './rows/claim-columns.js';
import { claimsById } from './rows/claims-by-id.js';
import { lastSequence, lockStretch } from './rows/claims-in-line.js';
import { PLACES, type PlaceName } from './rows/claim-places.js';

const ROWS = 500;
/** Numbers of the line that one transaction of a repair goes through. */
const REPAIR_STEP = 1_000;

const INDEXED = new ClaimColumns('id', 'voucherId', 'userId', 'sequence', 'createdAt', 'status');
const ID = new ClaimColumns('id');

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

/** What the index has of the records. */
export const indexed = (records: readonly ClaimRecord[], status: ClaimStatus): IndexedClaim[] =>
  records.map((record) => ({
    id: record.id,
    voucherId: record.voucher_id,
    userId: record.user_id,
    sequence: record.sequence,
    createdAt: record.at,
    status,
  }));

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
  for (const place of PLACES) {
    const last = (await lastSequence(db.read, voucherId, place)) ?? -1;
    for (let after = -1; after < last; after += REPAIR_STEP)
      await db.write((tx) => rebuildStep(db, tx, place, { voucherId, after, to: after + REPAIR_STEP }));
  }
  // Whatever they say: a hand may have written others than `LISTED_STATUSES`.
  const statuses: { status: string }[] = await db.read.query(
    'SELECT DISTINCT status FROM claim_status_index WHERE voucher_id = ?',
    [voucherId],
  );
  for (const { status } of statuses) await removeOrphans(db, voucherId, status);
}

async function rebuildStep(
  db: Database,
  tx: EntityManager,
  place: PlaceName,
  stretch: { readonly voucherId: string; readonly after: number; readonly to: number },
): Promise<void> {
  const rows = await lockStretch(db, tx, INDEXED, place, stretch);
  await removeFromStatusIndex(
    tx,
    rows.map(({ id }) => id),
  );
  await insertInStatusIndex(tx, rows);
}

/**
 * Entries whose claims are no rows. An entry is committed with its claim, so a claim that is not found after its entry was read was
 * removed by a hand.
 */
async function removeOrphans(db: Database, voucherId: string, status: string): Promise<void> {
  for (let cursor: readonly [number, string] | undefined; ;) {
    const entries = await entriesOf(db, STATUS_OF_VOUCHER, {
      list: [voucherId, status],
      cursor,
      direction: 'ASC',
      take: ROWS,
    });
    if (entries.length === 0) return;
    const ids = entries.map(({ claimId }) => claimId);
    await db.write(async (tx) => {
      const present = new Set((await claimsById(tx, ID, ids)).map(({ id }) => id));
      await removeFromStatusIndex(
        tx,
        ids.filter((id) => !present.has(id)),
      );
    });
    const last = entries.at(-1);
    if (!last || entries.length < ROWS) return;
    cursor = [last.sequence, last.claimId];
  }
}

/** A page of entries: of `take`, or fewer where there are no more. */
export function entriesOf(
  db: Database,
  keyset: Keyset,
  page: {
    /** Of the voucher, or of the user, and the status. */
    readonly list: readonly string[];
    readonly cursor: readonly unknown[] | undefined;
    readonly direction: Direction;
    readonly take: number;
  },
): Promise<StatusIndexEntry[]> {
  const query = db.read.createQueryBuilder(StatusIndexEntry, 'i');
  return keyset
    .apply(query, { ...page, dialect: db.dialect })
    .limit(page.take)
    .getMany();
}
