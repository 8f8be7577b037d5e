import type { EntityManager } from 'typeorm';

/**
 * Says when the claims of a voucher are to be looked through because of their time, in the transaction that changes that time.
 * Claims that were stored as expired are looked through at once: an extension gives them back to their holders (docs/adr/0050).
 * @param redeemUntil as it now is, ms since 1970; `null`: without end
 */
export async function scheduleExpiry(
  tx: EntityManager,
  voucherId: string,
  redeemUntil: number | null,
  now: number,
): Promise<void> {
  const [row] = await tx.query<{ expired: number | string }[]>(
    'SELECT expired FROM claim_expiry WHERE voucher_id = ?',
    [voucherId],
  );
  const dueAt = Number(row?.expired ?? 0) > 0 ? Math.min(now, redeemUntil ?? now) : redeemUntil;
  if (row) {
    // A pass that is under way compares both before it writes, and begins anew.
    await tx.query(`UPDATE claim_expiry SET due_at = ?, position = '' WHERE voucher_id = ?`, [
      dueAt,
      voucherId,
    ]);
  } else if (dueAt !== null) {
    await tx.query('INSERT INTO claim_expiry (voucher_id, due_at) VALUES (?, ?)', [voucherId, dueAt]);
  }
}
