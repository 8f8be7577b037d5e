import { Injectable } from '@nestjs/common';
import { deleteClaims } from '../claim/index.js';
import { Database } from '../database/database.js';
import { pruneRows } from '../database/prune.js';

/** What a shadow may leave behind for each claim, besides the claims: removed in pieces, along an index that begins with the voucher. */
const MANY = [
  { table: 'claim_status_index', key: 'claim_id', of: 'voucher_id', by: 'status' },
  { table: 'claim_dead_letters', key: 'id', of: 'voucher_id', by: 'status' },
  { table: 'outbox', key: 'id', of: 'aggregate_id', by: 'type' },
] as const;

/** And for itself. The voucher goes last: it is what whoever goes on looks for. */
const FEW = [
  ['outbox_removed', 'aggregate_id'],
  ['audit_ranges', 'voucher_id'],
  ['claim_windows', 'voucher_id'],
  ['sold_out_mails', 'voucher_id'],
  ['stock_ledger', 'voucher_id'],
  ['voucher_terms', 'voucher_id'],
  ['audit_log', 'object_id'],
  ['vouchers', 'id'],
] as const;

/** Removes all rows of a shadow. A test looks through all tables for what is left. */
@Injectable()
export class ShadowRows {
  constructor(private readonly db: Database) {}

  /** @throws the signal's reason, between two pieces */
  async remove(shadowId: string, signal: AbortSignal): Promise<void> {
    await inRuns(signal, () => deleteClaims(this.db, shadowId));
    for (const { table, key, of, by } of MANY)
      await inRuns(signal, () =>
        pruneRows(this.db, { table, key, where: `${of} = ?`, values: [shadowId], by }),
      );
    await this.db.write(async (tx) => {
      for (const [table, of] of FEW) await tx.query(`DELETE FROM ${table} WHERE ${of} = ?`, [shadowId]);
    });
  }
}

/** As many runs as it takes: each of them removes a bounded number. */
async function inRuns(signal: AbortSignal, run: () => Promise<number>): Promise<void> {
  do signal.throwIfAborted();
  while ((await run()) > 0);
}
