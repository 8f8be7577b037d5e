import type { EntityManager } from 'typeorm';
import { inList } from '../../database/database.js';
import { parseRecord, type ClaimRecord } from '../domain/claim-record.js';

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
  const rows: { payload: string }[] = await db.query(
    `SELECT d.payload AS payload FROM claim_dead_letters d
      WHERE d.voucher_id IN (${inList(voucherIds.length)}) AND d.status = 'open' AND d.claim_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.id = d.claim_id)`,
    [...voucherIds],
  );
  return readable(rows);
}

/** The claim of that id, if an open dead letter holds it. */
export async function parkedClaim(db: EntityManager, claimId: string): Promise<ClaimRecord | undefined> {
  const rows: { payload: string }[] = await db.query(
    `SELECT d.payload AS payload FROM claim_dead_letters d WHERE d.claim_id = ? AND d.status = 'open'`,
    [claimId],
  );
  return readable(rows)[0];
}

const readable = (rows: readonly { readonly payload: string }[]): ClaimRecord[] =>
  rows.flatMap(({ payload }) => {
    const record = parseRecord(payload);
    return typeof record === 'string' ? [] : [record];
  });
