import type { EntityManager } from 'typeorm';
import { inList } from '../../database/database.js';
import { parseRecord, type ClaimRecord } from '../domain/claim-record.js';
import { rowsAmong } from './rows/claims-by-id.js';

/**
 * Claims of a voucher that wait in an open dead letter: neither rows nor on their way, and their units are given to nobody
 * else until an administrator decides (docs/adr/0031). At most as many as may be pending at the gate.
 */
export async function parkedClaims(db: EntityManager, voucherId: string): Promise<ClaimRecord[]> {
  return parkedClaimsOf(db, [voucherId]);
}

/** The same of several vouchers. */
export async function parkedClaimsOf(
  db: EntityManager,
  voucherIds: readonly string[],
): Promise<ClaimRecord[]> {
  const letters: { claim_id: string; payload: string }[] = await db.query(
    `SELECT claim_id, payload FROM claim_dead_letters
      WHERE voucher_id IN (${inList(voucherIds.length)}) AND status = 'open' AND claim_id IS NOT NULL`,
    [...voucherIds],
  );
  // Asked afterwards: one that is retried meanwhile is a row from the moment its letter is closed.
  const rows = await rowsAmong(
    db,
    letters.map(({ claim_id: id }) => id),
  );
  return readable(letters.filter(({ claim_id: id }) => !rows.has(id)));
}

/** The claim of that id, if an open dead letter holds it. */
export async function parkedClaim(db: EntityManager, claimId: string): Promise<ClaimRecord | undefined> {
  const rows: { payload: string }[] = await db.query(
    `SELECT payload FROM claim_dead_letters WHERE claim_id = ? AND status = 'open'`,
    [claimId],
  );
  return readable(rows)[0];
}

const readable = (rows: readonly { readonly payload: string }[]): ClaimRecord[] =>
  rows.flatMap(({ payload }) => {
    const record = parseRecord(payload);
    return typeof record === 'string' ? [] : [record];
  });
