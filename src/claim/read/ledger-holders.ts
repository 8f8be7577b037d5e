import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { VoucherGate, VoucherHolders } from '../../voucher/index.js';
import { countClaims } from '../ledger/rows/claims-in-line.js';

/** Counts who holds units by the ledger, and by the gate those that the ledger does not have yet. */
@Injectable()
export class LedgerHolders extends VoucherHolders {
  constructor(
    private readonly db: Database,
    private readonly gate: VoucherGate,
  ) {
    super();
  }

  override async count(voucherId: string): Promise<number> {
    // The gate first: a claim that is issued in between is counted twice rather than not at all.
    const remaining = await this.gate.remaining(voucherId).catch(() => undefined);
    const [stock] = await this.db.read.query<{ total: number | string; issued: number | string }[]>(
      'SELECT total, issued FROM voucher_stock WHERE voucher_id = ?',
      [voucherId],
    );
    if (!stock) return 0;
    const [total, live] = [Number(stock.total), Number(stock.issued)];
    const pending = remaining === undefined ? 0 : Math.max(0, total - remaining - live);
    if (live === 0) return pending;
    return pending + (await countClaims(this.db.read, voucherId, { statuses: ['issued'] }));
  }
}
