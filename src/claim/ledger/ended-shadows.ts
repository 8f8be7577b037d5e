import { modeOf } from '../../common/mode.js';
import type { Database } from '../../database/database.js';

/**
 * Whether a voucher is the shadow of a rehearsal that takes no claims any more (docs/adr/0093): it may be gone from the gate, and from the
 * ledger. Records of its claims that the log hands out once more, or late, are void: nobody was promised anything.
 */
export async function isEndedShadow(db: Database, voucherId: string): Promise<boolean> {
  if (modeOf(voucherId) === 'live') return false;
  const rows: unknown[] = await db.read.query(
    `SELECT 1 AS ended FROM rehearsals WHERE shadow_id = ? AND state IN ('cleaning', 'done', 'stopped')`,
    [voucherId],
  );
  return rows.length > 0;
}
