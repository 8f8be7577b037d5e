import type { EntityManager } from 'typeorm';
import { base32Value, ClaimIds } from '../../common/ids.js';
import { inMode } from '../../common/mode.js';

const DAY_MS = 86_400_000;
/** The least that `RETENTION_ARCHIVED_CLAIMS_DAYS` can say, less a day: the clocks of two instances are not one. */
const SURELY_KEPT_MS = 30 * DAY_MS;

/** Which states a claim can be in once it is moved: those that only time, or an edit that is refused, could change. */
export const ARCHIVED_STATUSES = ['redeemed', 'expired', 'cancelled', 'released', 'rejected'] as const;

/** Whether a claim is old enough to be in the archive, by what its id says: claims of a running drop are not looked for twice. */
export function mayBeArchived(claimId: string, now: number): boolean {
  const ref = ClaimIds.parse(claimId);
  const madeAt = ref && base32Value(inMode(ref.voucherId, 'live').slice(4, 14));
  return madeAt === undefined || madeAt < now - SURELY_KEPT_MS;
}

/** Whether claims of the voucher are moved, or have been. Asked after `claims` was read, or in the transaction that reads it. */
export async function isArchiving(db: EntityManager, voucherId: string): Promise<boolean> {
  const [row] = await db.query<{ claims_archived: string | null }[]>(
    'SELECT claims_archived FROM voucher_stock WHERE voucher_id = ?',
    [voucherId],
  );
  return (row?.claims_archived ?? null) !== null;
}
