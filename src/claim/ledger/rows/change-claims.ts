import type { EntityManager } from 'typeorm';
import { affectedRows, inList, type Database } from '../../../database/database.js';
import { pruneRows } from '../../../database/prune.js';
import type { ClaimStatus } from '../../domain/claim-move.js';
import { ARCHIVED_STATUSES } from '../claim-archive.js';
import { COLUMN_NAMES, type Tie } from './claim-columns.js';
import { byLayout, holdLayout, isPacked, packedShare, voucherOfClaim } from './claim-layout.js';
import { CLAIM_TABLES, type ClaimPlace, placesOf } from './claim-places.js';
import { copyAsWritten } from './copy-claims.js';

const ALL = COLUMN_NAMES.join(', ');
const IN_ARCHIVED_STATUS = `status IN (${ARCHIVED_STATUSES.map((status) => `'${status}'`).join(', ')})`;

/** A claim that moves, as it is after that. */
interface Move {
  readonly id: string;
  /** Of the row that is held: by it the row is found again. */
  readonly tie: Tie;
  readonly movedBy: string | null;
  /** Kept with the claim, for its holder; left out where nobody gave one. */
  readonly cancelReason?: string | undefined;
}

/** The compare-and-set of claims whose rows are held, so that it cannot fail but by a fault of ours; then it throws. */
export async function moveClaims(
  tx: EntityManager,
  { from, to, at }: { readonly from: ClaimStatus; readonly to: ClaimStatus; readonly at: number },
  moves: readonly Move[],
): Promise<void> {
  const { text, packed } = byLayout(tx, moves, ({ id }) => voucherOfClaim(id));
  await moveIn(tx, CLAIM_TABLES.claims, { from, to, at }, text);
  await moveIn(tx, CLAIM_TABLES.packed, { from, to, at }, packed);
  await copyAsWritten(tx, text);
}

async function moveIn(
  tx: EntityManager,
  place: ClaimPlace,
  { from, to, at }: { readonly from: ClaimStatus; readonly to: ClaimStatus; readonly at: number },
  moves: readonly Move[],
): Promise<void> {
  if (moves.length === 0) return;
  const { table, tied } = place;
  const movers = byClaim(place, moves, ({ movedBy }) => movedBy);
  // In the same statement: the row is written once.
  const isExplained = moves.some(({ cancelReason }) => cancelReason !== undefined);
  const reasons = byClaim(place, moves, ({ cancelReason }) => cancelReason ?? null);
  const reason = isExplained ? `, cancel_reason = ${reasons.sql}` : '';
  const changed = await affectedRows(
    tx,
    `UPDATE ${table} SET status = ?, moved_at = ?, moved_by = ${movers.sql}, moves = COALESCE(moves, 0) + 1${reason}
      WHERE ${tied} IN (${inList(moves.length)}) AND status = ?`,
    [to, at, ...movers.values, ...(isExplained ? reasons.values : []), ...moves.map(({ tie }) => tie), from],
  );
  if (changed !== moves.length) throw new Error('a claim moved while its row was held');
}

/** SQL of a value for each claim: one for all where it is the same. */
function byClaim(
  { tied }: ClaimPlace,
  moves: readonly Move[],
  valueOf: (move: Move) => string | null,
): { readonly sql: string; readonly values: readonly unknown[] } {
  const values = moves.map(valueOf);
  const [first = null] = values;
  if (values.every((value) => value === first)) return { sql: '?', values: [first] };
  return {
    sql: `CASE ${tied} ${'WHEN ? THEN ? '.repeat(moves.length)}END`,
    values: moves.flatMap(({ tie }, at) => [tie, values[at] ?? null]),
  };
}

/** Of a claim that was confirmed, whose row is held. */
export async function giveCode(
  tx: EntityManager,
  { id, tie }: Pick<Move, 'id' | 'tie'>,
  { code, issuedAt }: { readonly code: string; readonly issuedAt: number },
): Promise<void> {
  const { packed } = byLayout(tx, [id], voucherOfClaim);
  const { table, tied, code: form } = packed.length === 0 ? CLAIM_TABLES.claims : CLAIM_TABLES.packed;
  await tx.query(`UPDATE ${table} SET code = ?, issued_at = ? WHERE ${tied} = ?`, [
    form(code),
    issuedAt,
    tie,
  ]);
  if (packed.length === 0) await copyAsWritten(tx, [{ id }]);
}

/**
 * Moves those of the claims, none of them packed, to the archive whose status allows it. The rows are held from the first statement on, so that what is copied
 * is what is deleted.
 * @returns how many
 */
export async function archiveClaims(
  db: Database,
  tx: EntityManager,
  claimIds: readonly string[],
): Promise<number> {
  await holdLayout(db, tx);
  if (packedShare(tx) === 'all') return 0; // packed a moment ago
  const rows: { id: string }[] = await tx.query(
    `SELECT id FROM claims WHERE id IN (${inList(claimIds.length)}) AND ${IN_ARCHIVED_STATUS} ORDER BY id${db.forUpdate}`,
    [...claimIds],
  );
  if (rows.length === 0) return 0;
  const ids = rows.map(({ id }) => id);
  const among = `FROM claims WHERE id IN (${inList(ids.length)})`;
  await tx.query(`INSERT INTO claims_archive (${ALL}) SELECT ${ALL} ${among}`, ids);
  const deleted = await affectedRows(tx, `DELETE ${among}`, ids);
  if (deleted !== ids.length) throw new Error('a claim moved while its row was held');
  return deleted;
}

/** Deletes claims of a voucher, wherever they are, copies last, in short transactions. @returns how many of one run; with 0 none is left */
export async function deleteClaims(db: Database, voucherId: string): Promise<number> {
  let deleted = 0;
  const copies =
    packedShare(db.read) === 'some' && !isPacked(db.read, voucherId) ? [CLAIM_TABLES.packed] : [];
  for (const { table, tied, voucher } of [...placesOf(db.read, voucherId), ...copies])
    deleted += await pruneRows(db, {
      table,
      key: tied,
      where: 'voucher_id = ?',
      values: [voucher(voucherId)],
      by: 'sequence',
    });
  return deleted;
}
