import type { Database } from '../../database/database.js';
import { CLAIM_FACTS } from '../ledger/rows/claim-columns.js';
import { claimById } from '../ledger/rows/claims-by-id.js';
import type { ClaimFacts } from './claim.presenter.js';

/** A claim that was just moved in a transaction that is committed: it is a row of this database. */
export async function writtenClaim({ read }: Pick<Database, 'read'>, claimId: string): Promise<ClaimFacts> {
  const claim = await claimById(read, CLAIM_FACTS, claimId, Infinity);
  if (!claim) throw new Error(`claim ${claimId} was written and is no row`);
  return claim;
}
